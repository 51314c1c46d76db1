"""Entries of several digits on a call: collected by the switch, kept, hidden, and taken over in their middle."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from devswitch.caller import CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import Given
from ivr.domain.menu.published import PublishedMenu
from tests.calls.test_messages import BYE, DIALECTS, HELLO, WELCOME, cut_all, path, publish, record, writes
from tests.rig import DID, Rig

__all__ = ["writes"]

END = {"action": "hangup", "audio": "bye.wav"}


def call(rig: Rig, keys: str, speed: float = 40, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=speed)
    result = switch.call(CallSetup(did=DID, script=CallScript.parse(keys), **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


def asked(**gather: Any) -> dict[str, Any]:
    return {"ask": {"audio": "welcome.wav", **gather}, "bye": END, "out": {"action": "suppress"}}


def kept(rig: Rig, variable: str, value: str) -> dict[str, Any]:
    return {"switch": variable, "case": {value: "bye"}, "default": "out"}


@DIALECTS
def test_an_entry_is_one_round_trip_and_the_record_has_its_name_and_its_digits(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    nodes = {**asked(gather={"XXXXX": "check"}, save="zip"), "check": kept(rig, "zip", "94103")}
    publish(rig, nodes)
    call(rig, "94103", extra_variables=variables)
    assert path(rig) == [("ask", "key", "XXXXX"), ("check", "switch", "94103"), ("bye", "action", None)]
    assert record(rig)["path"][0]["value"] == "94103"
    (question,) = [data for data in writes if b"play_and_get_digits" in data]
    assert b"1 5 1 5000 #+D " in question
    assert b" . 3000" in question or b" . '3000" in question


@pytest.mark.parametrize(
    ("gather", "keys", "entry", "digits"),
    [
        ({"1": "bye", "2": "bye", "101": "bye"}, "2", "2", "2"),
        ({"1": "bye", "2": "bye", "101": "bye"}, "1", "1", "1"),
        ({"1": "bye", "2": "bye", "101": "bye"}, "101", "101", "101"),
        ({"X{6,16}": "bye"}, "12345678#", "X{6,16}", "12345678"),
        ({"X{6,16}": "bye"}, "123456", "X{6,16}", "123456"),
        ({"#": "bye", "X{1,4}": "out"}, "#", "#", "#"),
        ({"#": "out", "X{1,4}": "bye"}, "21#", "X{1,4}", "21"),
        ({"0": "out", "X{1,2}": "bye"}, "14", "X{1,2}", "14"),
        ({"0": "bye", "XX": "out"}, "0", "0", "0"),
    ],
)
@DIALECTS
def test_the_longest_entry_is_taken(
    rig: Rig, gather: dict[str, str], keys: str, entry: str, digits: str, variables: dict[str, str]
) -> None:
    publish(rig, asked(gather=gather))
    call(rig, keys, extra_variables=variables)
    assert path(rig)[0] == ("ask", "key", entry)
    assert record(rig)["path"][0]["value"] == digits
    assert path(rig)[-1][0] == "bye"


@pytest.mark.parametrize(
    ("keys", "asked_for"),
    [
        ("2", [b"1 1 1 5000 none"]),
        ("1", [b"1 1 1 5000 none", b"1 2 1 20000 #+D silence"]),
        ("101", [b"1 1 1 5000 none", b"1 2 1 20000 #+D silence"]),
        ("1#", [b"1 1 1 5000 none", b"1 2 1 20000 #+D silence"]),
    ],
)
def test_nothing_is_waited_for_behind_an_entry_that_cannot_grow(
    rig: Rig, writes: list[bytes], keys: str, asked_for: list[bytes]
) -> None:
    publish(rig, asked(gather={"1": "bye", "2": "bye", "101": "bye"}, between_s=20))
    call(rig, keys)
    gathers = b"".join(writes).split(b"execute-app-name: play_and_get_digits\nexecute-app-arg: ")
    questions = gathers[1:]
    assert [question[: len(wanted)] for question, wanted in zip(questions, asked_for, strict=True)] == asked_for


def test_a_single_key_beside_a_pattern_of_one_is_kept_as_it_was_keyed(rig: Rig, writes: list[bytes]) -> None:
    nodes = {**asked(gather={"0": "out", "X": "check"}, save="kind"), "check": kept(rig, "kind", "4")}
    publish(rig, nodes)
    call(rig, "4")
    assert path(rig)[0] == ("ask", "key", "4")
    assert path(rig)[-1][0] == "bye"
    assert b"1 1 1 5000 none" in next(data for data in writes if b"play_and_get_digits" in data)


def test_a_wrong_entry_is_asked_for_again_in_words_of_its_own_and_leads_on_in_the_end(rig: Rig) -> None:
    publish(rig, asked(gather={"XXXXX": "out"}, max_attempts=2, no_match_node="bye", no_input_node="out",
                       no_match_audio="hello.wav", again_audio="license.wav"))  # fmt: skip
    result = call(rig, "123,12#")
    assert result.prompt_names == [WELCOME, HELLO, f"{2:032x}", BYE]
    assert path(rig) == [("ask", "no_match", None), ("ask", "no_match", None), ("bye", "action", None)]
    steps = record(rig)["path"]
    assert [(step["value"], step["ignored"], step["attempt"]) for step in steps[:2]] == [
        ("123", "not_offered", 1), ("12", "not_offered", 2),
    ]  # fmt: skip
    assert steps[1]["prompt"] == f"{2:032x}.wav"


def test_silence_has_words_and_a_way_of_its_own(rig: Rig) -> None:
    publish(rig, asked(gather={"XX": "out"}, max_attempts=2, no_input_node="bye", no_input_audio="hello.wav"))
    assert call(rig, "-,-").prompt_names == [WELCOME, HELLO, WELCOME, BYE]
    assert path(rig) == [("ask", "no_input", None), ("ask", "no_input", None), ("bye", "action", None)]


def test_the_end_key_alone_is_silence(rig: Rig) -> None:
    publish(rig, asked(gather={"X{1,4}": "out"}, max_attempts=1, no_input_node="bye"))
    call(rig, "#")
    assert path(rig) == [("ask", "no_input", None), ("bye", "action", None)]


def test_silences_and_wrong_keys_may_have_limits_of_their_own(rig: Rig) -> None:
    limits = {"no_input": 3, "no_match": 3}
    publish(rig, asked(gather={"1": "out"}, max_attempts=limits, no_match_node="bye", no_input_node="out"))
    call(rig, "7,-,7,-,7")
    assert [result for _, result, _ in path(rig)] == ["no_match", "no_input", "no_match", "no_input", "no_match",
                                                      "action"]  # fmt: skip
    assert path(rig)[-1][0] == "bye"


def test_limits_of_their_own_hold_across_a_takeover(rig: Rig) -> None:
    limits = {"no_input": 2, "no_match": 4}
    publish(rig, asked(gather={"1": "out"}, max_attempts=limits, no_match_node="out", no_input_node="bye"))
    call(rig, "7,-,7,-", on_note=cut_when("gather", 3, rig))
    assert record(rig)["take_overs"] == 1
    assert path(rig)[-1][0] == "bye"


def cut_when(kind: str, count: int, rig: Rig) -> Callable[[ChannelNote], None]:
    """The worker is lost when this is noted for the `count`th time."""
    seen: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == kind:
            seen.append(note)
            if len(seen) == count:
                gevent.spawn(cut_all, rig)

    return watch


@DIALECTS
@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize(
    ("gather", "keys", "stage"),
    [
        ({"XXXXX": "check"}, "94103", 1),
        ({"X{3,9}": "check"}, "94103#", 1),
        ({"9": "out", "9410": "out", "94103": "check"}, "94103", 1),
        ({"9": "out", "94103": "check"}, "94103", 1),
        ({"1": "out", "9": "out", "94103": "check"}, "94103", 2),
    ],
)
def test_a_worker_lost_between_the_digits_of_an_entry_loses_none(
    rig: Rig, gather: dict[str, str], keys: str, stage: int, secret: bool, variables: dict[str, str]
) -> None:
    nodes = {**asked(gather=gather, save="zip", secret=secret), "check": kept(rig, "zip", "94103")}
    publish(rig, nodes)
    result = call(rig, keys, speed=4, on_note=cut_when("gather", stage, rig), extra_variables=variables)
    assert result.connections == 2
    assert path(rig)[0][:2] == ("ask", "key")
    assert path(rig)[-1] == ("bye", "action", None)
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)
    assert record(rig)["path"][0]["value"] == (None if secret else "94103")


@DIALECTS
def test_what_is_secret_is_in_no_record_no_state_and_no_log_and_still_there_after_a_takeover(
    rig: Rig, writes: list[bytes], variables: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    pin = "471147"
    nodes = {
        **asked(gather={"4": "out", "X{2,9}": "copy"}, save="pin", secret=True),
        "copy": {"set": {"line": "pin {pin}"}, "next": "again"},
        "again": {"audio": "welcome.wav", "gather": {"1": "check"}},
        "check": {"switch": "line", "case": {"pin 47*": "bye"}, "default": "out"},
    }
    publish(rig, nodes)
    call(rig, f"{pin}#,1", on_note=cut_when("play", 2, rig), extra_variables=variables)
    assert path(rig) == [("ask", "key", "X{2,9}"), ("copy", "skipped", None), ("again", "key", "1"),
                         ("check", "switch", None), ("bye", "action", None)]  # fmt: skip
    shown = json.dumps([document for _, document in rig.records.written], default=str)
    assert pin not in shown
    assert pin not in caplog.text
    sent = b"".join(writes)
    assert pin.encode() not in sent
    assert b"unset" in sent, "the digits leave the channel"
    assert {step["value"] for step in record(rig)["path"]} == {None}


@DIALECTS
@pytest.mark.parametrize(("gather", "keys", "after"), [
    ({"1": "bye"}, "1", [("key", "1")]), ({"XX": "bye"}, "42", [("key", "XX")]), ({"#": "bye"}, "", [("key", "#")]),
    ({"XX": "out"}, "#,-", 2 * [("no_input", None)]),
])  # fmt: skip
def test_the_end_key_behind_a_full_entry_costs_the_next_question_nothing(
    rig: Rig, gather: dict[str, str], keys: str, after: list[tuple[str, str | None]], variables: dict[str, str]
) -> None:
    next_one = {"audio": "hello.wav", "gather": gather, "max_attempts": 2, "no_input_node": "bye"}
    publish(rig, {**asked(gather={"XXXX": "next"}), "next": next_one})
    call(rig, f"4711#{keys}", extra_variables=variables)
    asked_next = [("next", result, key) for result, key in after]
    assert path(rig) == [("ask", "key", "XXXX"), *asked_next, ("bye", "action", None)]
    assert [step["attempt"] for step in record(rig)["path"]][1:-1] == [*range(1, len(after) + 1)]


@pytest.mark.parametrize(
    ("keys", "code", "after"),
    [("4711#,42", "42", [("key", "X{2,4}")]), ("4711#,42#", "42", [("key", "X{2,4}")]),
     ("4711,-,-", None, 2 * [("no_input", None)])],
)  # fmt: skip
def test_in_the_call_of_a_test_too_the_end_key_costs_an_entry_behind_it_nothing(
    rig: Rig, keys: str, code: str | None, after: list[tuple[str, str | None]]
) -> None:
    next_one = {"gather": {"X{2,4}": "bye"}, "save": "code", "max_attempts": 2, "no_input_node": "bye"}
    tree = parse_menu({"name": "M", "nodes": {**asked(gather={"XXXX": "next"}), "next": next_one}})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, tree, {}, given=Given(random=1)), DID)
    call(rig, keys, speed=math.inf)
    asked_next = [("next", result, key) for result, key in after]
    assert path(rig) == [("ask", "key", "XXXX"), *asked_next, ("bye", "action", None)]
    assert record(rig)["path"][-2]["value"] == code


@DIALECTS
@pytest.mark.parametrize("count", [0, 1, 2], ids=["no worker lost", "one lost at the entry", "one lost behind it"])
@pytest.mark.parametrize(("entry", "keys"), [("X{4,8}", "12345678559"), ("XXXX", "4711#"), ("X", "4711")])
def test_digits_beyond_a_full_secret_entry_reach_no_other_question(
    rig: Rig, writes: list[bytes], count: int, entry: str, keys: str, variables: dict[str, str]
) -> None:
    nodes = asked(gather={entry: "next"}, save="pin", secret=True)
    publish(rig, {**nodes, "next": {"audio": "hello.wav", "gather": {"7": "bye"}}})
    cut = cut_when("gather", count, rig)
    # Nothing of the next question is heard before the digits end.
    result = call(rig, f"{keys},7", speed=20, on_note=cut, extra_variables=variables)
    assert [key.key for key in result.dtmf] == [*keys, "7"]
    assert path(rig) == [("ask", "key", entry), ("next", "key", "7"), ("bye", "action", None)]
    assert record(rig)["path"][1]["attempt"] == 1
    assert record(rig)["take_overs"] == bool(count)
    if not count:
        assert len([data for data in writes if b"play_and_get_digits" in data]) == 2, "one write for each question"


def test_digits_behind_a_secret_entry_that_a_key_ended_are_not_waited_for(rig: Rig, writes: list[bytes]) -> None:
    nodes = asked(gather={"X{4,8}": "next"}, save="pin", secret=True)
    publish(rig, {**nodes, "next": {"audio": "hello.wav", "gather": {"7": "bye"}}})
    call(rig, "4711#,7")
    assert path(rig)[1] == ("next", "key", "7")
    assert b"ivr_key_dropped" not in b"".join(writes)


def test_a_caller_who_hangs_up_in_the_middle_of_an_entry_has_keyed_none(rig: Rig) -> None:
    publish(rig, asked(gather={"XXXXX": "bye"}))
    call(rig, "94h")
    assert path(rig) == [("ask", "hang_up", None)]
    assert record(rig)["outcome"] == "caller_hung_up"


def test_a_caller_who_hangs_up_after_a_whole_entry_has_keyed_it(rig: Rig) -> None:
    publish(rig, asked(gather={"99": "out"}))
    call(rig, "99h")
    assert path(rig)[0] == ("ask", "key", "99")
    assert len(rig.records.of("opt_out")) == 1


# Entries of an opt-out that may grow: all in one collection of the switch, or one digit first.
GROWING = [
    {"9": "out", "94103": "bye"},
    {"1": "bye", "9": "out", "94103": "bye"},
    {"1": "bye", "9": "out", "9XX": "bye"},
]


def gone_after(rig: Rig, wait_ms: float, variables: dict[str, str], **setup: Any) -> tuple[str, str | None]:
    """The outcome and the entry of a caller who keys 9 and hangs up so long after it."""
    script = CallScript(presses=((2000.0, "9"),), hang_up_ms=2000.0 + wait_ms)
    switch = DevSwitch(rig.targets, speed=20, counts_idle=False)
    setup_of = CallSetup(did=DID, script=script, extra_variables=variables, **setup)
    assert switch.call(setup_of, timeout_s=60).violations == []
    rig.drained()
    assert len(rig.records.of("opt_out")) == 1
    return record(rig)["outcome"], record(rig)["path"][0]["key"]


@DIALECTS
@pytest.mark.parametrize("gather", GROWING)
@pytest.mark.parametrize("wait_ms", [40, 1500, 2900])
def test_an_opt_out_counts_of_a_caller_who_hangs_up_while_it_might_grow(
    rig: Rig, wait_ms: float, gather: dict[str, str], variables: dict[str, str]
) -> None:
    publish(rig, asked(gather=gather))
    assert gone_after(rig, wait_ms, variables) == ("opted_out", "9")


@DIALECTS
@pytest.mark.parametrize("gather", GROWING[1:])
def test_an_opt_out_counts_of_a_caller_who_hangs_up_while_another_worker_waits_for_more(
    rig: Rig, gather: dict[str, str], variables: dict[str, str]
) -> None:
    publish(rig, asked(gather=gather))
    cut = cut_when("gather", 1, rig)
    assert gone_after(rig, 2000, variables, on_note=cut) == ("opted_out", "9")
    assert record(rig)["take_overs"] == 1


def test_keys_that_no_telephone_has_cost_no_attempt_and_are_no_part_of_an_entry(rig: Rig) -> None:
    publish(rig, asked(gather={"XXX": "bye"}, max_attempts=1))
    call(rig, "A,1B23")
    assert path(rig)[-2:] == [("ask", "key", "XXX"), ("bye", "action", None)]
    assert record(rig)["path"][-2]["value"] == "123"


SLOW = CallScript(presses=tuple((2000.0 * at, digit) for at, digit in enumerate("12345678", 1)))


def slowly(rig: Rig, variables: dict[str, str], **gather: Any) -> list[tuple[Any, ...]]:
    """The question's steps of a caller who keys a digit every two seconds from the second on."""
    publish(rig, asked(save="account", max_attempts=1, no_match_node="bye", no_input_node="out", **gather))
    switch = DevSwitch(rig.targets, speed=40, counts_idle=False)
    assert switch.call(CallSetup(did=DID, script=SLOW, extra_variables=variables), timeout_s=60).violations == []
    rig.drained()
    return [(step["result"], step["key"], step["value"]) for step in record(rig)["path"] if step["node"] == "ask"]


