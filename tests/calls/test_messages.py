"""A message on a call: played in the same write as the question after it, played again by another worker, cut by a
hang-up, skipped without its file."""

from __future__ import annotations

from collections.abc import Callable
from socket import SHUT_RDWR

import gevent
import pytest

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.call.playing import MAX_LEAD_MS
from esl_server.switch.session import Session
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.interpreter import MAX_STEPS
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.reports.funnel import funnel_of
from ivr.storage.postgres.calls import call_from_json
from tests.rig import DID, Rig, write_wav

WELCOME, BYE, HELLO = f"{1:032x}", f"{4:032x}", f"{6:032x}"
HELLO_MS = 3000
MENU = {
    "hello": {"audio": "hello.wav", "next": "ask"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "thanks", "2": "agent", "9": "dnc"}, "max_attempts": 2},
    "thanks": {"audio": "hello.wav", "next": "bye"},
    "bye": {"action": "hangup", "audio": "bye.wav"},
    "agent": {"action": "transfer"},
    "dnc": {"action": "suppress"},
}
DIALECTS = pytest.mark.parametrize("variables", [{}, {"digitree_api": "true"}], ids=["executed", "prepared"])


def publish(rig: Rig, nodes: dict, hello_ms: int = HELLO_MS) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    prompts = {**seed.prompts, "hello.wav": PromptFile(f"{HELLO}.wav", hello_ms)}
    write_wav(rig.prompts_dir / f"{HELLO}.wav", hello_ms)
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, parse_menu({"name": "M", "nodes": nodes}), prompts), DID)


def call(rig: Rig, keys: str, speed: float = 40, agents: AgentBook | None = None, **setup) -> CallResult:
    switch = DevSwitch(rig.targets, speed=speed, agents=agents)
    result = switch.call(CallSetup(did=DID, script=CallScript.parse(keys), **setup), timeout_s=60)
    rig.drained()
    return result


def record(rig: Rig) -> dict:
    ended = rig.records.of("call_ended")
    assert len({each["call_id"] for each in [*rig.records.of("call_started"), *ended]}) == 1
    return ended[-1]


def path(rig: Rig) -> list[tuple]:
    return [(step["node"], step["result"], step["key"]) for step in record(rig)["path"]]


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    written: list[bytes] = []
    send = Session._send

    def noted(self: Session, data: bytes) -> None:
        written.append(data)
        send(self, data)

    monkeypatch.setattr(Session, "_send", noted)
    return written


@DIALECTS
def test_a_message_and_the_question_after_it_are_one_write_and_one_record(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    publish(rig, MENU)
    result = call(rig, "1", extra_variables=variables)
    assert result.violations == []
    assert result.prompt_names == [HELLO, WELCOME, HELLO, BYE]
    (question,) = [data for data in writes if b"play_and_get_digits" in data]
    assert question.index(b"answer") < question.index(HELLO.encode()) < question.index(b"play_and_get_digits")
    assert question.index(b"phello.0.1") < question.index(b"answer"), "the state comes before the answer"
    assert path(rig) == [("hello", "played", None), ("ask", "key", "1"), ("thanks", "played", None),
                         ("bye", "action", None)]  # fmt: skip
    assert record(rig)["outcome"] == "hung_up"


def test_the_times_of_message_and_question_are_those_the_caller_heard(rig: Rig) -> None:
    publish(rig, MENU, hello_ms=500)
    call(rig, "1@300", speed=1)
    hello, ask, thanks, bye = record(rig)["path"]
    assert (hello["ms"], hello["prompt"], hello["prompt_ms"]) == (500, f"{HELLO}.wav", 500)
    assert hello["at_ms"] >= 400, "the silence after the answer"
    assert ask["at_ms"] >= hello["at_ms"] + 500
    assert thanks["ms"] == 500
    assert bye["at_ms"] >= thanks["at_ms"] + 500


@DIALECTS
def test_a_worker_lost_during_the_first_message_leaves_one_record_and_the_message_is_played_again(
    rig: Rig, variables: dict[str, str]
) -> None:
    publish(rig, MENU)
    result = call(rig, "1", on_note=cut_at(rig, HELLO), extra_variables=variables)
    assert result.connections == 2
    assert [name for name in result.prompt_names if name != "goodbye"][-4:] == [HELLO, WELCOME, HELLO, BYE]
    assert path(rig) == [("hello", "played", None), ("ask", "key", "1"), ("thanks", "played", None),
                         ("bye", "action", None)]  # fmt: skip
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)


@DIALECTS
def test_a_worker_lost_during_a_later_message_keeps_the_digit_before_it(
    rig: Rig, variables: dict[str, str]
) -> None:
    nodes = {**MENU, "thanks": {"audio": "hello.wav", "next": "more"}, "more": {"gather": {"1": "bye"}}}
    publish(rig, {name: node for name, node in nodes.items() if name != "hello"})
    result = call(rig, "1,1", on_note=cut_at(rig, HELLO), extra_variables=variables)
    assert result.connections == 2
    assert path(rig)[:3] == [("ask", "key", "1"), ("thanks", "played", None), ("more", "key", "1")]
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)


def cut_at(rig: Rig, file: str) -> Callable[[ChannelNote], None]:
    """The worker is lost, without a word to the switch, when this file is played for the first time."""
    seen: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and file in note.text:
            seen.append(note)
            if len(seen) == 1:
                gevent.spawn(cut_all, rig)

    return watch


def cut_all(rig: Rig) -> None:
    for session in list(rig.server._sessions):
        session.sock.shutdown(SHUT_RDWR)


