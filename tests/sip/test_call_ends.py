"""How calls end, how digits come and which keys cost nothing: what the record says of it on both switches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.devswitch_sip.telephone import Telephone
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller

DID = "+14155550177"
_NUMBERS = iter(range(4_805_550_400, 4_805_550_499))
NODES = {
    "ask": {"gather": {"1": "bye"}, "timeout_s": 60, "max_attempts": 5},
    "bye": {"action": "hangup"},
}
# By the number dialled: refused before the answer, or answered by the question.
GATES: dict[str, dict[str, Any]] = {
    f"+1415555019{at}": {
        "who": {"switch": "called", "case": {"+14155550194": "ask"}, "default": "no"},
        "no": {"action": "reject", "reason": reason},
        "ask": {"gather": {"1": "bye", "2": "no"}, "timeout_s": 60, "max_attempts": 5},
        "bye": {"action": "hangup"},
    }
    for at, reason in enumerate(("declined", "busy", "unavailable", "not_found", "declined"))
}
# RFC 4733: A, B, C, D, hook flash.
EXTRA_EVENTS = (12, 13, 14, 15, 16)


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def switch_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def target(switch_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("ends"), switch=switch_name) as running:
        menu = running.http.post("/ivr", json={"name": "m", "nodes": NODES}).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
        for did, nodes in GATES.items():
            gate = {"name": did, "answer": False, "nodes": nodes}
            menu = running.http.post("/ivr", json=gate).raise_for_status().json()
            running.http.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status()
        yield running


def caller(target: Target, **how: Any) -> Caller:
    return Caller(split_host_port(target.sip), number=f"+1{next(_NUMBERS)}", **how)


def record_of(target: Target, phone: Telephone, timeout_s: float = 40) -> dict[str, Any]:
    """The record of the phone's call, once it has an outcome."""
    found: list[dict[str, Any]] = []

    def has_ended() -> bool:
        record = target.find_call(phone.number)
        found[:] = [record] if record and record["outcome"] else []
        return bool(found)

    wait_until(has_ended, timeout_s, f"the call of {phone.number} is recorded")
    return found[0]


def end_of(record: dict[str, Any]) -> tuple[str, str | None, str | None]:
    return record["outcome"], record["hung_up_by"], record["hangup_cause"]


def steps(record: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(step["node"], step["result"], step["key"]) for step in record["path"]]


def test_a_refused_offer_has_a_cause_and_visits_no_node(switch_name: str, target: Target) -> None:
    if switch_name == "devswitch":
        pytest.skip("the development switch refuses such an offer before there is a call")
    with caller(target) as phone:
        phone.formats, phone.lines = "98", ("a=rtpmap:98 PCMU/16000",)
        assert phone.dial(DID) == 488
        record = record_of(target, phone)
    assert end_of(record) == ("disconnected", "us", "INCOMPATIBLE_DESTINATION")
    assert record["path"] == []
    funnel = target.http.get(f"/ivr/{record['ivr_id']}/funnel").raise_for_status().json()
    assert "disconnected" not in str(funnel)


def test_a_caller_who_vanishes_or_never_acknowledges_did_not_hang_up(target: Target) -> None:
    """The longest test of all: FreeSWITCH repeats a 200 for 32 s, and waits 2 minutes for sound."""
    with caller(target) as mute, caller(target) as silent:
        assert mute.dial(DID) == 200
        mute.mute()
        silent.invite_without_waiting(DID)
        unacknowledged = record_of(target, silent, 60)
        assert end_of(unacknowledged) == ("disconnected", "us", "NORMAL_UNSPECIFIED")
        vanished = record_of(target, mute, 180)
    assert end_of(vanished) == ("disconnected", "us", "MEDIA_TIMEOUT")
    assert [step[:2] for step in steps(vanished)][-1] == ("ask", "hang_up")


