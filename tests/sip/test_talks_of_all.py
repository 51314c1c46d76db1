"""A talk of all who answer, on FreeSWITCH and on the development switch: who hears whom, who leaves, who is lost."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.agent_phone import SOUND
from tests.sip.carrier import Carrier
from tests.sip.conftest import whole_product
from tests.sip.test_people_of_the_product import Call, attempts, kill_call_servers, menu, new_did, put


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("talks"), switch=request.param) as running:
        yield running


@pytest.fixture
def phones() -> Iterator[list[Carrier]]:
    """Two telephones that answer, and one that is engaged."""
    with ExitStack() as stack:
        yield [stack.enter_context(Carrier()) for _ in range(2)] + [stack.enter_context(Carrier(refuses=486))]


def join(target: Target, group: str, phones: list[Carrier], **more: Any) -> str:
    put(target, group, *phones)
    did = new_did()
    menu(target, did, {"people": group, "join": "all", **more})
    return did


def talks(phone: Carrier, yes: bool = True) -> None:
    """Speak from now on, or be silent."""
    phone._frame = SOUND if yes else b"\xff" * 160


def is_quiet(phone: Carrier, packets: int = 15) -> bool:
    """Whether the next packets are all silence."""
    while select.select([phone._rtp], [], [], 0)[0]:
        phone._rtp.recv(2048)
    for _ in range(packets):
        assert select.select([phone._rtp], [], [], 10)[0], "sound comes, be it silence"
        if any(byte & 0x7F < 0x60 for byte in phone._rtp.recv(2048)[12:]):
            return False
    return True


def wait_for_quiet(phone: Carrier) -> None:
    wait_until(lambda: is_quiet(phone), 20, "nothing is heard any more")


def test_all_who_answer_are_in_one_talk_and_the_caller_goes_on_when_the_last_has_left(
    target: Target, phones: list[Carrier]
) -> None:
    one, two, _ = phones
    did = join(target, "talk", phones)
    with Call(target, did) as call:
        assert one.connected.wait(20)
        assert two.connected.wait(20)
        for each in (one, two):
            assert each.hears(), "the tones of somebody who joins"
        for each in (one, two):
            wait_for_quiet(each)
        talks(one)
        assert two.hears()
        talks(one, False)
        one.hang_up()
        assert not two.hung_up_on.wait(2)
        two.hang_up()
        record = call.record()
    assert sorted(attempts(record)) == [("talk1", "answered"), ("talk2", "answered"), ("talk3", "busy")]
    talked = {each["person"]: each["talk_ms"] for each in record["agent"]}
    assert talked["talk2"] > talked["talk1"] + 1500
    assert record["path"][-1]["node"] == "after"


def test_the_switch_says_that_it_can_make_such_talks(target: Target) -> None:
    (line,) = [each for each in target.http.get("/readyz").json()["checks"] if each["name"] == "conferences"]
    assert line["detail"] == "the switch has mod_conference"


def test_the_call_goes_on_by_the_word_with_which_somebody_left(target: Target, phones: list[Carrier]) -> None:
    one, two, _ = phones
    did = join(target, "word", phones, case={"booked": "nobody"})
    with Call(target, did) as call:
        assert one.connected.wait(20)
        assert two.connected.wait(20)
        assert one.hears()
        assert two.hears()
        one.hang_up("Booked")
        assert not two.hung_up_on.wait(1)
        two.hang_up("${global_getvar(hostname)};no word")
        record = call.record()
    said = {each["person"]: each["reported"] for each in record["agent"] if each["result"] == "answered"}
    assert said == {"word1": "Booked", "word2": None}
    assert record["path"][-1]["node"] == "nobody"


def test_the_caller_who_hangs_up_ends_the_talk_for_all(target: Target, phones: list[Carrier]) -> None:
    one, two, _ = phones
    did = join(target, "bye", phones)
    with Call(target, did) as call:
        assert one.connected.wait(20)
        assert two.connected.wait(20)
        assert one.hears()
        call.phone.hang_up()
        assert one.hung_up_on.wait(10)
        assert two.hung_up_on.wait(10)
        wait_until(lambda: (target.find_call(call.number) or {}).get("outcome"), 30, "the record is there")
    record = target.find_call(call.number)
    assert record is not None
    assert {result for _, result in attempts(record)} == {"answered", "busy"}


def test_the_callers_key_ends_the_talk_and_they_go_on(target: Target, phones: list[Carrier]) -> None:
    one, two, _ = phones
    did = join(target, "key", phones, end_key="*")
    with Call(target, did) as call:
        assert one.connected.wait(20)
        assert one.hears()
        call.phone.send_event("5")
        assert not one.hung_up_on.wait(1)
        call.phone.send_event("*")
        assert one.hung_up_on.wait(10)
        assert two.hung_up_on.wait(10)
        record = call.record()
    assert record["path"][-1]["node"] == "after"


def test_where_nobody_answers_the_call_goes_on(target: Target) -> None:
    with Carrier(refuses=486) as one, Carrier(refuses=486) as two:
        did = join(target, "nobody", [one, two])
        with Call(target, did) as call:
            record = call.record()
    assert attempts(record) == [("nobody1", "busy"), ("nobody2", "busy")]
    assert record["path"][-1]["node"] == "nobody"


def test_who_rings_still_when_the_caller_leaves_is_let_go(target: Target) -> None:
    with Carrier(rings=True) as one, Carrier(rings=True) as two:
        did = join(target, "ringing", [one, two])
        with Call(target, did) as call:
            wait_until(lambda: one.invites and two.invites, 20, "both ring")
            call.phone.hang_up()
            assert one.cancelled.wait(10)
            assert two.cancelled.wait(10)
            wait_until(lambda: (target.find_call(call.number) or {}).get("outcome"), 30, "the record is there")
    record = target.find_call(call.number)
    assert record is not None
    assert attempts(record) == [("ringing1", "cancelled"), ("ringing2", "cancelled")]


def test_a_killed_call_server_ends_no_talk_and_drops_nobody(target: Target, phones: list[Carrier]) -> None:
    one, two, _ = phones
    did = join(target, "killed", phones)
    with Call(target, did) as call:
        assert one.connected.wait(20)
        assert two.connected.wait(20)
        assert one.hears()
        kill_call_servers(target)
        for each in (one, two):
            wait_for_quiet(each)
        talks(two)
        assert one.hears()
        one.hang_up()
        assert not two.hung_up_on.wait(2)
        two.hang_up()
        record = call.record()
    assert sorted(attempts(record)) == [("killed1", "answered"), ("killed2", "answered"), ("killed3", "busy")]
    assert record["take_overs"] == 1
    assert record["path"][-1]["node"] == "after"


def test_what_is_said_when_somebody_joins_names_them(target: Target, phones: list[Carrier]) -> None:
    one, two, _ = phones
    put(target, "named", one, two)
    did = new_did()
    ring = {"action": "transfer", "people": "named", "join": "all", "joined_text": "{joined.person} is here.",
            "accept_key": "1", "fallback_node": "nobody", "on_agent_hangup": "after"}  # fmt: skip
    ends = {"after": {"action": "hangup"}, "nobody": {"action": "hangup"}}
    made = target.http.post("/ivr", json={"name": did, "nodes": {"ring": ring, **ends}}).raise_for_status().json()
    words = {"node": "ring", "text": ring["joined_text"], "at": "joined_audio"}
    target.http.post(f"/ivr/{made['id']}/audio", json=words, timeout=120).raise_for_status()
    target.http.post(f"/ivr/{made['id']}/assign", json={"did": did}).raise_for_status()
    with Call(target, did) as call:
        assert one.connected.wait(20)
        assert two.connected.wait(20)
        assert one.hears(), "the key that is wanted"
        one.key("1")
        two.key("1")
        wait_until(lambda: not two.hung_up_on.is_set() and two.hears(), 20, "who has joined")
        for each in (one, two):
            wait_for_quiet(each)
            assert not each.hung_up_on.is_set()
        one.hang_up()
        two.hang_up()
        record = call.record()
    assert sorted(attempts(record)) == [("named1", "answered"), ("named2", "answered")]


def test_the_sound_of_a_talk_is_kept(target: Target, phones: list[Carrier], tmp_path: Path) -> None:
    one, two, _ = phones
    put(target, "kept", one, two)
    did = new_did()
    ring = {"action": "transfer", "people": "kept", "join": "all", "record": True, "text": "This call is recorded.",
            "fallback_node": "nobody", "on_agent_hangup": "after"}  # fmt: skip
    ends = {"after": {"action": "hangup"}, "nobody": {"action": "hangup"}}
    made = target.http.post("/ivr", json={"name": did, "nodes": {"ring": ring, **ends}}).raise_for_status().json()
    words = {"node": "ring", "text": ring["text"]}
    target.http.post(f"/ivr/{made['id']}/audio", json=words, timeout=120).raise_for_status()
    target.http.post(f"/ivr/{made['id']}/assign", json={"did": did}).raise_for_status()
    with Call(target, did) as call:
        assert one.connected.wait(30)
        assert two.connected.wait(20)
        assert two.hears(), "that the talk is recorded"
        talks(one)
        assert not two.hung_up_on.wait(6)
        one.hang_up()
        two.hang_up()
        record = call.record()
    sound = next(step["value"] for step in record["path"] if step["result"] == "record")

    def kept() -> bool:
        return bool(target.http.get(f"/sounds/{sound}").is_success)

    wait_until(kept, 30, "the sound is kept")
    assert target.http.get(f"/sounds/{sound}").json()["ms"] >= 2000
