"""What costs an attempt and what does not, what is heard before a question, messages and endings."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.call.effects.ask import ask
from esl_server.call.effects.hangup import hang_up
from esl_server.call.effects.message import play_message
from esl_server.call.effects.switch import choose
from esl_server.call.playing import play_next, play_step
from esl_server.call.sequence import PlayedSequence
from esl_server.call.state_text import decode_state
from esl_server.switch import commands
from esl_server.switch.session import UNSET
from ivr.domain.call_records import Outcome, Step
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import NOTHING_GIVEN, Given
from ivr.domain.menu.interpreter import Act, Ask
from ivr.domain.menu.moves import Position
from ivr.domain.menu.variables import Memory
from ivr.domain.orders import encode_order
from tests.esl.test_ask import MENU, QUESTION, lasts
from tests.esl.test_call_notes import (
    ASK,
    AT_MS,
    BYE,
    CHANNEL,
    FILE,
    HEARD,
    SECRET,
    TREE,
    Clock,
    Notes,
    clock,
    made,
    notes,
)
from tests.esl.test_leg import Session

__all__ = ["clock", "lasts", "notes"]

READ_OUT, TONES = commands.gather("/p/keys-1.wav", 5), commands.gather(commands.TONE, 5)
TALKS = ["sendrecv", "192.0.2.1", UNSET]
HELD = ["recvonly", "192.0.2.1", UNSET]


def menu_of(*there: commands.Gather) -> Any:
    """Of its prompts only these can be opened."""
    return SimpleNamespace(
        tree=TREE, gather=lambda node, again, memory: QUESTION, spoken=lambda said, memory: None,
        played_first=lambda node, gather: None,
        digits_read_out=lambda node, memory: READ_OUT, tones=lambda node, memory: TONES,
        is_still_there=lambda node, gather, memory: gather in there,
        played=lambda node, gather, memory: (gather.file.decode(), 7),
    )  # fmt: skip


class Leaves(Session):
    """Of a caller who hangs up during the command that has these bytes."""

    at = b""

    def request(
        self, command: bytes, replies: int, timeout_s: float, waiting_for: str, sent: Any = None, wanted: int = 1
    ) -> list[str]:
        self.hung_up = self.hung_up or self.at in command
        return super().request(command, replies, timeout_s, waiting_for, sent, wanted)


def leaving(notes: Notes, at: bytes, *replies: Any) -> Any:
    call = made(notes)
    call.leg.session = Leaves(CHANNEL, *replies)
    call.leg.session.at = at
    return call


def questions(call: Any) -> list[bytes]:
    return [each[0] for each in call.leg.session.requests if each[3] == "gather"]


# -- questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "replies", "heard", "key"),
    [
        ((QUESTION,), [[""], TALKS], QUESTION, None),
        # It could not be opened: FreeSWITCH has not listened.
        ((READ_OUT,), [[""], [UNSET], ["1"]], READ_OUT, "1"),
        ((READ_OUT,), [[""], [UNSET], [""], TALKS], READ_OUT, None),
        ((), [[""], [UNSET], ["1"]], READ_OUT, "1"),
        ((), [[""], [UNSET], [""], [UNSET], ["1"]], TONES, "1"),
        ((), [[""], [UNSET], [""], [UNSET], [""], TALKS], TONES, None),
        # It has listened, so the prompt was there when its turn came.
        ((), [[""], ["timeout"], TALKS], QUESTION, None),
    ],
)
def test_a_prompt_that_cannot_be_opened_is_replaced_in_the_same_attempt(
    notes: Notes, clock: Clock, lasts: None, there: Any, replies: Any, heard: commands.Gather, key: str | None
) -> None:
    call = made(notes, CHANNEL, *replies)
    ask(call, menu_of(*there), Position("ask", 0, 1), Ask(ASK))
    (step,) = call.record.path
    assert (step.key, step.prompt, step.attempt) == (key, heard.file.decode(), 1)
    assert heard.file in questions(call)[-1]
    assert len(call.leg.session.requests) == len(replies)


def test_a_caller_who_leaves_while_digits_are_read_out_is_asked_no_more(
    notes: Notes, clock: Clock, lasts: None
) -> None:
    call = leaving(notes, READ_OUT.file, [""], [UNSET], [""], [UNSET])
    with pytest.raises(CallerHungUp):
        ask(call, menu_of(), Position("ask", 0, 1), Ask(ASK))
    assert len(questions(call)) == 2
    assert [step.result for step in call.record.path] == ["hang_up"]


def test_that_a_key_was_wrong_is_said_before_the_question_and_is_no_time_of_it(
    notes: Notes, clock: Clock, lasts: None
) -> None:
    call = made(notes, CHANNEL, ["1"])
    call.prompts.invalid, call.prompts.invalid_ms = commands.playback("/p/invalid.wav"), 700
    ask(call, MENU, Position("ask", 1, 2), Ask(ASK, after_no_match=True))
    assert questions(call)[0].startswith(commands.playback("/p/invalid.wav"))
    (step,) = call.record.path
    assert (step.at_ms, step.ms, step.attempt) == (700, 1300, 2)


@pytest.mark.parametrize(
    ("again", "type_ahead", "flushed"),
    [
        ({}, "flush", 1), ({}, "keep", 0), ({"after_no_match": True}, "flush", 1),
        ({"after_no_match": True}, "keep", 0), ({"after_silence": True}, "flush", 0),
    ],
)  # fmt: skip
def test_keys_before_a_question_are_dropped_but_not_those_between_a_silence_and_the_next_attempt(
    notes: Notes, clock: Clock, lasts: None, again: dict[str, bool], type_ahead: str, flushed: int
) -> None:
    call = made(notes, CHANNEL, ["1"])
    call.prompts.invalid, call.prompts.invalid_ms = commands.playback("/p/invalid.wav"), 700
    ask(call, MENU, Position("ask", len(again), 2), Ask(replace(ASK, type_ahead=type_ahead), **again))
    assert questions(call)[0].count(commands.FLUSH_DIGITS) == flushed
    said = (commands.uncut_playback if type_ahead == "keep" else commands.playback)("/p/invalid.wav")
    assert questions(call)[0].count(said) == (1 if "after_no_match" in again else 0)


@pytest.mark.parametrize(
    ("lead_ms", "path"),
    [
        (1750, [("bye", "played", 700), ("ask", "hang_up", 0)]),
        (1751, [("bye", "hang_up", 699)]),
        (2150, [("bye", "hang_up", 300)]),
        (5000, [("bye", "hang_up", 0)]),
    ],
)
def test_who_hangs_up_during_the_message_before_a_question_was_not_asked(
    notes: Notes, clock: Clock, lasts: None, lead_ms: int, path: list[tuple[str, str, int]]
) -> None:
    """Two seconds after it began; a quarter of a second of silence is before the message."""
    call = made(notes, CHANNEL, [""])
    call.leg.session.hung_up = True
    play_next(call, commands.playback("/p/x.wav"), lead_ms - FILE.duration_ms)
    play_step(call, BYE, Position("bye"), "played", HEARD)
    with pytest.raises(CallerHungUp):
        ask(call, MENU, Position("ask", 0, 1), Ask(ASK))
    assert [(step.node, step.result, step.ms) for step in call.record.path] == path


def test_a_digit_counts_though_its_caller_hung_up_right_after_it(notes: Notes, clock: Clock, lasts: None) -> None:
    call = made(notes, CHANNEL, ["1"])
    call.leg.session.hung_up = True
    play_step(call, BYE, Position("bye"), "played", HEARD)
    position, _ = ask(call, MENU, Position("ask", 0, 1), Ask(ASK))
    assert position.node == "bye"
    assert [(step.node, step.result) for step in call.record.path] == [("bye", "played"), ("ask", "key")]


def test_a_question_during_which_the_caller_held_the_call_costs_nothing(
    notes: Notes, clock: Clock, lasts: None
) -> None:
    call = made(notes, CHANNEL, [""], HELD, ["+OK"], TALKS)
    position, following = ask(call, MENU, Position("ask", 1, 2), Ask(ASK))
    assert (position.node, position.failures, following.node.id) == ("ask", 1, "ask")
    assert call.record.path == []
    assert call.state.away_ms >= 2000


def test_a_caller_who_leaves_during_a_hold_has_hung_up(notes: Notes, clock: Clock, lasts: None) -> None:
    call = leaving(notes, commands.WAIT_ON_HOLD, [""], HELD, ["+OK"], HELD)
    with pytest.raises(CallerHungUp):
        ask(call, MENU, Position("ask", 1, 2), Ask(ASK))
    assert [step.result for step in call.record.path] == ["hang_up"]
    assert call.state.away_ms == 0


@pytest.mark.parametrize("key", [*"ABCF"])
def test_a_key_that_no_telephone_has_costs_nothing_and_what_follows_it_counts(
    notes: Notes, clock: Clock, lasts: None, key: str
) -> None:
    call = made(notes, CHANNEL, [key], ["1"])
    after: Any = ask(call, MENU, Position("ask", 1, 2), Ask(ASK))
    assert (after[0].node, after[0].failures) == ("ask", 1)
    assert call.record.path == []
    ask(call, MENU, after[0], Ask(ASK))
    first, second = questions(call)
    assert b"flush_dtmf" in first
    assert b"flush_dtmf" not in second
    assert len(call.leg.session.requests) == 2, "no order was asked for"


@pytest.mark.parametrize("node", ["bye", "gone"])
def test_an_order_to_another_node_ends_the_question(
    notes: Notes, clock: Clock, lasts: None, caplog: pytest.LogCaptureFixture, node: str
) -> None:
    call = made(notes, CHANNEL, ["D"], [encode_order(node, "x", "u-1", SECRET)])
    position, following = ask(call, MENU, Position("ask", 1, 2), Ask(ASK))
    if node == "gone":
        assert (position.node, position.failures, call.record.path) == ("ask", 1, [])
        return
    assert (position.node, following.node.id) == ("bye", "bye")
    (step,) = call.record.path
    assert (step.result, step.key, step.attempt) == ("moved", None, 2)
    assert f"{call.record.call_id}: sent from ask to bye" in caplog.text
    call.leg.flush_pending()
    assert call.leg.session.requests[-1][0] == commands.FORGET_ORDER


def test_the_phone_of_a_test_call_is_told_the_question(notes: Notes, clock: Clock, lasts: None) -> None:
    call = made(notes, CHANNEL, ["1"])
    call.record.test = True
    ask(call, MENU, Position("ask", 0, 1), Ask(ASK))
    assert questions(call)[0].startswith(commands.set_variable("ivr_node", "ask"))


# -- messages and endings -----------------------------------------------------------------------------------------

TOLD = parse_menu(
    {"name": "m", "nodes": {"hello": {"audio": "hello.wav", "next": "ask"}, "ask": {"gather": {"1": "x"}}}}
)
HELLO: Any = TOLD.nodes["hello"]


@pytest.mark.parametrize("is_there", [True, False])
def test_before_an_action_a_message_is_played_to_its_end_and_the_state_stands_at_it(
    notes: Notes, clock: Clock, is_there: bool
) -> None:
    clock.now = AT_MS + 5
    call = made(notes)
    call.record.test = True
    sought: list[str] = []

    def spoken(audio: str, memory: Memory) -> Any:
        sought.append(audio)
        return HEARD if is_there else None

    menu: Any = SimpleNamespace(tree=TOLD, spoken=spoken)
    after: Any = play_message(call, menu, Position("hello", 0, 0), Act(HELLO))
    assert after[1].node.id == "ask"
    assert sought == ["hello.wav"]
    played = Step("hello", 1, "played", None, 0, 700, FILE.file, 700)
    assert call.record.path == [played if is_there else Step("hello", 1, "skipped", None, 0, 0)]
    assert call.leg.session.requests == [], "nothing is sent before the question"
    call.leg.flush_pending()
    sent = call.leg.session.requests[0][0].decode()
    assert sent.startswith(commands.set_variable("ivr_node", "hello").decode())
    assert sent.endswith(commands.playback(f"/p/{FILE.file}").decode()) is is_there
    state = decode_state(sent.partition("ivr_state=")[2].split("\n")[0], "u-1", SECRET)
    stands = None if state is None else (state.position, state.asked_ms)
    assert stands == ((Position("hello", 0, 0), AT_MS + 5) if is_there else None)


@pytest.mark.parametrize("own", [None, PlayedSequence("/p/bye.wav", "bye.wav", 900)])
def test_an_ending_plays_its_own_audio_and_is_the_outcome_even_if_the_caller_leaves(
    notes: Notes, clock: Clock, own: PlayedSequence | None
) -> None:
    menu: Any = SimpleNamespace(own_audio=lambda node, memory: own)
    call = made(notes)
    assert hang_up(call, menu, Position("bye", 0, 1), Act(BYE)) is Outcome.HUNG_UP
    assert [each[0] for each in call.leg.session.requests if each[3] == "playback"] == ([own.playback] if own else [])
    assert [(step.node, step.result) for step in call.record.path] == [("bye", "action")]
    assert ("started", call.record.call_id) in notes.noted
    if own:
        call = made(notes, CHANNEL, ["+OK"], None)
        with pytest.raises(CallerHungUp):
            hang_up(call, menu, Position("bye", 0, 1), Act(BYE))
        assert call.record.outcome is Outcome.HUNG_UP


# -- switches -----------------------------------------------------------------------------------------------------

CHOSEN = parse_menu(
    {
        "name": "m",
        "nodes": {
            "pick": {"switch": "x", "case": {"1": "ask"}, "default": "bye", "audio": "hello.wav"},
            "chance": {"switch": "random", "case": {"42": "ask"}, "default": "bye"},
            "who": {"switch": "caller", "case": {"+1480*": "ask"}, "default": "bye"},
            "ask": {"gather": {"1": "x"}},
            "bye": {"action": "hangup"},
        },
    }
)


def choosing(notes: Notes, node: str, memory: Memory, *, is_there: bool = True, given: Given = NOTHING_GIVEN) -> Any:
    """The call and where it went."""
    call = made(notes)
    call.record.test = True
    call.services.random = lambda: 42
    sought: list[str | None] = []

    def spoken(audio: str | None, memory: Memory) -> Any:
        sought.append(audio)
        return HEARD if is_there and audio else None

    published = SimpleNamespace(given=given, hours={})
    menu: Any = SimpleNamespace(tree=CHOSEN, spoken=spoken, published=published)
    chosen: Any = CHOSEN.nodes[node]
    after: Any = choose(call, menu, Position(node, 0, 3, memory), Act(chosen))
    assert sought == ([chosen.audio] if chosen.audio else [])
    return call, after[0].node


@pytest.mark.parametrize(("x", "key", "to"), [(1, "1", "ask"), ("other", "default", "bye")])
def test_a_switch_goes_where_its_value_leads_and_its_step_says_why(
    notes: Notes, clock: Clock, x: str | int, key: str, to: str
) -> None:
    clock.now = AT_MS + 5
    call, node = choosing(notes, "pick", Memory(values={"x": x}))
    assert node == to
    assert call.record.path == [Step("pick", 1, "switch", key, 0, 700, FILE.file, 700, value=str(x))]
    assert call.leg.session.requests == [], "nothing is sent before the question"
    call.leg.flush_pending()
    sent = call.leg.session.requests[0][0].decode()
    state = decode_state(sent.partition("ivr_state=")[2].split("\n")[0], "u-1", SECRET)
    assert state is not None
    assert (state.position.node, state.position.steps, state.asked_ms) == ("pick", 3, AT_MS + 5)
    told = commands.set_variable("ivr_node", "pick").decode()
    assert sent.startswith(told)
    assert sent.endswith(commands.playback(f"/p/{FILE.file}").decode())


def test_a_switch_without_a_prompt_sends_nothing_at_all(notes: Notes, clock: Clock) -> None:
    call, _ = choosing(notes, "pick", Memory(values={"x": "v" * 70}), is_there=False)
    assert call.record.path == [Step("pick", 1, "switch", "default", 0, 0, value="v" * 64)]
    call.leg.flush_pending()
    assert call.leg.session.requests == []


@pytest.mark.parametrize(("given", "value"), [(NOTHING_GIVEN, "42"), (Given(random=7), "7")])
def test_chance_is_the_services_unless_a_draft_takes_a_number_for_granted(
    notes: Notes, clock: Clock, given: Given, value: str
) -> None:
    call, node = choosing(notes, "chance", Memory(), given=given)
    assert call.record.path[0].value == value
    assert node == ("ask" if value == "42" else "bye")


@pytest.mark.parametrize(
    ("node", "memory"),
    [
        ("who", Memory("+14805551234")),
        ("pick", Memory("+14805551234", values={"x": "is +14805551234"})),
        ("pick", Memory("", "+14155550100", {"x": "+14155550100"})),
    ],
)
def test_a_number_of_the_call_is_not_repeated_in_a_step(
    notes: Notes, clock: Clock, node: str, memory: Memory
) -> None:
    call, _ = choosing(notes, node, memory)
    assert call.record.path[0].value is None