@DIALECTS
@pytest.mark.parametrize(
    ("gather", "entry_s", "step"),
    [
        # The prompt ends after 1.4 s; FreeSWITCH's clock counts whole seconds.
        ({"X{6,16}": "bye"}, None, ("key", "X{6,16}", "12345678")),
        ({"X{6,16}": "bye"}, 20, ("key", "X{6,16}", "12345678")),
        ({"X{6,16}": "bye"}, 5, ("no_match", None, "123")),
        ({"X{2,16}": "bye"}, 5, ("key", "X{2,16}", "123")),
        ({"1": "bye", "12345": "out"}, 5, ("no_match", None, "123")),
        ({"123": "bye", "1234567": "out"}, 5, ("key", "123", "123")),
    ],
)
def test_the_time_for_a_whole_entry_ends_it_however_fast_its_digits_follow(
    rig: Rig, gather: dict[str, str], entry_s: int | None, step: tuple[str, ...], variables: dict[str, str]
) -> None:
    limit = {} if entry_s is None else {"entry_s": entry_s}
    assert slowly(rig, variables, gather=gather, **limit) == [step]


@DIALECTS
def test_nothing_keyed_in_the_time_for_an_entry_is_silence(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, asked(gather={"X{6,16}": "bye"}, timeout_s=60, entry_s=3, max_attempts=1, no_input_node="bye"))
    call(rig, "-", extra_variables=variables)
    assert path(rig) == [("ask", "no_input", None), ("bye", "action", None)]


