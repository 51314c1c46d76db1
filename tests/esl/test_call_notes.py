"""What a call notes of itself: its path, its times, its opt-out; the session is a stand-in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.agents.prepare import PrepareResult
from esl_server.call import call as call_module
from esl_server.call import notes as notes_module
from esl_server.call import playing
from esl_server.call.acted import has_acted_at, has_acted_since_question
from esl_server.call.call import Call
from esl_server.call.effects import switch
from esl_server.call.notes import note_action, note_lost, note_not_set, note_question
from esl_server.call.opt_out import opt_out_of
from esl_server.call.playing import MAX_LEAD_MS, cut_short, play_next, play_step
from esl_server.call.sequence import PlayedFile, in_sequence
from esl_server.call.state_parts import decode_path
from esl_server.call.state_text import decode_state
from esl_server.switch import commands
from esl_server.switch.carrier_word import BelievedCarriers
from esl_server.switch.keyed import Keypress
from ivr.domain.call_records import Outcome, Step
from ivr.domain.errors import EslConnectionLost, StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.moves import Position
from ivr.domain.menu.published import PromptFile
from ivr.domain.orders import encode_order
from ivr.storage.trunk_source import TrunkSource
from tests.esl.test_leg import Session

SECRET = b"s" * 64
TREE = parse_menu(
    {
        "name": "m",
        "nodes": {
            "ask": {"gather": {"1": "bye", "2": "gone"}, "audio": "ask.wav"},
            "bye": {"action": "hangup", "audio": "bye.wav"},
            "end": {"action": "hangup"},
        },
    }
)
ASK: Any = TREE.nodes["ask"]
BYE: Any = TREE.nodes["bye"]
FILE = PromptFile("b" * 32 + ".wav", 700)
HEARD = in_sequence([PlayedFile(Path("/p") / FILE.file, FILE.file, FILE.duration_ms)])
CHANNEL = (
    b"Unique-ID: u-1\nCaller-Destination-Number: 4155550100\nCaller-Caller-ID-Number: 4805551234\n"
    b"variable_dtmf_type: info\nAnswer-State: early\n"
)
AT_MS = 1_773_057_600_123


class Notes:
    """Stands for the recorder and the board of live calls."""

    def __init__(self) -> None:
        self.noted: list[tuple[Any, ...]] = []
        self.fails = False

    def started(self, record: Any) -> None:
        self.noted.append(("started", record.call_id))

    def ended(self, record: Any) -> None:
        self.noted.append(("ended", record.call_id))

    def stands(self, record: Any, node: str, phase: str, at_ms: int) -> None:
        self.noted.append((node, phase, at_ms))

    def opt_out(self, opt_out: Any) -> None:
        if self.fails:
            raise StorageUnavailable("full")
        self.noted.append(("opt_out", opt_out.number))


class Clock:
    now = AT_MS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (call_module, notes_module, playing, switch):
        monkeypatch.setattr(module, "now_ms", lambda: clock.now)
    return clock


@pytest.fixture
def notes() -> Notes:
    return Notes()


def in_every_language(**prompts: Any) -> SimpleNamespace:
    """System prompts that are the same in all languages."""
    same = SimpleNamespace(**prompts, words=dict.fromkeys(prompts, "as it is"))
    return SimpleNamespace(of=lambda language: same)


def made(notes: Notes, channel: bytes = CHANNEL, *replies: Any) -> Any:
    services: Any = SimpleNamespace(
        counters=SimpleNamespace(thought_s=[]), region="US", carriers=BelievedCarriers(),
        trunks=TrunkSource(Path("/none")),
        secret=SECRET, recorder=notes, live=notes,
        prompts=in_every_language(trouble=commands.playback("/p/trouble.wav")),
    )  # fmt: skip
    call = Call(services, Session(channel, *replies))  # type: ignore[arg-type]
    call.menu = SimpleNamespace(  # type: ignore[assignment]
        tree=TREE, own_audio=lambda node, language: HEARD if node.audio else None
    )
    return call


@pytest.fixture
def call(notes: Notes, clock: Clock) -> Any:
    return made(notes)


def test_time_is_told_in_whole_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_module, "time", SimpleNamespace(time_ns=lambda: AT_MS * 1_000_000 + 999_999))
    assert call_module.now_ms() == AT_MS


def test_a_new_call_knows_who_called_whom_and_when(call: Any) -> None:
    record, state = call.record, call.state
    assert (record.did, record.did_raw) == ("+14155550100", "4155550100")
    assert (record.ani, record.ani_raw) == ("+14805551234", "4805551234")
    assert (record.channel_uuid, record.dtmf_type) == ("u-1", "info")
    assert record.call_id.startswith("call_")
    assert record.started_at.timestamp() * 1000 == AT_MS
    assert (state.call_id, state.pointer, state.phase, state.position) == (record.call_id, "", "asking", Position(""))
    assert (state.started_ms, state.answered_ms, state.asked_ms) == (AT_MS, AT_MS, AT_MS)
    assert state.path is record.path
    assert state.attempts is record.agent
    assert (call.unread, call.is_announced) == (None, False)


@pytest.mark.parametrize(("dialled", "raw"), [(b"no%0Anumber", "no?number"), (None, "")])
def test_what_is_no_number_is_kept_as_it_came_with_the_reason(
    notes: Notes, dialled: bytes | None, raw: str
) -> None:
    call = made(notes, b"Unique-ID: u-1\n" + (b"Caller-Destination-Number: " + dialled + b"\n" if dialled else b""))
    assert (call.record.did, call.record.did_raw) == (None, raw)
    assert call.unread


@pytest.mark.parametrize(("away_ms", "later_ms", "elapsed_s"), [(0, 1500, 1.5), (1000, 1500, 0.5), (9000, 1500, 0.0)])
def test_time_with_agents_is_no_time_in_the_menu(
    call: Any, clock: Clock, away_ms: int, later_ms: int, elapsed_s: float
) -> None:
    call.state.away_ms = away_ms
    clock.now += later_ms
    assert call.elapsed_s() == elapsed_s


@pytest.mark.parametrize(
    ("digit", "hung_up", "moved", "noted"),
    [
        ("1", False, False, ("key", "1", None)),
        ("2", False, False, ("no_match", "2", "no_target")),
        ("7", True, False, ("no_match", "7", "not_offered")),
        (None, False, False, ("no_input", None, None)),
        (None, True, False, ("hang_up", None, None)),
        ("D", False, True, ("moved", None, None)),
    ],
)
def test_a_question_is_noted_with_what_came_of_it(
    call: Any, clock: Clock, digit: str | None, hung_up: bool, moved: bool, noted: tuple[str | None, ...]
) -> None:
    call.leg.session.hung_up = hung_up
    clock.now += 950
    note_question(call, ASK, Position("ask", 1, 4), Keypress(digit, 900), AT_MS + 50, ("f.wav", 700), moved=moved)
    result, key, ignored = noted
    assert call.record.path == [Step("ask", 2, result, key, 50, 900, "f.wav", 700, ignored)]  # type: ignore[arg-type]


def test_a_key_before_the_question_was_to_begin_begins_it(call: Any, clock: Clock) -> None:
    clock.now += 142
    note_question(call, ASK, Position("ask"), Keypress("1", 0), AT_MS + 400, ("f.wav", 700))
    note_question(call, ASK, Position("ask"), Keypress("1", 0), AT_MS + 142, ("f.wav", 700))
    assert [each.at_ms for each in call.record.path] == [142, 142]


def test_no_step_begins_before_the_one_before_it(call: Any, clock: Clock) -> None:
    """A message was to be heard for longer than it was, or the machine's clock was set back."""
    call.state.add(Step("a", 1, "played", None, 400, 700))
    clock.now += 150
    note_question(call, ASK, Position("ask"), Keypress("1", 0), AT_MS + 1100, ("f.wav", 700))
    note_action(call, BYE, HEARD)
    call.stand(Position("ask", 1, 4), AT_MS + 140)
    call.is_announced = True
    note_lost(call, Outcome.LOST)
    assert [each.at_ms for each in call.record.path] == [400, 400, 400, 400]
    assert [each.at_ms for each in decode_path(call.state.path_text)] == [400, 400, 400, 400]


