"""Prompts of several files and prompts that no key cuts, on both switches: over SIP, the whole product behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.devswitch_sip.wav import write_noise, write_wav
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller
from tests.sip.test_thinking_menus import record_of

NUMBERS = iter(range(4_805_550_700, 4_805_550_799))
END = {"action": "hangup"}
QUIET_S, LOUD_S = 2.0, 4.0
UNCUT = {"audio": "loud.wav", "gather": {"1": "end"}, "timeout_s": 60, "barge_in": False}
MENUS: dict[str, dict[str, Any]] = {
    "+14155550191": {"ask": {"audio": ["quiet.wav", "long.wav"], "gather": {"1": "end"}, "timeout_s": 60},
                     "end": END},
    "+14155550192": {"ask": UNCUT, "end": END},
    "+14155550193": {"ask": {**UNCUT, "type_ahead": "keep"}, "end": END},
    "+14155550194": {"ask": {"audio": {"en": "quiet.wav", "es": "long.wav"}, "gather": {"1": "end"},
                             "timeout_s": 60}, "end": END},
    "+14155550195": {"hi": {"audio": "loud.wav", "next": "ask"},
                     "ask": {"audio": "long.wav", "gather": {"1": "end"}, "type_ahead": "keep"}, "end": END},
    "+14155550196": {"ask": {"audio": "loud.wav", "gather": {"1": "end"}, "type_ahead": "keep",
                             "no_match_audio": "loud.wav", "again_audio": "long.wav"}, "end": END},
}  # fmt: skip


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    sounds = tmp_path_factory.mktemp("sounds")
    write_wav(sounds / "quiet.wav", np.zeros(int(QUIET_S * 8000)))
    write_noise(sounds / "loud.wav", LOUD_S, 1)
    write_noise(sounds / "long.wav", 60, 2)
    with whole_product(tmp_path_factory.mktemp("prompts"), switch=request.param) as running:
        for did, nodes in MENUS.items():
            more = {"languages": ["es", "en"]} if did == "+14155550194" else {}
            menu = running.http.post("/ivr", json={"name": did, **more, "nodes": nodes}).raise_for_status().json()
            for name in ("quiet.wav", "loud.wav", "long.wav"):
                upload(running, menu["id"], sounds / name)
            running.http.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status()
        yield running


def upload(target: Target, ivr_id: str, file: Path) -> None:
    headers = {"Content-Type": "audio/wav"}
    target.http.put(
        f"/ivr/{ivr_id}/audio/{file.name}?silence=keep", content=file.read_bytes(), headers=headers
    ).raise_for_status()


def steps_of(target: Target, did: str, *keys: str, until_over: str = "") -> list[dict[str, Any]]:
    """The steps of a call that presses these keys once sound is heard, then `until_over` again and again."""
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(did) == 200
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 40, "the prompt is heard")
        for key in keys:
            phone.send_event(key)
        for _ in range(40):
            if phone.far_side_hung_up.wait(1):
                break
            if until_over:
                phone.send_event(until_over)
        assert phone.far_side_hung_up.wait(20)
        steps: list[dict[str, Any]] = record_of(target, phone.number)["path"]
    return steps


def first_step(target: Target, did: str, *keys: str, until_over: str = "") -> dict[str, Any]:
    return steps_of(target, did, *keys, until_over=until_over)[0]


@pytest.mark.parametrize("did", ["+14155550191", "+14155550194"], ids=["in sequence", "in the first language"])
def test_a_key_in_the_last_file_of_a_prompt_is_taken_at_once(target: Target, did: str) -> None:
    step = first_step(target, did, "1")
    assert (step["node"], step["result"], step["key"]) == ("ask", "key", "1")
    assert step["ms"] < step["prompt_ms"], "the rest was not played"
    assert step["prompt"].count(".wav") == (2 if did == "+14155550191" else 1)


def test_no_key_cuts_a_prompt_without_barge_in_and_those_pressed_meanwhile_are_dropped(target: Target) -> None:
    step = first_step(target, "+14155550192", "9", until_over="1")
    assert (step["node"], step["result"], step["key"]) == ("ask", "key", "1")
    assert step["ms"] >= LOUD_S * 1000


def test_a_key_during_such_a_prompt_answers_it_with_type_ahead(target: Target) -> None:
    step = first_step(target, "+14155550193", "1")
    assert (step["node"], step["result"], step["key"]) == ("ask", "key", "1")
    assert step["ms"] >= LOUD_S * 1000


@pytest.mark.parametrize(
    ("did", "keys", "steps"),
    [
        ("+14155550195", "1", [("hi", "played", None), ("ask", "key", "1")]),
        ("+14155550196", "51", [("ask", "no_match", "5"), ("ask", "key", "1")]),
    ],
    ids=["in a message", "while a key is said to be wrong"],
)
def test_with_type_ahead_no_key_is_lost_that_is_pressed_before_the_question(
    target: Target, did: str, keys: str, steps: list[tuple[str, str, str | None]]
) -> None:
    """The question's own prompt is not heard then: it takes a minute."""
    path = steps_of(target, did, *keys)
    assert [(step["node"], step["result"], step["key"]) for step in path[:2]] == steps
    assert path[1]["ms"] < path[1]["prompt_ms"]
