"""Parts of a call that need no switch: its record, its opt-out, its menu, the prompts that all menus share."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.call import menu_cache
from esl_server.call.call_end import record_end, record_lost
from esl_server.call.menu_cache import CompiledMenus
from esl_server.call.opt_out import opt_out_of
from esl_server.call.state import CallState, apply_to_record, complete_path, ignored_because
from esl_server.call.state_parts import decode_path, encode_step
from esl_server.call.system_prompts import NAMES, SpokenLanguages, system_prompts
from esl_server.call.test_calls import find_menu, mark_taken_over
from esl_server.switch import commands
from esl_server.switch.channel_end import ChannelEnd
from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, utc_now
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.moves import Position
from ivr.domain.menu.published import AssignedMenu, PromptFile, PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.system_prompts.languages import ENGLISH, LANGUAGES
from ivr.domain.tickets import Ticket
from ivr.storage.disk.prompt_files import PromptFiles, write_wav

AT = datetime(2026, 3, 9, 12, 0, 0, 123000, tzinfo=UTC)
DID, ANI = E164("+14155550100"), E164("+14805551234")
TREE = parse_menu(
    {
        "name": "m",
        "nodes": {
            "ask": {"gather": {"1": "end", "2": "gone"}, "audio": "ask.wav"},
            "plain": {"gather": {"1": "end"}},
            "end": {"action": "hangup"},
        },
    }
)
FILE = PromptFile("a" * 32 + ".wav", 900)


def menu(ivr_id: str = "ivr_a", version: int = 7) -> PublishedMenu:
    return PublishedMenu(ivr_id, version, TREE, {"ask.wav": FILE})


def record(**fields: Any) -> CallRecord:
    made = CallRecord("call_1", "u", DID, "14155550100", ANI, "4805551234", AT, "ivr_a", 7)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


# -- records ------------------------------------------------------------------------------------------------------


def test_the_path_of_a_taken_over_call_is_completed_from_its_menu() -> None:
    path = [
        Step("ask", 1, "no_match", "7", 0, 5),
        Step("ask", 2, "no_match", "2", 5, 5),
        Step("ask", 3, "key", "1", 10, 5, "system/keys-12.wav"),
        Step("plain", 1, "no_input", None, 15, 5),
        Step("gone", 1, "no_match", "1", 20, 5),
        Step("end", 1, "action", None, 25, 0),
    ]
    complete_path(path, menu())
    assert [(step.prompt, step.prompt_ms, step.ignored) for step in path] == [
        (FILE.file, 900, "not_offered"),
        (FILE.file, 900, "no_target"),
        ("system/keys-12.wav", None, None),
        (None, None, None),
        (None, None, None),
        (None, None, None),
    ]
    assert ignored_because(TREE.nodes["end"], "1") == "not_offered"


@pytest.mark.parametrize(
    ("prompt", "written"),
    [("system/keys-12.wav", ".keys-12"), ("tones", ".tones"), (FILE.file, ""), (None, "")],
)
def test_a_step_is_written_short_with_a_prompt_that_its_menu_does_not_tell(prompt: str | None, written: str) -> None:
    assert encode_step(Step("ask", 2, "key", "1", 10, 5, prompt)) == f"ask.2.k1.10.5{written}"
    assert encode_step(Step("ask", 1, "no_input", None, 0, 5, prompt)).endswith(f".0.5{written}")
    (read,) = decode_path(encode_step(Step("ask", 2, "key", "1", 10, 5, prompt)))
    assert read.prompt == (prompt if written else None)


@pytest.mark.parametrize(
    ("step", "new"),
    [
        (Step("ask", 1, "key", "1", 0, 5), False), (Step("ask", 1, "no_input", None, 0, 5), False),
        (Step("pick", 1, "switch", "1", 0, 5), True), (Step("ask", 1, "key", "default", 0, 5), True),
        (Step("ask", 1, "key", "1", 0, 5, value="x"), True), (Step("ask", 1, "not_set", None, 0, 5), True),
    ],
)  # fmt: skip
def test_only_steps_that_an_earlier_release_cannot_read_are_new(step: Step, new: bool) -> None:
    state = CallState("call_1", "ivr_1:1", Position("ask"), "asking", 0, 0, 0)
    state.add(step)
    assert state.has_new_steps is new
    state.add(Step("ask", 1, "key", "1", 0, 5))
    assert state.has_new_steps is new


@pytest.mark.parametrize(("pointer", "known"), [("ivr_b:12", ("ivr_b", 12)), ("", (None, None))])
def test_a_fresh_record_becomes_the_one_of_the_lost_worker(
    pointer: str, known: tuple[str | None, int | None]
) -> None:
    steps, attempts = [Step("ask", 1, "key", "1", 0, 5)], [AgentAttempt("sip:a@b", "busy", None)]
    state = CallState(
        "call_0", pointer, Position("ask"), "asking", 1_773_057_600_123, 0, 0, 2, path=steps, attempts=attempts
    )  # fmt: skip
    fresh = record(ivr_id=None, ivr_version=None)
    apply_to_record(state, fresh)
    assert (fresh.call_id, fresh.started_at, fresh.take_overs) == ("call_0", AT, 2)
    assert fresh.path is steps
    assert fresh.agent is attempts
    assert (fresh.ivr_id, fresh.ivr_version) == known


def test_a_copy_of_a_state_has_all_of_it_and_lists_of_its_own() -> None:
    names = [each.name for each in fields(CallState)]
    there: Any = {name: [name] if name in ("path", "attempts") else name for name in names}
    state = CallState(**there)
    copy = state.as_it_stands()
    state.path.clear()
    state.attempts.clear()
    for name in names:
        setattr(state, name, [])
    copied = copy()
    there |= {"path": ["path"], "attempts": ["attempts"]}
    assert {name: getattr(copied, name) for name in names} == there


def test_an_opt_out_holds_what_is_known_of_its_call() -> None:
    before = utc_now()
    made = opt_out_of(record(), "ani", "dnc", "9", 812, ("a.wav", "Press 9"))
    assert made == OptOut(
        "optout_1", ANI, "4805551234", "ani", made.pressed_at, "call_1", DID, "ivr_a", 7, "dnc", "9", 812,
        prompt_file="a.wav", prompt_text="Press 9",
    )  # fmt: skip
    assert before <= made.pressed_at <= utc_now()
    assert opt_out_of(record(), "agent", "go").prompt_file is None


TALK = AgentAttempt("sip:a@b", "answered", "NORMAL_CLEARING", 5000)


def leg(hung_up: bool, end: ChannelEnd | None = None, lingers: bool = True) -> Any:
    tells = {"find_end": lambda: end, "settle_dtmf_type": lambda: None}
    return SimpleNamespace(hung_up=hung_up, lingers=lingers, dtmf_type="rfc2833", **tells)


@pytest.mark.parametrize(
    ("fields", "end", "by", "cause", "outcome"),
    [
        ({"outcome": Outcome.NO_INPUT}, None, "us", "NORMAL_CLEARING", Outcome.NO_INPUT),
        ({"outcome": Outcome.TRANSFERRED, "agent": [TALK]}, None, "agent", "NORMAL_CLEARING", Outcome.TRANSFERRED),
        (
            {"outcome": Outcome.TRANSFERRED, "agent": [AgentAttempt("a", "answered", "ALLOTTED_TIMEOUT", 5)]},
            None, "us", "ALLOTTED_TIMEOUT", Outcome.TRANSFERRED,
        ),
        (
            {"outcome": Outcome.TRANSFERRED, "agent": [AgentAttempt("a", "answered", None, 5)]},
            None, "agent", "NORMAL_CLEARING", Outcome.TRANSFERRED,
        ),
        (
            {"outcome": Outcome.TRANSFERRED, "agent": [AgentAttempt("a", "answered_silent", "X", 5)]},
            None, "us", "NORMAL_CLEARING", Outcome.TRANSFERRED,
        ),
        ({"outcome": Outcome.HUNG_UP, "agent": [TALK]}, None, "us", "NORMAL_CLEARING", Outcome.HUNG_UP),
        (
            {"outcome": Outcome.CALLER_HUNG_UP},
            ChannelEnd(True, "NORMAL_CLEARING", True), "caller", "NORMAL_CLEARING", Outcome.CALLER_HUNG_UP,
        ),
        (
            {"outcome": Outcome.CALLER_HUNG_UP},
            ChannelEnd(False, "MEDIA_TIMEOUT", True), "us", "MEDIA_TIMEOUT", Outcome.DISCONNECTED,
        ),
        ({"outcome": Outcome.OPTED_OUT}, ChannelEnd(False, "X", True), "us", "X", Outcome.OPTED_OUT),
        ({"outcome": Outcome.OPTED_OUT}, ChannelEnd(True, "X", False), "caller", "X", Outcome.OPTED_OUT),
    ],
)  # fmt: skip
def test_who_ended_a_call_and_why(
    fields: dict[str, Any], end: ChannelEnd | None, by: str, cause: str, outcome: Outcome
) -> None:
    ended = record(**fields, path=[Step("ask", 1, "key", "1", 0, 5)])
    record_end(ended, leg(end is not None, end))
    assert (ended.hung_up_by, ended.hangup_cause, ended.outcome) == (by, cause, outcome)
    assert ended.dtmf_type == "rfc2833"
    assert len(ended.path) == 1


def test_a_caller_who_left_before_the_answer_has_heard_nothing() -> None:
    ended = record(outcome=Outcome.NO_INPUT, path=[Step("ask", 1, "key", "1", 0, 5)], dtmf_type="info")
    record_end(ended, leg(True, ChannelEnd(True, "ORIGINATOR_CANCEL", False)))
    assert (ended.path, ended.outcome, ended.dtmf_type) == ([], Outcome.CALLER_HUNG_UP, None)


def test_an_end_that_the_switch_cannot_tell_is_not_known() -> None:
    ended = record(outcome=Outcome.CALLER_HUNG_UP)
    record_end(ended, leg(True))
    assert (ended.hung_up_by, ended.hangup_cause, ended.dtmf_type) == (None, None, "rfc2833")


def test_a_refused_call_was_ended_by_us() -> None:
    ended = record(hangup_cause="UNALLOCATED_NUMBER", dtmf_type="info")
    record_end(ended, leg(True), refused=True)
    assert (ended.hung_up_by, ended.hangup_cause, ended.dtmf_type) == ("us", "UNALLOCATED_NUMBER", None)


@pytest.mark.parametrize(
    ("hung_up", "lingers", "by", "cause", "steps"),
    [
        (True, True, "caller", None, 1), (True, False, "caller", "ORIGINATOR_CANCEL", 0),
        (False, True, None, None, 1), (False, False, None, None, 1),
    ],
)  # fmt: skip
def test_of_a_lost_call_only_a_cancel_before_the_answer_has_a_cause(
    hung_up: bool, lingers: bool, by: str | None, cause: str | None, steps: int
) -> None:
    lost = record(path=[Step("ask", 1, "key", "1", 0, 5)])
    record_lost(lost, leg(hung_up, lingers=lingers))
    assert (lost.hung_up_by, lost.hangup_cause, len(lost.path)) == (by, cause, steps)
    assert lost.dtmf_type == ("rfc2833" if steps else None)


# -- menus and prompts --------------------------------------------------------------------------------------------


class Paths:
    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path_of(self, file: str) -> Path:
        return self.directory / file

    def heard_system(self, name: str, language: str = "") -> Path:
        return self.directory / "system" / f"{name}.wav"

    def piece(self, voice: str, name: str) -> Path:
        return self.directory / voice / f"{name}.wav"

    def keys_prompt(self, keys: str, language: str) -> Path | None:
        return None


class Source:
    """Menus by DID, ticket and version; `asked` counts versions looked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.ticket: tuple[PublishedMenu, Ticket] | None = (menu("ivr_test"), Ticket("ivr_test:7"))

    def find(self, did: E164) -> AssignedMenu | None:
        return AssignedMenu(menu(), "es") if did == DID else None

    def find_ticket(self, dialled: str) -> tuple[PublishedMenu, Ticket] | None:
        if self.away:
            raise StorageUnavailable("away")
        return self.ticket if dialled == TICKET else None

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        self.asked += 1
        return menu(ivr_id, version) if ivr_id == "ivr_a" else None