def test_without_a_menu_no_digit_leads_anywhere(call: Any) -> None:
    call.menu = None
    note_question(call, ASK, Position("ask"), Keypress("1", 9), AT_MS - 5, ("f.wav", 7))
    (step,) = call.record.path
    assert (step.result, step.at_ms) == ("no_match", 0)


@pytest.mark.parametrize(
    ("outcome", "result"), [(Outcome.LOST, "lost"), (Outcome.CALLER_HUNG_UP, "hang_up"), (Outcome.FAILED, "hang_up")]
)
def test_the_question_under_way_is_noted_when_the_connection_is_lost(
    call: Any, clock: Clock, outcome: Outcome, result: str
) -> None:
    call.stand(Position("ask", 1, 4), AT_MS + 100)
    call.is_announced = True
    clock.now += 400
    note_lost(call, outcome)
    assert call.record.path == [Step("ask", 2, result, None, 100, 300)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("node", "phase", "announced", "asked_ms"),
    [("ask", "bridging", True, AT_MS), ("bye", "asking", True, AT_MS), ("ask", "asking", False, AT_MS),
     ("ask", "asking", True, AT_MS + 1)],
)  # fmt: skip
def test_where_no_question_was_under_way_none_is_noted(
    call: Any, node: str, phase: Any, announced: bool, asked_ms: int
) -> None:
    call.stand(Position(node, 0, 1), asked_ms, phase)
    call.is_announced = announced
    note_lost(call, Outcome.LOST)
    call.menu = None
    note_lost(call, Outcome.LOST)
    assert call.record.path == []


