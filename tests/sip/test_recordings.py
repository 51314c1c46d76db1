"""A menu that records, on both switches: over SIP, with the whole product behind, what is said comes back."""

from __future__ import annotations

import io
import itertools
import math
import os
import signal
import wave
from array import array
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller
from tests.sip.test_sipp import kill_call_servers
from tests.sip.test_thinking_menus import record_of

DID, WHOLE_DID, TALK_DID = "+14155550195", "+14155550196", "+14155550197"
NUMBERS = itertools.count(4_805_551_300)
NODES: dict[str, Any] = {
    "say": {"action": "record", "save": "said", "next": "review", "max_s": 30, "silence_s": 2, "mailbox": "sales",
            "no_input_node": "end", "max_attempts": 1},
    "review": {"audio": ["{said}"], "gather": {"1": "end", "2": "say"}, "timeout_s": 20, "max_attempts": 1},
    "end": {"action": "hangup"},
}  # fmt: skip
WHOLE: dict[str, Any] = {"ask": {"gather": {"1": "end"}, "timeout_s": 60}, "end": {"action": "hangup"}}
TALK: dict[str, Any] = {"agent": {"action": "transfer", "text": "The talk is recorded.", "record": True}}
# The tone's, of 250 ms.
_TONE_FRAMES = 8
_HZ = 300


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    # With the switch's sample agent, which speaks, and then says again whatever is said to it.
    settings = {"DIGITREE_AGENT_URI": ""}
    with whole_product(tmp_path_factory.mktemp("recorded"), settings, switch=request.param) as running:
        menu = running.http.post("/ivr", json={"name": "Recorded", "nodes": NODES}).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
        whole = {"name": "Whole", "record_call": True, "nodes": WHOLE}
        menu = running.http.post("/ivr", json=whole).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": WHOLE_DID}).raise_for_status()
        menu = running.http.post("/ivr", json={"name": "Talk", "nodes": TALK}).raise_for_status().json()
        words = {"node": "agent", "text": TALK["agent"]["text"]}
        running.http.post(f"/ivr/{menu['id']}/audio", json=words, timeout=120).raise_for_status()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": TALK_DID}).raise_for_status()
        yield running


@pytest.fixture
def phone(target: Target) -> Iterator[Caller]:
    """A caller who has heard the tone."""
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(DID) == 200
        wait_until(lambda: phone.loud_frames >= _TONE_FRAMES, 20, "the tone is heard")
        yield phone


def speak(phone: Caller, seconds: float) -> None:
    """Returns once all of it is sent."""
    for frame in range(round(seconds * 50)):
        samples = (round(9000 * math.sin(2 * math.pi * _HZ * (160 * frame + n) / 8000)) for n in range(160))
        phone._to_send.put((0, bytes(map(_ulaw, samples))))
    wait_until(phone._to_send.empty, seconds + 20, "all of it is said")


def _ulaw(sample: int) -> int:
    sign, loud = (0x80 if sample < 0 else 0), min(abs(sample), 32635) + 132
    exponent = max(loud.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | loud >> exponent + 3 & 15) & 0xFF


def steps(record: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(step["node"], step["result"], step["key"]) for step in record["path"] if step["result"] != "not_said"]


def kept(target: Target, record: dict[str, Any]) -> tuple[dict[str, Any], array[int]]:
    """What is known of the call's sound, once it is kept, and its samples."""
    sound = record["path"][0]["value"]
    assert sound is not None

    def found() -> dict[str, Any] | None:
        answer = target.http.get(f"/sounds/{sound}")
        return answer.json() if answer.status_code == 200 else None

    told = wait_until(found, 40, "the sound is kept")
    content = target.http.get(f"/sounds/{sound}/audio.wav").raise_for_status().content
    with wave.open(io.BytesIO(content)) as file:
        assert file.getframerate() == 8000
        return told or {}, array("h", file.readframes(file.getnframes()))


def spoken_s(samples: array[int]) -> float:
    """How long it is loud."""
    frames = [samples[at : at + 160] for at in range(0, len(samples), 160)]
    return sum(max(map(abs, frame)) > 4000 for frame in frames) / 50


def test_what_is_said_until_a_key_is_kept_and_heard_again(target: Target, phone: Caller) -> None:
    speak(phone, 2)
    phone.send_event("#")
    before = phone.loud_frames
    wait_until(lambda: phone.loud_frames > before + 80, 20, "what was said is heard again")
    phone.send_event("1")
    assert phone.far_side_hung_up.wait(40)
    record = record_of(target, phone.number)
    assert steps(record) == [("say", "record", "key"), ("review", "key", "1"), ("end", "action", None)]
    told, samples = kept(target, record)
    assert (told["mailbox"], told["caller"], told["heard_at"]) == ("sales", phone.number, None)
    assert 1.7 <= spoken_s(samples) <= 2.1
    assert max(told["waveform"]) > 50


