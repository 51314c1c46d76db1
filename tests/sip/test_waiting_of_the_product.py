"""Callers who wait for a person, while everything runs on FreeSWITCH: they hear the hold audio, keep their places
when all call servers are killed, leave by a key, and are called back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.agent_phone import AgentPhone
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone
from tests.sip.test_sipp import kill_call_servers

DID = "+14155550180"
_NUMBERS = count(4_805_550_600)
MENU: dict[str, Any] = {
    "name": "Support",
    "nodes": {
        "line": {
            **{"action": "transfer", "people": "support", "ring": "longest_idle", "ring_timeout_s": 10},
            **{"wait_s": 300, "wait_keys": {"2": "back"}, "fallback_node": "bye"},
        },
        "back": {"action": "callback", "reason": "Support", "next": "bye"},
        "bye": {"action": "hangup"},
    },
}


@pytest.fixture(scope="module")
def ann() -> Iterator[AgentPhone]:
    with AgentPhone("ann") as phone:
        yield phone


@pytest.fixture(scope="module")
def target(ann: AgentPhone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("waiting"), {"DIGITREE_OUTBOUND_PRIVATE": "true"}) as running:
        person = {"name": "ann", "address": f"sip:{ann.address}", "groups": ["support"]}
        running.http.post("/people", json=person).raise_for_status()
        menu = running.http.post("/ivr", json=MENU).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
        yield running


@pytest.fixture
def phones(target: Target) -> Iterator[list[Phone]]:
    made = [Phone(split_host_port(target.sip), number=f"+1{next(_NUMBERS)}") for _ in range(3)]
    for each in made:
        each.__enter__()
    yield made
    for each in made:
        each.__exit__(None, None, None)


def line(target: Target) -> list[dict[str, Any]]:
    answer = target.http.get("/lines/support")
    return list(answer.json()["calls"]) if answer.status_code == 200 else []


def waiting(target: Target) -> list[str | None]:
    return [each["number"] for each in line(target) if each["position"] is not None]


def record(target: Target, number: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found = target.http.get("/calls", params={"ani": number}).json()["items"]
        return found[0] if found and found[0]["ended_at"] else None

    found = wait_until(ended, 30, f"the record of {number}")
    assert found is not None
    return found


def waits(found: dict[str, Any]) -> list[str]:
    return [step["key"] for step in found["path"] if step["result"] == "waited"]


def test_a_caller_keeps_their_place_when_all_call_servers_are_killed(
    target: Target, ann: AgentPhone, phones: list[Phone]
) -> None:
    first, second, third = phones
    assert first.dial(DID) == 200
    assert ann.answered.wait(20)
    ann.answered.clear()
    for place, each in enumerate((second, third), 1):
        assert each.dial(DID) == 200
        wait_until(lambda place=place: len(waiting(target)) == place, 20, "the caller waits")  # type: ignore[misc]
    assert waiting(target) == [second.number, third.number]
    kill_call_servers(target)
    heard = second.loud_frames
    wait_until(lambda: second.loud_frames > heard + 100, 30, "the hold audio goes on")
    wait_until(lambda: waiting(target) == [second.number, third.number], 30, "both have their places")
    ann.hang_up()
    assert ann.answered.wait(40)
    wait_until(lambda: waiting(target) == [third.number], 20, "the next one waits on")
    heard = second.loud_frames
    wait_until(lambda: second.loud_frames > heard + 150, 20, "the person is heard")
    ann.answered.clear()
    second.hang_up()
    taken = record(target, second.number)
    assert taken["outcome"] == "transferred"
    assert taken["take_overs"] >= 1
    assert [(each["person"], each["result"]) for each in taken["agent"]] == [("ann", "answered")]
    assert waits(taken) == ["person"]
    assert ann.answered.wait(20)
    heard = third.loud_frames
    wait_until(lambda: third.loud_frames > heard + 150, 20, "the person is heard")
    third.hang_up()
    assert waits(record(target, third.number)) == ["person"]
    assert waits(record(target, first.number)) == ["person"]
    wait_until(lambda: not line(target), 20, "the line is empty")


def test_a_caller_asks_to_be_called_back(target: Target, ann: AgentPhone, phones: list[Phone]) -> None:
    first, second, _ = phones
    ann.answered.clear()
    assert first.dial(DID) == 200
    assert ann.answered.wait(40)
    assert second.dial(DID) == 200
    wait_until(lambda: waiting(target) == [second.number], 20, "the caller waits")
    second.send_event("2")
    assert second.far_side_hung_up.wait(20)
    assert waits(record(target, second.number)) == ["2"]
    kept = wait_until(lambda: target.http.get("/callbacks").json()["items"], 20, "the call-back is kept")
    assert [(each["number"], each["reason"], each["state"]) for each in kept] == [(second.number, "Support", "open")]
    first.hang_up()


def test_a_caller_who_hangs_up_is_out_of_the_line(target: Target, ann: AgentPhone, phones: list[Phone]) -> None:
    first, second, _ = phones
    ann.answered.clear()
    assert first.dial(DID) == 200
    assert ann.answered.wait(40)
    assert second.dial(DID) == 200
    wait_until(lambda: waiting(target) == [second.number], 20, "the caller waits")
    second.hang_up()
    wait_until(lambda: not waiting(target), 20, "nobody waits")
    assert waits(record(target, second.number)) == ["left"]
    first.hang_up()