@DIALECTS
def test_a_caller_who_hangs_up_during_the_message_heard_a_part_of_it_and_no_question(
    rig: Rig, variables: dict[str, str]
) -> None:
    publish(rig, {"first": {"audio": "hello.wav", "next": "hello"}, **MENU}, hello_ms=2000)
    script = CallScript(hang_up_ms=3400)
    switch = DevSwitch(rig.targets, speed=1)
    switch.call(CallSetup(did=DID, script=script, extra_variables=variables), timeout_s=30)
    rig.drained()
    assert path(rig) == [("first", "played", None), ("hello", "hang_up", None)]
    assert record(rig)["path"][1]["ms"] < 2000
    assert (record(rig)["outcome"], record(rig)["hung_up_by"]) == ("caller_hung_up", "caller")


def test_a_message_without_its_file_is_skipped_and_the_question_reads_out_its_digits(
    rig: Rig, writes: list[bytes]
) -> None:
    publish(rig, MENU)
    for file in (HELLO, WELCOME):
        (rig.prompts_dir / f"{file}.wav").unlink()
    assert call(rig, "1").prompt_names == ["keys-129", BYE]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 1
    assert path(rig)[:2] == [("hello", "skipped", None), ("ask", "key", "1")]
    assert record(rig)["path"][0]["ms"] == 0


def test_digits_pressed_during_a_message_answer_nothing(rig: Rig) -> None:
    publish(rig, MENU)
    script = CallScript(steps=CallScript.parse("1").steps, presses=((1500.0, "9"),))
    DevSwitch(rig.targets, speed=10).call(CallSetup(did=DID, script=script), timeout_s=30)
    rig.drained()
    assert path(rig)[1] == ("ask", "key", "1")
    assert rig.records.of("opt_out") == []


def test_an_opt_out_is_on_disk_before_the_message_that_leads_to_it_is_heard(rig: Rig) -> None:
    nodes = {**MENU, "ask": {"gather": {"9": "sorry"}}, "sorry": {"audio": "bye.wav", "next": "dnc"}}
    publish(rig, nodes)
    kept = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and BYE in note.text:
            kept.append(len(rig.records.of("opt_out")))

    assert call(rig, "9", on_note=watch).prompt_names[-2:] == [BYE, "opted_out"]
    assert kept == [1]
    assert record(rig)["outcome"] == "opted_out"


def test_a_message_before_a_transfer_is_heard_before_the_agent_rings(rig: Rig) -> None:
    publish(rig, {**MENU, "ask": {"gather": {"2": "wait"}}, "wait": {"audio": "bye.wav", "next": "agent"}})
    result = call(rig, "2")
    assert result.prompt_names[-1] == BYE
    assert result.agent is not None
    assert path(rig)[-2:] == [("wait", "played", None), ("agent", "action", None)]
    assert record(rig)["outcome"] == "transferred"


def test_a_menu_of_a_message_alone_says_goodbye(rig: Rig) -> None:
    publish(rig, {"only": {"audio": "hello.wav", "next": "not_written_yet"}})
    assert call(rig, "-").prompt_names == [HELLO, "goodbye"]
    assert path(rig) == [("only", "played", None)]
    assert record(rig)["outcome"] == "hung_up"


def test_messages_that_lead_to_each_other_end(rig: Rig) -> None:
    publish(rig, {"a": {"audio": "hello.wav", "next": "b"}, "b": {"audio": "hello.wav", "next": "a"}})
    result = call(rig, "-", speed=400)
    assert result.prompt_names == [*[HELLO] * MAX_STEPS, "goodbye"]
    assert record(rig)["outcome"] == "budget_spent"


def test_a_long_row_of_messages_is_played_in_pieces(rig: Rig, writes: list[bytes]) -> None:
    row = {f"m{number}": {"audio": "hello.wav", "next": f"m{number + 1}"} for number in range(5)}
    publish(rig, {**row, "m5": {"gather": {"1": "bye"}}, "bye": MENU["bye"]}, hello_ms=MAX_LEAD_MS // 3)
    call(rig, "1", speed=400)
    with_messages = [data.count(HELLO.encode()) for data in writes if HELLO.encode() in data]
    assert with_messages == [2, 3]
    assert path(rig)[-2:] == [("m5", "key", "1"), ("bye", "action", None)]


def test_a_transfer_and_a_message_that_lead_to_each_other_ring_the_agent_once(rig: Rig) -> None:
    publish(rig, {"agent": {"action": "transfer", "fallback_node": "sorry"},
                  "sorry": {"audio": "hello.wav", "next": "agent"}})  # fmt: skip
    result = call(rig, "-", agents=AgentBook(default=ScriptedAgent.busy()))
    assert len(result.bridges) == 1
    assert result.prompt_names == [HELLO, "goodbye"]


def test_after_a_question_the_agent_is_rung_again(rig: Rig) -> None:
    publish(rig, {"ask": {"gather": {"1": "wait"}, "max_attempts": 1},
                  "wait": {"audio": "hello.wav", "next": "agent"},
                  "agent": {"action": "transfer", "fallback_node": "ask"}})  # fmt: skip
    result = call(rig, "1,1", agents=AgentBook(default=ScriptedAgent.busy()))
    assert len(result.bridges) == 2


def test_the_funnel_counts_a_stay_at_a_message_with_its_length_and_no_keys(rig: Rig) -> None:
    publish(rig, MENU)
    call(rig, "1")
    counts = funnel_of(call_from_json(record(rig)))
    hello = counts["hello"]
    assert (hello.entered, hello.calls, hello.keys, hello.onward) == (1, 1, {}, {"n:ask": 1})
    assert hello.quantile_s(0.5) == pytest.approx(HELLO_MS / 1000, rel=0.03)
    assert counts["ask"].onward == {"n:thanks": 1}
