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
from tests.sip.test_sipp import kill_call_servers

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
ENDS = {"right": {"action": "hangup"}, "wrong": {"action": "hangup"}}
# By the number dialled: what is keyed must have led to `right`.
ENTRIES: dict[str, dict[str, Any]] = {
    "+14155550181": {
        "ask": {"gather": {"XXXXX": "which"}, "save": "keyed", "timeout_s": 60, "between_s": 20},
        "which": {"switch": "keyed", "case": {"94103": "right"}, "default": "wrong"},
    },
    "+14155550182": {
        "ask": {"gather": {"X{3,16}": "which"}, "save": "keyed", "timeout_s": 60, "between_s": 20, "secret": True},
        "which": {"switch": "keyed", "case": {"94103": "right"}, "default": "wrong"},
    },
    "+14155550183": {
        "ask": {"gather": {"9": "wrong", "1": "wrong", "94103": "which"}, "save": "keyed", "timeout_s": 60,
                "between_s": 20},
        "which": {"switch": "keyed", "case": {"94103": "right"}, "default": "wrong"},
    },
    "+14155550184": {"ask": {"gather": {"9": "right", "99": "wrong"}, "timeout_s": 60, "between_s": 1}},
    "+14155550188": {
        "who": {"switch": "list:banned", "case": {"true": "right"}, "default": "ban"},
        "ban": {"set": {"list:banned": "1d"}, "next": "wrong"},
    },
    "+14155550187": {
        "ask": {"gather": {"X{3,16}": "wrong"}, "timeout_s": 60, "between_s": 20, "entry_s": 3, "max_attempts": 1,
                "no_match_node": "right"},
    },
    "+14155550186": {
        "who": {"switch": "list:known", "case": {"true": "right"}, "default": "open"},
        "open": {"switch": "hours:always", "case": {"open": "wrong"}, "default": "who"},
    },
    "+14155550189": {
        "ask": {"gather": {"1": "wrong", "9": "out", "9XX": "wrong"}, "timeout_s": 60, "between_s": 20},
        "out": {"action": "suppress"},
    },
    "+14155550185": {"ask": {"gather": {"#": "right", "X{1,4}": "wrong"}, "timeout_s": 60, "between_s": 20}},
}  # fmt: skip
for nodes in ENTRIES.values():
    nodes.update(ENDS)


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("thinking"), switch=request.param) as running:
        menu = running.http.post("/ivr", json={"name": "m", "nodes": NODES}).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
        for name in ("known", "banned"):
            running.http.post("/lists", json={"name": name}).raise_for_status()
        week = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        running.http.post("/hours", json={"name": "always", "zone": "UTC", "week": week}).raise_for_status()
        for did, nodes in ENTRIES.items():
            menu = running.http.post("/ivr", json={"name": did, "nodes": nodes}).raise_for_status().json()
            running.http.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status()
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

        return record_of(target, phone.number)


def record_of(target: Target, number: str) -> dict[str, Any]:
    """The record of this caller's call, once it has ended."""

    def ended() -> dict[str, Any] | None:
        record = target.find_call(number)
        return record if record and record["outcome"] else None

    found = wait_until(ended, 40, "the call is recorded")
    assert found is not None
    return found


def taken_over(target: Target, number: str) -> bool:
    live = target.http.get("/calls/live").raise_for_status().json()["items"]
    return [each["take_overs"] for each in live if each["ani"] == number] == [1]


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


@pytest.mark.parametrize(
    ("did", "keys", "entry"),
    [
        ("+14155550181", "94103", "XXXXX"),
        ("+14155550182", "94103#", "X{3,16}"),
        ("+14155550183", "94103", "94103"),
        ("+14155550184", "9", "9"),
        ("+14155550185", "#", "#"),
    ],
)
@pytest.mark.parametrize("is_killed", [False, True], ids=["", "killed"])
def test_an_entry_leads_where_it_must_also_when_its_worker_is_killed_between_the_digits(
    target: Target, did: str, keys: str, entry: str, is_killed: bool
) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial(did) == 200
        # The prompt must have begun: what is keyed before it is no reply to it.
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the question is heard")
        for at, key in enumerate(keys):
            if is_killed and at == len(keys) // 2:
                kill_call_servers(target)
            phone.send_event(key)
            phone.far_side_hung_up.wait(0.3)
        assert phone.far_side_hung_up.wait(60)
        record = record_of(target, phone.number)
    assert [step["node"] for step in record["path"]][-1] == "right"
    assert (record["path"][0]["node"], record["path"][0]["key"]) == ("ask", entry)
    if did == "+14155550182":
        assert "94103" not in str(record["path"])
    assert record["take_overs"] == int(is_killed)