def test_a_caller_who_hangs_up_did(target: Target) -> None:
    with caller(target) as phone:
        assert phone.dial(DID) == 200
        phone.hang_up()
        assert end_of(record_of(target, phone)) == ("caller_hung_up", "caller", "NORMAL_CLEARING")


@pytest.mark.parametrize(("how", "told"), [("event", "rfc2833"), ("info", "info"), ("tone", "none")])
def test_the_record_says_how_digits_came(target: Target, how: str, told: str) -> None:
    with caller(target, telephone_event=how == "event") as phone:
        assert phone.dial(DID) == 200
        wait_until(lambda: phone.loud_frames > 5, 20, "the question is heard")
        {"event": phone.send_event, "info": phone.send_info, "tone": phone.send_tone}[how]("1")
        assert phone.far_side_hung_up.wait(20)
        record = record_of(target, phone)
    assert steps(record) == [("ask", "key", "1"), ("bye", "action", None)]
    assert record["dtmf_type"] == told


def test_a_caller_who_presses_nothing_has_a_kind_of_digits(target: Target) -> None:
    with caller(target) as phone:
        assert phone.dial(DID) == 200
        phone.hang_up()
        assert record_of(target, phone)["dtmf_type"] == "rfc2833"


@pytest.mark.parametrize("by_info", [False, True], ids=["events", "INFO"])
def test_a_key_that_no_telephone_has_costs_no_attempt(target: Target, by_info: bool) -> None:
    with caller(target, telephone_event=not by_info) as phone:
        assert phone.dial(DID) == 200
        wait_until(lambda: phone.loud_frames > 5, 20, "the question is heard")
        for event in EXTRA_EVENTS:
            heard = phone.loud_frames
            if by_info:
                assert phone.send_info(str(event)) == 200
            else:
                phone.keys(*((event, frames, False) for frames in range(1, 9)), *[(event, 8, True)] * 3)
                phone.pause()
            wait_until(lambda heard=heard: phone.loud_frames > heard + 5, 20, "the question is heard again")  # type: ignore[misc]
        if by_info:
            phone.send_info("1")
        else:
            phone.send_event("1")
        assert phone.far_side_hung_up.wait(20)
        record = record_of(target, phone)
    assert end_of(record) == ("hung_up", "us", "NORMAL_CLEARING")
    attempts = [(step["node"], step["attempt"], step["key"]) for step in record["path"]]
    assert attempts == [("ask", 1, "1"), ("bye", 1, None)]


@pytest.mark.parametrize(
    ("did", "status", "cause"),
    [
        ("+14155550190", 603, "CALL_REJECTED"),
        ("+14155550191", 486, "USER_BUSY"),
        ("+14155550192", 480, "NO_USER_RESPONSE"),
        ("+14155550193", 404, "UNALLOCATED_NUMBER"),
    ],
)
def test_a_menu_refuses_a_call_before_it_is_answered(target: Target, did: str, status: int, cause: str) -> None:
    with caller(target) as phone:
        assert phone.dial(did) == status
        assert {message.status for message in phone.received} <= {100, status}
        record = record_of(target, phone)
    assert end_of(record) == ("rejected", "us", cause)
    assert steps(record) == [("who", "switch", "default"), ("no", "action", None)]
    assert record["dtmf_type"] is None


@pytest.mark.parametrize("key", ["1", "2"])
def test_the_question_answers_and_a_refusal_after_it_hangs_up(target: Target, key: str) -> None:
    with caller(target) as phone:
        assert phone.dial("+14155550194") == 200
        wait_until(lambda: phone.loud_frames > 5, 20, "the question is heard")
        phone.send_event(key)
        assert phone.far_side_hung_up.wait(20)
        record = record_of(target, phone)
    assert end_of(record) == ("hung_up", "us", "NORMAL_CLEARING")
    last = ("bye" if key == "1" else "no", "action")
    assert [step[:2] for step in steps(record)] == [("who", "switch"), ("ask", "key"), last]