def test_an_action_is_noted_when_it_is_heard(call: Any, notes: Notes) -> None:
    play_next(call, commands.playback("/p/x.wav"), 250)
    note_action(call, BYE, HEARD)
    note_action(call, TREE.nodes["end"], None)
    assert call.record.path == [
        Step("bye", 1, "action", None, 250, 0, FILE.file, 700), Step("end", 1, "action", None, 250, 0)
    ]  # fmt: skip
    assert notes.noted == [("bye", "ending", AT_MS + 250), ("end", "ending", AT_MS)]
    path = call.record.path
    assert has_acted_at(path, "bye")
    assert not has_acted_at(path, "ask")
    assert has_acted_since_question(path, "bye")
    note_question(call, ASK, Position("ask"), Keypress("1", 9), AT_MS, ("f.wav", 7))
    assert has_acted_at(path, "bye")
    assert not has_acted_at(path, "ask")
    assert not has_acted_since_question(path, "bye")


def test_messages_before_a_question_are_noted_with_their_time_and_played_with_it(call: Any, tmp_path: Path) -> None:
    call.answer()
    play_step(call, BYE, Position("bye"), "played", HEARD)
    play_step(call, TREE.nodes["end"], Position("end"), "played", None)
    silence = commands.SILENCE_AFTER_ANSWER_MS
    assert call.record.path == [
        Step("bye", 1, "played", None, silence, 700, FILE.file, 700),
        Step("end", 1, "played", None, silence + 700, 0),
    ]
    assert call.lead.take() == (silence + 700, call.record.path)
    assert call.lead.take() == (0, [])
    call.leg.flush_pending()
    command, _, timeout_s, *_ = call.leg.session.requests[0]
    assert command.endswith(commands.playback(f"/p/{FILE.file}"))
    assert timeout_s == pytest.approx(30.7), "it has the time to play"


@pytest.mark.parametrize(("pending_ms", "flushed"), [(MAX_LEAD_MS - 700, 0), (MAX_LEAD_MS - 699, 1)])
def test_more_than_two_minutes_are_not_played_ahead(call: Any, pending_ms: int, flushed: int) -> None:
    play_next(call, commands.playback("/p/long.wav"), pending_ms)
    play_step(call, BYE, Position("bye"), "played", HEARD)
    assert len(call.leg.session.requests) == flushed
    assert call.lead.take()[0] == (700 if flushed else MAX_LEAD_MS)


