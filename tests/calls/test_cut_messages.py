"""Messages that a key cuts: it ends all that is said up to the next question and answers it, whatever is between, and
no worker that is lost meanwhile loses it. What nothing may cut, and what comes before an action, is heard to its
end."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.caller import AgentBook, CallerStep, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from tests.calls.fake_services import FakeServices
from tests.calls.test_messages import DIALECTS, cut_all, cut_at, path, record, writes
from tests.calls.test_requests import served
from tests.calls.test_sequences import BYE, HI, HOLA, KEYS, TECLAS, publish
from tests.rig import DID, Rig

__all__ = ["writes"]

# A message, a switch with words of its own, one element after the other, and the question.
CHAIN: dict[str, Any] = {
    "hi": {"audio": "hi.wav", "set": {"x": "seen"}, "next": "which"},
    "which": {"switch": "x", "case": {"seen": "told"}, "default": "end", "audio": "hola.wav"},
    "told": {"audio": "teclas.wav", "next": "ask"},
    "ask": {"audio": "keys.wav", "gather": {"1": "one", "9": "out", "XXXX": "pin"}, "max_attempts": 1,
            "no_input_node": "end"},
    "one": {"action": "hangup", "audio": "bye.wav"},
    "pin": {"action": "hangup", "audio": "bye.wav"},
    "out": {"action": "suppress"},
    "end": {"action": "hangup"},
}  # fmt: skip
SINGLE: dict[str, Any] = {**CHAIN, "ask": {**CHAIN["ask"], "gather": {"1": "one", "9": "out"}}}


def call(rig: Rig, script: CallScript, variables: dict[str, str], speed: float = 20, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=speed, agents=AgentBook(default=ScriptedAgent.answering()))
    result = switch.call(CallSetup(did=DID, script=script, extra_variables=variables, **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


def keyed(**at: str) -> CallScript:
    """Keys pressed a tenth of a second after this file begins."""
    names = {"hi": HI, "hola": HOLA, "teclas": TECLAS, "keys": KEYS}
    return CallScript(on_heard={names[name]: CallerStep(keys, after_ms=100) for name, keys in at.items()})


@DIALECTS
@pytest.mark.parametrize(
    ("at", "heard"), [("hi", [HI]), ("hola", [HI, HOLA]), ("teclas", [HI, HOLA, TECLAS])]
)
def test_a_key_cuts_all_that_is_said_up_to_the_question_and_answers_it(
    rig: Rig, writes: list[bytes], variables: dict[str, str], at: str, heard: list[str]
) -> None:
    publish(rig, SINGLE)
    result = call(rig, keyed(**{at: "1"}), variables)
    assert result.prompt_names == [*heard, BYE]
    assert path(rig) == [("hi", "played", None), ("which", "switch", "seen"), ("told", "played", None),
                         ("ask", "key", "1"), ("one", "action", None)]  # fmt: skip
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 1


@DIALECTS
def test_digits_of_an_entry_that_begins_in_a_message_are_all_taken(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, CHAIN)
    result = call(rig, keyed(hi="4711"), variables)
    assert result.prompt_names == [HI, BYE]
    assert record(rig)["path"][3]["value"] == "4711"


@DIALECTS
def test_an_opt_out_counts_before_the_question_that_offers_it_is_heard(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, SINGLE)
    assert call(rig, keyed(hi="9"), variables).prompt_names == [HI, "opted_out"]
    assert record(rig)["outcome"] == "opted_out"
    assert len(rig.records.of("opt_out")) == 1


def test_the_record_has_what_was_heard_of_each_message(rig: Rig) -> None:
    publish(rig, SINGLE)
    call(rig, keyed(hola="1"), {}, speed=1)
    hi, which, told, ask, _ = record(rig)["path"]
    assert (hi["ms"], told["ms"]) == (400, 0)
    assert 0 < which["ms"] < 400
    assert hi["at_ms"] >= 400 + 250, "two silences are before it"
    # Each time is rounded to milliseconds by itself.
    assert abs(hi["at_ms"] + 400 - which["at_ms"]) <= 1
    assert which["at_ms"] <= told["at_ms"] <= ask["at_ms"]
    assert (ask["ms"], ask["prompt_ms"]) == (0, 400)


@DIALECTS
@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("by", ["message", "question"])
def test_what_nothing_may_cut_is_heard_and_keys_before_its_end_count_only_where_they_are_kept(
    rig: Rig, variables: dict[str, str], keeps: bool, by: str
) -> None:
    uncut = "told" if by == "message" else "ask"
    nodes = {**SINGLE, "ask": {**SINGLE["ask"], "gather": {"1": "one"}}}
    nodes[uncut] = {**nodes[uncut], "barge_in": False}
    nodes["ask"] = {**nodes["ask"], **({"type_ahead": "keep"} if keeps else {})}
    publish(rig, nodes)
    result = call(rig, keyed(**{"teclas" if by == "message" else "keys": "1"}), variables)
    heard = [HI, HOLA, TECLAS] if by == "message" else [HI, HOLA, TECLAS, KEYS]
    assert result.prompt_names[: len(heard)] == heard
    assert not any(each.cut_by_key for each in result.heard if heard[-1] in each.file)
    assert path(rig)[3:] == ([("ask", "key", "1"), ("one", "action", None)] if keeps
                             else [("ask", "no_input", None), ("end", "action", None)])  # fmt: skip


@DIALECTS
@pytest.mark.parametrize("keeps", [True, False])
def test_before_what_nothing_may_cut_a_key_cuts_and_counts_for_nothing_or_is_kept_and_cuts_nothing(
    rig: Rig, variables: dict[str, str], keeps: bool
) -> None:
    nodes = {**SINGLE, "told": {**SINGLE["told"], "barge_in": False}}
    nodes["ask"] = {**nodes["ask"], **({"type_ahead": "keep"} if keeps else {})}
    publish(rig, nodes)
    result = call(rig, keyed(hi="1"), variables)
    assert result.prompt_names[:3] == ([HI, HOLA, TECLAS] if keeps else [HI, TECLAS, KEYS])
    assert path(rig)[3][1:] == (("key", "1") if keeps else ("no_input", None))


@DIALECTS
@pytest.mark.parametrize("action", [{"action": "hangup", "audio": "bye.wav"}, {"action": "transfer"}])
def test_before_an_action_messages_are_heard_to_their_end(
    rig: Rig, variables: dict[str, str], action: dict[str, Any]
) -> None:
    publish(rig, {"hi": {"audio": "hi.wav", "next": "told"}, "told": {"audio": "teclas.wav", "next": "act"},
                  "act": action})  # fmt: skip
    result = call(rig, keyed(hi="1", teclas="2"), {"continue_on_fail": "true", **variables})
    assert result.prompt_names[:2] == [HI, TECLAS]
    assert not any(each.cut_by_key for each in result.heard)
    assert path(rig)[-1] == ("act", "action", None)


@DIALECTS
@pytest.mark.parametrize("keeps", ["message", "question", None])
def test_a_key_from_before_the_message_is_dropped_unless_the_message_or_the_question_keeps_it(
    rig: Rig, variables: dict[str, str], keeps: str | None
) -> None:
    kept = {"type_ahead": "keep"}
    publish(rig, {
        "first": {"audio": "hi.wav", "barge_in": False, "next": "told"},
        "told": {"audio": "teclas.wav", "next": "ask", **(kept if keeps == "message" else {})},
        "ask": {**SINGLE["ask"], "gather": {"1": "one"}, **(kept if keeps == "question" else {})},
        "one": CHAIN["one"], "end": CHAIN["end"],
    })  # fmt: skip
    result = call(rig, keyed(hi="1"), variables)
    assert path(rig)[2][1:] == (("key", "1") if keeps else ("no_input", None))
    assert (KEYS in result.prompt_names) is not bool(keeps)


@DIALECTS
@pytest.mark.parametrize("gather", [{"1": "one"}, {"X{2,6}": "one"}])
def test_the_end_key_of_an_entry_that_was_full_before_cuts_no_message(
    rig: Rig, variables: dict[str, str], gather: dict[str, str]
) -> None:
    publish(rig, {
        "zip": {"audio": "hi.wav", "gather": {"XXX": "told"}},
        "told": {"audio": "teclas.wav", "next": "ask"},
        "ask": {**SINGLE["ask"], "gather": gather},
        "one": CHAIN["one"], "end": CHAIN["end"],
    })  # fmt: skip
    script = CallScript(steps=(CallerStep("123#"),), on_heard={KEYS: CallerStep("1", after_ms=100)})
    result = call(rig, script, variables, speed=1)
    assert result.prompt_names[:3] == [HI, TECLAS, KEYS]
    assert [each[0] for each in path(rig)][:3] == ["zip", "told", "ask"]
    assert record(rig)["path"][1]["ms"] == 400


# -- where something is asked outside meanwhile --------------------------------------------------------------------

ASKED: dict[str, Any] = {
    "hi": {"audio": "hi.wav", "next": "find"},
    "find": {"action": "request", "service": "s", "audio": "hola.wav", "save": "x", "next": "told",
             "fail_node": "end"},
    **{name: CHAIN[name] for name in ("told", "ask", "one", "pin", "out", "end")},
}


def slow(rig: Rig) -> FakeServices:
    services = served(rig, FakeServices(s=[{"y": 1}]))
    services.let.clear()
    return services


def let_when(services: FakeServices, kind: str) -> Any:
    def watch(note: ChannelNote) -> None:
        if note.kind == kind:
            services.let.set()

    return watch


@DIALECTS
@pytest.mark.parametrize(("at", "heard"), [("hi", [HI]), ("hola", [HI, HOLA])])
@pytest.mark.parametrize(("keys", "nodes", "value"), [("1", SINGLE, None), ("4711", CHAIN, "4711")])
def test_a_key_pressed_while_a_service_is_asked_cuts_what_is_said_before_and_after_and_counts(
    rig: Rig,
    variables: dict[str, str],
    at: str,
    heard: list[str],
    keys: str,
    nodes: dict[str, Any],
    value: str | None,
) -> None:
    services = slow(rig)
    publish(rig, {**ASKED, "ask": nodes["ask"]})
    result = call(rig, keyed(**{at: keys}), variables, on_note=let_when(services, "cut"))
    assert result.prompt_names == [*heard, BYE]
    last = "one" if value is None else "pin"
    assert [each[:2] for each in path(rig)] == [("hi", "played"), ("find", "played"), ("find", "request"),
                                                ("told", "played"), ("ask", "key"), (last, "action")]  # fmt: skip
    assert record(rig)["path"][-2]["value"] == value


@DIALECTS
def test_after_such_a_key_what_comes_before_an_action_is_heard_all_the_same(
    rig: Rig, variables: dict[str, str]
) -> None:
    services = slow(rig)
    publish(rig, {**ASKED, "told": {**CHAIN["told"], "next": "one"}})
    result = call(rig, keyed(hi="1"), variables, on_note=let_when(services, "cut"))
    assert result.prompt_names == [HI, TECLAS, BYE]


@DIALECTS
def test_messages_of_more_than_two_minutes_are_cut_by_one_key_too(rig: Rig, variables: dict[str, str]) -> None:
    row = {f"m{number}": {"audio": ["hi.wav"] * 16, "next": f"m{number + 1}"} for number in range(7)}
    publish(rig, {**row, "m7": {"audio": "teclas.wav", "next": "ask"}, **SINGLE})
    result = call(rig, keyed(hi="1"), variables)
    assert result.prompt_names == [HI, BYE]
    assert path(rig)[-2:] == [("ask", "key", "1"), ("one", "action", None)]


# -- workers lost meanwhile ----------------------------------------------------------------------------------------


@DIALECTS
@pytest.mark.parametrize(("keys", "value"), [("1", None), ("4711", "4711")])
def test_a_key_counts_though_the_worker_was_lost_in_the_message_that_it_cuts(
    rig: Rig, variables: dict[str, str], keys: str, value: str | None
) -> None:
    publish(rig, CHAIN if value else SINGLE)
    result = call(rig, keyed(hola=keys), variables, on_note=cut_at(rig, HI))
    assert result.connections == 2
    assert result.prompt_names == [HI, HOLA, BYE]
    assert path(rig)[-2][:2] == ("ask", "key")
    assert record(rig)["path"][-2]["value"] == value
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)


@DIALECTS
def test_a_key_counts_though_the_worker_was_lost_while_a_service_was_asked(
    rig: Rig, variables: dict[str, str]
) -> None:
    services = slow(rig)
    publish(rig, {**ASKED, "ask": SINGLE["ask"]})
    lost: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and HI in note.text and not lost:
            lost.append(note)
            cut_all(rig)
            services.let.set()

    result = call(rig, keyed(hola="1"), variables, on_note=watch)
    assert result.connections == 2
    assert result.prompt_names == [HI, HOLA, BYE]
    assert path(rig)[-2:] == [("ask", "key", "1"), ("one", "action", None)]
    assert record(rig)["take_overs"] == 1
