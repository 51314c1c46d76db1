"""Keys pressed in messages, on both switches: over SIP, with the whole product behind, also when the call's worker is
killed in the message that they cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.calls import write_tone
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller
from tests.sip.test_sipp import kill_call_servers
from tests.sip.test_thinking_menus import record_of

NUMBERS = iter(range(4_805_550_400, 4_805_550_499))
MESSAGE_MS = 30_000
MESSAGES: dict[str, Any] = {
    "hello": {"audio": "long.wav", "next": "which"},
    "which": {"switch": "x", "case": {"y": "more"}, "default": "more", "audio": "long.wav"},
    "more": {"audio": "long.wav", "next": "ask"},
    "ask": {"audio": "long.wav", "timeout_s": 60, "between_s": 20},
    "right": {"action": "hangup"},
    "out": {"action": "suppress"},
}
# By the number dialled: the entries of the question, and how the first message is played.
MENUS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "+14155550171": ({"1": "right", "9": "out"}, {}),
    "+14155550172": ({"XXXX": "right"}, {}),
    "+14155550173": ({"1": "right"}, {"audio": "short.wav", "barge_in": False}),
}


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("messages")
    with whole_product(folder, switch=request.param) as running:
        for did, (gather, first) in MENUS.items():
            nodes = {**MESSAGES, "ask": {**MESSAGES["ask"], "gather": gather}}
            nodes["hello"] = {**nodes["hello"], **first}
            menu = running.http.post("/ivr", json={"name": did, "nodes": nodes}).raise_for_status().json()
            for name, ms in (("long", MESSAGE_MS), ("short", 3000)):
                upload(running, menu["id"], folder / f"{name}.wav", ms)
            running.http.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status()
        yield running


def upload(target: Target, ivr_id: str, file: Path, ms: int) -> None:
    write_tone(file, ms)
    url, headers = f"/ivr/{ivr_id}/audio/{file.name}", {"Content-Type": "audio/wav"}
    target.http.put(url, content=file.read_bytes(), headers=headers).raise_for_status()


@pytest.mark.parametrize(("did", "keys", "last"), [
    ("+14155550171", "1", "right"), ("+14155550171", "9", "out"), ("+14155550172", "4711", "right"),
])  # fmt: skip
@pytest.mark.parametrize("is_killed", [False, True], ids=["", "killed"])
def test_a_key_in_a_message_cuts_all_that_is_said_and_answers_also_when_its_worker_is_killed(
    target: Target, did: str, keys: str, last: str, is_killed: bool
) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(did) == 200
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the message is heard")
        if is_killed:
            kill_call_servers(target)
        for key in keys:
            phone.send_event(key)
            phone.far_side_hung_up.wait(0.3)
        assert phone.far_side_hung_up.wait(60)
        loud_ms = 20 * (phone.loud_frames - heard)
        record = record_of(target, phone.number)
    assert [step["node"] for step in record["path"]] == ["hello", "which", "more", "ask", last]
    ask = record["path"][3]
    assert (ask["result"], ask["value"] or ask["key"]) == ("key", keys)
    assert loud_ms < MESSAGE_MS, "not one of four was heard to its end"
    assert record["outcome"] == ("opted_out" if last == "out" else "hung_up")
    assert record["take_overs"] == int(is_killed)
    if not is_killed:
        assert [step["ms"] for step in record["path"][1:3]] == [0, 0]


def test_a_message_that_no_key_cuts_is_heard_and_the_key_counts_for_nothing(target: Target) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial("+14155550173") == 200
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the message is heard")
        phone.send_event("1")
        # More than the message has: what comes after it is heard.
        wait_until(lambda: phone.loud_frames > heard + 200, 30, "the next is heard")
        phone.send_event("1")
        assert phone.far_side_hung_up.wait(60)
        record = record_of(target, phone.number)
    assert [step["node"] for step in record["path"]] == ["hello", "which", "more", "ask", "right"]
    assert record["path"][0]["ms"] == record["path"][0]["prompt_ms"]
    assert record["path"][1]["ms"] > 0