@pytest.mark.parametrize(
    ("unheard_ms", "left"),
    [(0, [500, 300]), (100, [500, 200]), (300, [500, 0]), (301, [499]), (800, [0]), (5000, [0])],
)
def test_of_messages_cut_short_only_what_was_heard_stays(call: Any, unheard_ms: int, left: list[int]) -> None:
    steps = [Step("a", 1, "played", None, 0, 500), Step("b", 1, "played", None, 500, 300)]
    call.record.path.extend(steps)
    cut_short(call, steps, unheard_ms)
    assert [step.ms for step in call.record.path] == left
    assert [step.result for step in call.record.path][-1] == "hang_up"
    assert [step.result for step in call.record.path][:-1] == ["played"] * (len(left) - 1)


def test_the_call_state_has_the_path_as_it_was_corrected(call: Any) -> None:
    steps = [Step("a", 1, "played", None, 0, 500), Step("b", 1, "played", None, 500, 300)]
    for each in [Step("ask", 1, "key", "1", 0, 9), *steps]:
        call.state.add(each)
    assert decode_path(call.state.path_text) == call.record.path
    cut_short(call, steps, 400)
    assert [(step.node, step.ms) for step in decode_path(call.state.path_text)] == [("ask", 9), ("a", 400)]
    call.state.add(Step("bye", 1, "hung_up", "menu", 400, 0))
    assert decode_path(call.state.path_text) == call.record.path


def test_the_state_of_a_message_is_that_of_its_beginning_though_it_is_made_later(call: Any) -> None:
    play_step(call, BYE, Position("bye", 0, 1), "played", HEARD)
    call.state.add(Step("pick", 1, "switch", "1", 700, 0, value="x"))
    call.state.prepared, call.state.phase = PrepareResult("ok"), "bridging"
    call.leg.flush_pending()
    text = call.leg.session.requests[0][0].decode().partition("ivr_state=")[2].split("\n")[0]
    state = decode_state(text, call.record.channel_uuid, call.services.secret)
    assert state is not None
    assert (state.position.node, state.phase, state.path, state.prepared) == ("bye", "asking", [], None)


def test_of_three_messages_the_one_that_was_under_way_is_where_the_caller_left(call: Any) -> None:
    steps = [Step(name, 1, "played", None, 0, 300) for name in "abc"]
    call.record.path.extend(steps)
    cut_short(call, steps, 400)
    path = [(step.node, step.result, step.ms) for step in call.record.path]
    assert path == [("a", "played", 300), ("b", "hang_up", 200)]


@pytest.mark.parametrize(("ms", "result"), [(0, "switch"), (300, "hang_up")])
def test_a_switch_that_says_nothing_is_not_what_a_caller_left_at(call: Any, ms: int, result: str) -> None:
    steps = [Step("pick", 1, "switch", "1", 0, ms, value="x")]
    call.record.path.extend(steps)
    cut_short(call, steps, 100)
    (step,) = call.record.path
    assert (step.result, step.ms) == (result, max(0, ms - 100))


# -- the state on the channel -------------------------------------------------------------------------------------


def test_where_a_call_stands_is_signed_and_shown_live(call: Any, notes: Notes) -> None:
    text = call.stand(Position("ask", 1, 4), AT_MS + 5)
    read = decode_state(text, "u-1", SECRET)
    assert read is not None
    assert (read.position, read.asked_ms, read.phase) == (Position("ask", 1, 4), AT_MS + 5, "asking")
    call.stand(Position("go", 0, 5), AT_MS, "bridging")
    call.stand(Position("dnc", 0, 6), AT_MS, "keying")
    assert [each[:2] for each in notes.noted] == [("ask", "asking"), ("go", "bridging"), ("dnc", "asking")]


def test_a_call_that_begins_with_an_action_is_announced_once(call: Any, notes: Notes) -> None:
    play_next(call, commands.playback("/p/x.wav"), 250)
    call.announce_at(Position("bye", 0, 0))
    call.announce_at(Position("bye", 0, 0))
    assert [each for each in notes.noted if each[0] == "started"] == [("started", call.record.call_id)]
    assert [each[3] for each in call.leg.session.requests] == ["answer"]
    assert call.lead.take() == (0, [])


