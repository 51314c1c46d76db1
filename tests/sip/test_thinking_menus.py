"""Menus that choose and remember, on both switches: over SIP, with the whole product behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller

DID = "+14155550178"
NUMBERS = iter(range(4_805_550_500, 4_805_550_599))
NODES = {
    "who": {"switch": "caller", "case": {"+1480*": "local"}, "default": "out"},
    "local": {"set": {"line": "to {called}"}, "switch": "random", "case": {"1..100": "ask"}, "default": "out"},
    "ask": {"gather": {"1": "which", "2": "ask"}, "timeout_s": 60, "max_visits": 2, "over_node": "bye"},
    "which": {"switch": "line", "case": {f"to {DID}": "bye"}, "default": "out"},
    "bye": {"action": "hangup"},
    "out": {"action": "suppress"},
}


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("thinking"), switch=request.param) as running:
        menu = running.http.post("/ivr", json={"name": "m", "nodes": NODES}).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
        yield running


def call(target: Target, key: str) -> dict[str, Any]:
    """The record of a call that presses this key until it is over: one that comes before its question is dropped."""
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(DID) == 200
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the question is heard")
        for _ in range(30):
            phone.send_event(key)
            if phone.far_side_hung_up.wait(2):
                break

        def ended() -> dict[str, Any] | None:
            record = target.find_call(phone.number)
            return record if record and record["outcome"] else None

        found = wait_until(ended, 40, "the call is recorded")
        assert found is not None
        return found


def test_a_menu_chooses_by_the_caller_and_by_what_it_has_set(target: Target) -> None:
    record = call(target, "1")
    assert [(step["node"], step["result"], step["key"]) for step in record["path"]] == [
        ("who", "switch", "+1480*"),
        ("local", "switch", "1..100"),
        ("ask", "key", "1"),
        ("which", "switch", f"to {DID}"),
        ("bye", "action", None),
    ]
    assert record["outcome"] == "hung_up"


def test_a_question_that_is_visited_too_often_is_left(target: Target) -> None:
    record = call(target, "2")
    assert [step["node"] for step in record["path"]] == ["who", "local", "ask", "ask", "bye"]