@DIALECTS
def test_the_clock_of_an_entry_that_was_keyed_in_time_ends_no_later_question(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    nodes = asked(gather={"XX": "next"}, entry_s=2)
    publish(rig, {**nodes, "next": {"audio": "hello.wav", "gather": {"7": "bye"}, "timeout_s": 60}})
    result = call(rig, "12,7+4000", extra_variables=variables)
    assert [each.key for each in result.dtmf] == ["1", "2", "7"]
    assert path(rig) == [("ask", "key", "XX"), ("next", "key", "7"), ("bye", "action", None)]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 2


@DIALECTS
def test_the_clock_of_an_entry_runs_on_in_a_takeover(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, asked(gather={"X{6,16}": "bye"}, entry_s=5, max_attempts=1, no_match_node="bye"))
    switch = DevSwitch(rig.targets, speed=40, counts_idle=False)

    def cut(note: ChannelNote) -> None:
        if note.kind == "key" and note.text == "2":
            gevent.spawn(cut_all, rig)

    setup = CallSetup(did=DID, script=SLOW, extra_variables=variables, on_note=cut)
    result = switch.call(setup, timeout_s=60)
    rig.drained()
    assert (result.violations, record(rig)["take_overs"]) == ([], 1)
    assert [step["value"] for step in record(rig)["path"]] == ["123", None]