TICKET = "test-" + "0" * 32


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def menus(source: Source, tmp_path: Path) -> CompiledMenus:
    return CompiledMenus(source, Paths(tmp_path))  # type: ignore[arg-type]


def test_a_version_is_compiled_once_whoever_asks_for_it(menus: CompiledMenus, source: Source) -> None:
    found = menus.find(DID)
    assert found is not None
    compiled, language = found
    assert language == "es"
    assert menus.find(DID) == found
    assert menus.get_version("ivr_a:7") is compiled
    assert source.asked == 0
    assert menus.get_version("ivr_a:8").pointer == "ivr_a:8"
    assert menus.find(ANI) is None
    with pytest.raises(StorageUnavailable, match="menu ivr_b:7 is in none of the stores"):
        menus.get_version("ivr_b:7")


def test_the_menus_compiled_last_are_kept(
    menus: CompiledMenus, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(menu_cache, "MAX_MENUS", 2)
    for version in (1, 2, 3, 2, 3):
        menus.get_version(f"ivr_a:{version}")
    assert source.asked == 3
    menus.get_version("ivr_a:1")
    assert source.asked == 4


def test_a_ticket_stands_for_its_menu_and_marks_the_call(menus: CompiledMenus, source: Source) -> None:
    called = record(did=None, did_raw=TICKET)
    found = find_menu(menus, called)
    assert found is not None
    assert found.menu.pointer == "ivr_test:7"
    assert (called.test, called.did, called.did_raw) == (True, None, "test")
    source.ticket = (menu("ivr_test"), Ticket("ivr_test:7", DID))
    called = record(did=None, did_raw=TICKET)
    find_menu(menus, called)
    assert (called.test, called.did, called.did_raw) == (True, DID, DID)


@pytest.mark.parametrize("did_raw", [TICKET, "4155550100", TICKET + "0", "anonymous"])
def test_what_is_no_valid_ticket_has_no_menu_and_is_no_test(
    menus: CompiledMenus, source: Source, did_raw: str
) -> None:
    source.ticket = None
    called = record(did=None, did_raw=did_raw)
    assert find_menu(menus, called) is None
    assert (called.test, called.did_raw) == (False, did_raw)


def test_a_number_is_looked_up_by_itself(menus: CompiledMenus) -> None:
    called = record()
    found = find_menu(menus, called)
    assert found is not None
    assert (found.menu.pointer, called.test) == ("ivr_a:7", False)
    assert find_menu(menus, record(did=ANI)) is None


@pytest.mark.parametrize(("away", "ticket", "did"), [(True, True, None), (False, False, None), (False, True, DID)])
def test_a_test_call_that_is_taken_over_is_one_still(
    menus: CompiledMenus, source: Source, away: bool, ticket: bool, did: E164 | None
) -> None:
    source.away = away
    source.ticket = (menu("ivr_test"), Ticket("ivr_test:7", DID)) if ticket else None
    called = record(did=None, did_raw=TICKET)
    mark_taken_over(menus, called)
    assert (called.test, called.did, called.did_raw) == (True, did, did or "test")
    plain = record(did_raw="14155550100")
    mark_taken_over(menus, plain)
    assert (plain.test, plain.did_raw) == (False, "14155550100")


def test_the_prompts_of_all_menus_are_played_by_their_names(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    prompts = system_prompts(paths)
    for name in NAMES:
        assert getattr(prompts, name) == commands.playback(str(paths.heard_system(name)))
    assert prompts.invalid_ms == 0
    paths.heard_system("invalid").parent.mkdir()
    paths.heard_system("invalid").write_bytes(b"x" * 1615)
    assert system_prompts(paths).invalid_ms == 100


def test_a_language_that_is_spoken_while_calls_go_on_is_heard_a_little_later(tmp_path: Path) -> None:
    now, files = [0.0], PromptFiles(tmp_path)
    prompts = SpokenLanguages(files, lambda: now[0])
    in_english = commands.playback(str(tmp_path / "system" / "invalid.wav"))
    assert prompts.of("es").invalid == prompts.of("").invalid == in_english
    write_wav(tmp_path / "system" / "es" / "invalid.wav", bytes(1600))
    assert prompts.of("es").invalid == in_english
    now[0] = 5.0
    assert prompts.of("es").invalid == commands.playback(str(tmp_path / "system" / "es" / "invalid.wav"))
    assert prompts.of("es").invalid_ms == 102
    assert prompts.of("es").goodbye == prompts.of("").goodbye
    assert prompts.of("es").words["invalid"] == LANGUAGES["es"].sentences["invalid"]
    assert prompts.of("es").words["goodbye"] == ENGLISH.sentences["goodbye"]