@pytest.mark.parametrize("is_killed", [False, True], ids=["", "killed"])
def test_an_opt_out_that_might_grow_counts_of_a_caller_who_hangs_up(target: Target, is_killed: bool) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial("+14155550189") == 200
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the question is heard")
        if is_killed:
            kill_call_servers(target)
        phone.send_event("9")
        phone.far_side_hung_up.wait(1)
        # Who hangs up while no process has the call is beyond what this is about.
        wait_until(lambda: not is_killed or taken_over(target, phone.number), 20, "another process has the call")
        phone.hang_up()
        record = record_of(target, phone.number)
    assert (record["outcome"], record["path"][0]["key"]) == ("opted_out", "9")
    assert record["take_overs"] == int(is_killed)


@pytest.mark.parametrize("is_killed", [False, True], ids=["", "killed"])
def test_the_time_for_a_whole_entry_ends_it_also_when_its_worker_is_killed_meanwhile(
    target: Target, is_killed: bool
) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        assert phone.dial("+14155550187") == 200
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the question is heard")
        phone.send_event("1")
        phone.far_side_hung_up.wait(0.3)
        if is_killed:
            kill_call_servers(target)
        phone.send_event("2")
        assert phone.far_side_hung_up.wait(60)
        record = record_of(target, phone.number)
    ask, end = record["path"]
    assert (ask["result"], ask["value"], end["node"]) == ("no_match", "12", "right")
    assert ask["ms"] < 20_000, "before the wait between digits is over"
    assert record["take_overs"] == int(is_killed)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_menu_knows_the_lists_that_its_caller_is_on_and_the_hours(target: Target, is_known: bool) -> None:
    with Caller(split_host_port(target.sip), number=f"+1{next(NUMBERS)}") as phone:
        if is_known:
            target.http.put(f"/lists/known/numbers/{phone.number}", json={"days": 1}).raise_for_status()
        assert phone.dial("+14155550186") == 200
        assert phone.far_side_hung_up.wait(40)
        record = record_of(target, phone.number)
    ways = [(step["node"], step["value"]) for step in record["path"]]
    assert ways == ([("who", "true"), ("right", None)] if is_known else [("who", "false"), ("open", "open"),
                                                                         ("wrong", None)])  # fmt: skip


def test_a_caller_whom_a_menu_has_banned_is_banned_when_they_call_again(target: Target) -> None:
    number = f"+1{next(NUMBERS)}"

    def last_nodes() -> list[str]:
        calls = target.http.get("/calls", params={"ani": number}).raise_for_status().json()["items"]
        return [call["path"][-1]["node"] for call in calls if call["outcome"]]

    def call_and_end(count: int) -> None:
        with Caller(split_host_port(target.sip), number=number) as phone:
            assert phone.dial("+14155550188") == 200
            assert phone.far_side_hung_up.wait(40)
        wait_until(lambda: len(last_nodes()) == count, 40, "the call is recorded")

    call_and_end(1)
    found = f"/lists/banned/numbers/{number}"
    wait_until(lambda: target.http.get(found).status_code == 200, 40, "they are on the list")
    # Calls know of it once the keeper has told Redis, a second later.
    count = 1
    while last_nodes()[0] == "wrong" and count < 40:
        call_and_end(count := count + 1)
    assert (last_nodes()[0], last_nodes()[-1]) == ("right", "wrong")
    entries = target.http.get("/audit?subject=list/banned&action=list.add").raise_for_status().json()["items"]
    assert all(entry["actor"].endswith("/ban") for entry in entries)