def test_a_caller_who_left_before_the_action_is_announced_all_the_same(notes: Notes, clock: Clock) -> None:
    call = made(notes, CHANNEL, EslConnectionLost("closed"))
    call.announce_at(Position("bye", 0, 0))
    assert call.is_announced
    assert notes.noted[-1] == ("started", call.record.call_id)


def test_a_call_that_failed_leaves_its_id_and_no_position(call: Any) -> None:
    call.state.pointer, call.state.position = "ivr_a:7", Position("ask", 1, 4)
    call.store_id()
    (request,) = call.leg.session.requests
    read = decode_state(request[0].decode().partition("ivr_state=")[2].strip(), "u-1", SECRET)
    assert read is not None
    assert (read.call_id, read.pointer, read.position) == (call.record.call_id, "", Position(""))


def test_an_id_that_cannot_be_stored_is_only_logged(
    notes: Notes, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    made(notes, CHANNEL, EslConnectionLost("closed")).store_id()
    assert "another record of the same call may follow" in caplog.text


def test_an_order_counts_when_it_is_signed_for_this_call_and_its_node_is_there(call: Any) -> None:
    assert call.find_ordered(encode_order("ask", "x", "u-1", SECRET), TREE) == "ask"
    assert call.find_ordered(encode_order("gone", "x", "u-1", SECRET), TREE) is None
    assert call.find_ordered(encode_order("ask", "x", "u-2", SECRET), TREE) is None
    assert call.find_ordered(None, TREE) is None
    assert call.find_ordered("", TREE) is None


def test_variables_without_room_are_named_in_the_path(call: Any, caplog: pytest.LogCaptureFixture) -> None:
    play_next(call, commands.playback("/p/x.wav"), 250)
    note_not_set(call, "ask", ("x", "y"))
    assert call.record.path == [Step("ask", 1, "not_set", name, 250, 0) for name in "xy"]
    assert f"{call.record.call_id}: no room for the variable y at ask" in caplog.text


# -- opt-out, phone, end ------------------------------------------------------------------------------------------


def test_an_opt_out_is_kept_but_not_of_a_draft(call: Any, notes: Notes) -> None:
    assert call.record_opt_out(opt_out_of(call.record, "ani", "dnc")) is None
    assert notes.noted == [("opt_out", "+14805551234")]
    call.record.ivr_id = "ivr_draft" + "0" * 32
    notes.fails = True
    assert call.record_opt_out(opt_out_of(call.record, "ani", "dnc")) is None


def test_an_opt_out_that_no_store_takes_is_loud_and_the_caller_is_told(
    call: Any, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    notes.fails = True
    assert call.record_opt_out(opt_out_of(call.record, "ani", "dnc")) is Outcome.OPT_OUT_FAILED
    assert call.record.outcome is Outcome.OPT_OUT_FAILED
    assert call.leg.session.requests[-1][0] == commands.playback("/p/trouble.wav")
    assert f"OPT-OUT LOST: no store took the opt-out of +14805551234 (call {call.record.call_id})" in caplog.text
    call.record.ani = None
    call.record_opt_out(opt_out_of(call.record, "ani", "dnc"))
    assert "the opt-out of 4805551234 (" in caplog.text


@pytest.mark.parametrize("test", [True, False])
def test_only_the_phone_of_a_test_call_is_told_where_it_stands(call: Any, test: bool) -> None:
    call.is_announced, call.record.test = True, test
    call.enter_action(Position("bye", 0, 0))
    call.leg.flush_pending()
    told = [each[0] for each in call.leg.session.requests]
    assert told == ([commands.set_variable("ivr_node", "bye")] if test else [])


def test_a_record_ends_with_its_length(call: Any, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    ended_at = call.record.started_at.fromtimestamp((AT_MS + 61_234.4) / 1000, call.record.started_at.tzinfo)
    monkeypatch.setattr(call_module, "utc_now", lambda: ended_at)
    call.finish()
    assert (call.record.ended_at, call.record.duration_ms) == (ended_at, 61_234)
    assert notes.noted == [("ended", call.record.call_id)] * 2