def test_silence_ends_it(target: Target, phone: Caller) -> None:
    speak(phone, 1)
    record = hung_up_after(target, phone, "review")
    assert steps(record)[0] == ("say", "record", "silence")
    assert 0.7 <= spoken_s(kept(target, record)[1]) <= 1.1


def hung_up_after(target: Target, phone: Caller, node: str) -> dict[str, Any]:
    """The record of a caller who hangs up once they have come to this node."""

    def is_there() -> bool:
        live = target.http.get("/calls/live").raise_for_status().json()["items"]
        return any(each["ani"] == phone.number and each["node"] == node for each in live)

    wait_until(is_there, 40, f"the call is at {node}")
    phone.hang_up()
    return record_of(target, phone.number)


def test_a_hang_up_keeps_what_was_said(target: Target, phone: Caller) -> None:
    speak(phone, 2)
    phone.hang_up()
    record = record_of(target, phone.number)
    assert steps(record) == [("say", "record", "hang_up")]
    assert record["outcome"] == "caller_hung_up"
    assert 1.6 <= spoken_s(kept(target, record)[1]) <= 2.1


def test_nothing_said_leaves_no_sound(target: Target, phone: Caller) -> None:
    assert phone.far_side_hung_up.wait(40)
    record = record_of(target, phone.number)
    assert steps(record) == [("say", "record", "nothing"), ("end", "action", None)]
    assert target.http.get(f"/sounds?call_id={record['id']}").json()["items"] == []


def test_the_death_of_all_call_servers_loses_nothing(target: Target, phone: Caller) -> None:
    speak(phone, 1)
    kill_call_servers(target)
    speak(phone, 1)
    phone.send_event("#")
    before = phone.loud_frames
    wait_until(lambda: phone.loud_frames > before + 60, 60, "what was said is heard again")
    phone.hang_up()
    record = record_of(target, phone.number)
    assert record["take_overs"] == 1
    assert steps(record)[0] == ("say", "record", "key")
    assert 1.6 <= spoken_s(kept(target, record)[1]) <= 2.1


def test_a_whole_call_is_recorded_behind_its_announcement_both_sides_apart(target: Target) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(WHOLE_DID) == 200

        def at_question() -> bool:
            live = target.http.get("/calls/live").raise_for_status().json()["items"]
            return any(each["ani"] == phone.number and each["node"] == "ask" for each in live)

        wait_until(at_question, 40, "the question is asked")
        before = phone.loud_frames
        wait_until(lambda: phone.loud_frames > before + 20, 40, "something is heard")
        speak(phone, 2)
        kill_call_servers(target)
        speak(phone, 1)
        for _ in range(20):
            phone.send_event("1")
            if phone.far_side_hung_up.wait(2):
                break
        record = record_of(target, phone.number)
    assert [step["key"] for step in record["path"] if step["result"] == "record"] == ["call"]
    told, samples = kept(target, {"path": [step for step in record["path"] if step["result"] == "record"]})
    assert (told["kind"], told["mailbox"]) == ("call", None)
    left, right = samples[0::2], samples[1::2]
    assert len(left) == len(right)
    assert spoken_s(right) > 0.3
    # The development switch writes what callers hear alone.
    if is_freeswitch(target):
        # What was said into the announcement is no part of it.
        assert 1.5 <= spoken_s(left) <= 3.2


def test_the_talk_of_a_transfer_alone_is_recorded(target: Target) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(TALK_DID) == 200

        def talks() -> bool:
            live = target.http.get("/calls/live").raise_for_status().json()["items"]
            return any(each["ani"] == phone.number and each["phase"] == "talking" for each in live)

        wait_until(talks, 60, "the agent has answered")
        speak(phone, 2)
        phone.hang_up()
        record = record_of(target, phone.number)
    assert [step["key"] for step in record["path"] if step["result"] == "record"] == ["talk"]
    told, samples = kept(target, {"path": [step for step in record["path"] if step["result"] == "record"]})
    assert (told["kind"], told["node"]) == ("call", "agent")
    if is_freeswitch(target):
        assert spoken_s(samples[0::2]) >= 1
        assert spoken_s(samples[1::2]) > 0.3


def is_freeswitch(target: Target) -> bool:
    children = psutil.Process(target.supervisor).children(recursive=True)
    return any("freeswitch" in each.name() for each in children)


def test_the_death_of_the_switch_keeps_what_was_said_until_then(target: Target, phone: Caller) -> None:
    speak(phone, 2)
    assert target.supervisor is not None
    for each in psutil.Process(target.supervisor).children(recursive=True):
        if any(name in " ".join(each.cmdline()) for name in ("freeswitch", "-m devswitch")):
            os.kill(each.pid, signal.SIGKILL)

    def found() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = target.http.get("/sounds", params={"caller": phone.number}).json()["items"]
        return items

    sounds = wait_until(found, 60, "it is kept")
    assert sounds is not None
    content = target.http.get(f"/sounds/{sounds[0]['id']}/audio.wav").raise_for_status().content
    with wave.open(io.BytesIO(content)) as file:
        assert spoken_s(array("h", file.readframes(file.getnframes()))) >= 1.5
