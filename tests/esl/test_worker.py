"""The life of one call without a switch: how it begins, how another worker goes on with it, how each ends."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.agents.dialling import Agents
from esl_server.call.call import now_ms
from esl_server.call.menu_cache import CompiledMenus
from esl_server.call.state import CallState
from esl_server.call.state_text import decode_state, encode_state
from esl_server.call.worker import CallWorker
from esl_server.services.identities import IdentityChecks
from esl_server.switch import bridging, commands
from esl_server.switch.carrier_word import BelievedCarriers
from esl_server.switch.session import UNSET
from ivr.domain.agents import Agent, Target
from ivr.domain.call_records import Outcome, Step
from ivr.domain.errors import EslConnectionLost, EslTimeout, StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.moves import Position
from ivr.domain.menu.published import AssignedMenu, PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.orders import encode_order
from ivr.domain.tickets import Ticket
from ivr.secrets import Sealer
from ivr.storage.trunk_source import TrunkSource
from tests.esl.test_call_notes import SECRET, Notes, in_every_language
from tests.esl.test_leg import Session

DID = E164("+14155550100")
TICKET = "test-" + "0" * 32
UNANSWERED = (
    b"Unique-ID: u-1\nCaller-Destination-Number: 4155550100\nCaller-Caller-ID-Number: 4805551234\n"
    b"variable_dtmf_type: rfc2833\nAnswer-State: early\n"
)
ANSWERED = UNANSWERED.replace(b"early", b"answered")
TREE = parse_menu(
    {
        "name": "m",
        "start": "ask",
        "nodes": {
            "ask": {"gather": {"1": "bye", "2": "again", "9": "dnc"}, "max_attempts": 1},
            "again": {"gather": {"1": "bye"}},
            "bye": {"action": "hangup"},
            "dnc": {"action": "suppress"},
            "go": {"action": "transfer"},
        },
    }
)
BUSY = ["USER_BUSY", "USER_BUSY", "sip:486", UNSET, UNSET, UNSET]


class Paths:
    def path_of(self, file: str) -> Path:
        return Path("/p") / file

    def heard_system(self, name: str, language: str = "") -> Path:
        return Path(f"/p/system/{name}.wav")

    def piece(self, voice: str, name: str) -> Path:
        return Path(f"/p/{voice}/{name}.wav")

    def keys_prompt(self, keys: str, language: str) -> Path | None:
        return Path(f"/p/system/keys-{keys}.wav")


class Source:
    """One menu under one number and one ticket."""

    away = False
    fails = False

    def find(self, did: E164) -> AssignedMenu | None:
        if self.fails:
            raise RuntimeError("a fault of ours")
        found = self.find_version("ivr_a", 7)
        return AssignedMenu(found) if did == DID and found is not None else None

    def find_ticket(self, dialled: str) -> tuple[PublishedMenu, Ticket] | None:
        return PublishedMenu("ivr_a", 7, TREE, {}), Ticket("ivr_a:7")

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        if self.away:
            raise StorageUnavailable("no store answers")
        return PublishedMenu(ivr_id, version, TREE, {}) if ivr_id == "ivr_a" else None


class Kept(Notes):
    """Stands for the log of unassigned numbers, too."""

    def __init__(self) -> None:
        super().__init__()
        self.unassigned: list[tuple[str, ...]] = []

    def with_agent(self, record: Any) -> None: ...

    def note(self, *what: str) -> None:
        self.unassigned.append(what)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def source() -> Source:
    return Source()


def connected(kept: Kept, source: Source, channel: bytes, *replies: Any) -> tuple[CallWorker, Any]:
    agent = Agent("sales", (Target("sip:one@192.0.2.1"),), silent_s=0)
    prompts = {name: commands.playback(f"/p/{name}.wav") for name in ("trouble", "goodbye", "invalid", "apology")}
    services: Any = SimpleNamespace(
        counters=SimpleNamespace(thought_s=[], rang=[]), region="US", carriers=BelievedCarriers(),
        identities=IdentityChecks(),
        trunks=TrunkSource(Path("/none")),
        secret=SECRET, recorder=kept, live=kept,
        prompts=in_every_language(**prompts, opted_out=commands.playback("/p/opted_out.wav"), invalid_ms=700),
        menus=CompiledMenus(source, Paths()),  # type: ignore[arg-type]
        agents=Agents(agent, "digitree", Sealer(lambda: SECRET)), unassigned=kept,
        preparer=SimpleNamespace(start=lambda *about: None),
    )  # fmt: skip
    session: Any = Session(channel, *replies)
    return CallWorker(services, session), session


def ended(kept: Kept) -> int:
    """How often a record was written at the end of its call; the board of live calls is told, too."""
    return sum(each[0] == "ended" for each in kept.noted) - 1


def spoken(session: Any) -> list[str]:
    played = [each[0] for each in session.requests if each[3] == "playback"]
    return [each.rpartition(b"/")[2].partition(b".")[0].decode() for each in played]


def hung_up_with(session: Any) -> list[bytes]:
    return [each[0] for each in session.requests if each[3] in ("hangup", "respond")]


HANG_UP = commands.execute("hangup", "NORMAL_CLEARING")

# -- a new call ---------------------------------------------------------------------------------------------------


def test_a_call_walks_through_its_menu_to_its_end(kept: Kept, source: Source) -> None:
    worker, session = connected(kept, source, UNANSWERED, ["1"])
    worker.run()
    record = worker.record
    assert (record.ivr_id, record.ivr_version, record.outcome) == ("ivr_a", 7, Outcome.HUNG_UP)
    path = [(step.node, step.result, step.key) for step in record.path]
    assert path == [("ask", "key", "1"), ("bye", "action", None)]
    assert (record.hung_up_by, record.hangup_cause) == ("us", "NORMAL_CLEARING")
    asked = session.requests[0][0]
    assert b"execute-app-name: answer" in asked
    state = decode_state(asked.decode().partition("ivr_state=")[2].split("\n")[0], "u-1", SECRET)
    assert state is not None
    assert (state.pointer, state.position) == ("ivr_a:7", Position("ask", 0, 1))
    assert state.answered_ms >= state.started_ms
    assert hung_up_with(session) == [HANG_UP]
    assert ended(kept) == 1
    assert ("started", record.call_id) in kept.noted


def test_a_caller_with_no_way_on_hears_a_goodbye(kept: Kept, source: Source) -> None:
    worker, session = connected(kept, source, UNANSWERED, ["7"])
    worker.run()
    assert worker.record.outcome is Outcome.NO_MATCH
    assert spoken(session) == ["goodbye"]
    assert hung_up_with(session) == [HANG_UP]


@pytest.mark.parametrize(
    ("dialled", "why"), [(b"4155550199", "no menu has +14155550199"), (b"nobody", "nobody is not a telephone number")]
)
@pytest.mark.parametrize("answered", [True, False])
def test_a_number_that_no_menu_has_is_refused_and_leaves_no_record(
    kept: Kept, source: Source, dialled: bytes, why: str, answered: bool
) -> None:
    channel = (ANSWERED if answered else UNANSWERED).replace(b"4155550100", dialled)
    worker, session = connected(kept, source, channel)
    worker.run()
    record = worker.record
    assert (record.outcome, record.hangup_cause) == (Outcome.UNASSIGNED, "UNALLOCATED_NUMBER")
    assert record.hung_up_by == "us"
    assert kept.unassigned == [(record.call_id, dialled.decode(), why)]
    refused = commands.execute("hangup", "UNALLOCATED_NUMBER") if answered else commands.respond(404)
    assert hung_up_with(session) == [refused]
    assert ended(kept) == 0


@pytest.mark.parametrize("is_full", [True, False])
def test_without_room_or_a_store_a_call_is_refused_for_now_and_recorded(
    kept: Kept, source: Source, is_full: bool
) -> None:
    source.away = not is_full
    worker, session = connected(kept, source, UNANSWERED)
    worker.run(over_capacity=is_full)
    outcome = Outcome.OVER_CAPACITY if is_full else Outcome.FAILED
    assert (worker.record.outcome, worker.record.hangup_cause) == (outcome, "NORMAL_TEMPORARY_FAILURE")
    assert [each[0] for each in session.requests] == [commands.respond(503)]
    assert ended(kept) == 1
    assert kept.unassigned == []


@pytest.mark.parametrize("is_test", [True, False])
def test_only_the_phone_of_a_test_call_is_told_of_call_and_outcome(
    kept: Kept, source: Source, is_test: bool
) -> None:
    channel = UNANSWERED.replace(b"4155550100", TICKET.encode()) if is_test else UNANSWERED
    replies: list[Any] = [["1"], ["+OK"], ["+OK"]]
    worker, session = connected(kept, source, channel, *replies)
    worker.run()
    told = b"".join(each[0] for each in session.requests)
    assert worker.record.test is is_test
    assert (commands.set_variable("ivr_call", worker.record.call_id) in told) is is_test
    assert (commands.set_variable("ivr_outcome", "hung_up") in told) is is_test


# -- how it may end -----------------------------------------------------------------------------------------------


def test_a_caller_who_hangs_up_is_recorded_with_what_the_switch_tells(kept: Kept, source: Source) -> None:
    worker, session = connected(kept, source, UNANSWERED, EslConnectionLost("x"))
    session.hung_up = True
    worker.run()
    assert worker.record.outcome is Outcome.CALLER_HUNG_UP
    worker, session = connected(kept, source, ANSWERED, [""], ["rfc2833", "recv_bye"])
    session.hung_up = True
    worker.run()
    record = worker.record
    assert (record.outcome, record.hung_up_by, record.hangup_cause) == (
        Outcome.CALLER_HUNG_UP, "caller", "NORMAL_CLEARING"
    )  # fmt: skip
    assert hung_up_with(session) == []


def test_a_lost_connection_is_recorded_with_the_question_that_was_asked(kept: Kept, source: Source) -> None:
    worker, _ = connected(kept, source, UNANSWERED, ["2"], EslConnectionLost("closed"), EslConnectionLost("closed"))
    worker.run()
    record = worker.record
    assert (record.outcome, record.hung_up_by) == (Outcome.LOST, None)
    assert [(step.node, step.result) for step in record.path] == [("ask", "key"), ("again", "lost")]
    assert record.dtmf_type == "rfc2833"
    assert ended(kept) == 1


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_call_that_fails_is_left_to_the_next_worker_with_its_id_and_without_a_hang_up(
    kept: Kept, source: Source, caplog: pytest.LogCaptureFixture, is_announced: bool
) -> None:
    source.fails = not is_announced
    worker, session = connected(kept, source, UNANSWERED, *([EslTimeout("gather")] if is_announced else []))
    worker.run()
    assert worker.record.outcome is Outcome.FAILED
    assert f"{worker.record.call_id}: call failed" in caplog.text
    assert hung_up_with(session) == []
    assert ended(kept) == 1
    assert len(session.requests) == 1
    if not is_announced:
        state = decode_state(session.requests[0][0].decode().partition("ivr_state=")[2].split("\n")[0], "u-1", SECRET)
        assert state is not None
        assert (state.call_id, state.pointer) == (worker.record.call_id, "")


def test_an_outcome_that_was_reached_is_no_longer_that_of_how_the_call_ended(kept: Kept, source: Source) -> None:
    """The caller hangs up during the goodbye."""
    worker, session = connected(kept, source, UNANSWERED, ["7"], None, ["rfc2833", "recv_bye"])
    worker.run()
    assert worker.record.outcome is Outcome.NO_MATCH
    assert worker.record.hung_up_by == "caller"
    assert len(session.requests) == 3


# -- taken over ---------------------------------------------------------------------------------------------------

EARLIER = [Step("ask", 1, "key", "2", 0, 500)]


def taken_over(
    kept: Kept, source: Source, *replies: Any, channel: bytes = ANSWERED, variables: dict[str, str] | None = None,
    over_capacity: bool = False, **changes: Any,
) -> tuple[CallWorker, Any]:  # fmt: skip
    """A call that an earlier worker left at its second question, ended by this one."""
    began_ms = now_ms() - 60_000
    state = CallState("call_0", "ivr_a:7", Position("again", 0, 2), "asking", began_ms, began_ms, began_ms + 5000)
    state.add(EARLIER[0])
    for name, value in changes.items():
        setattr(state, name, value)
    more = {"ivr_state": encode_state(state, "u-1", SECRET), **(variables or {})}
    told = channel + "".join(f"variable_{name}: {value}\n" for name, value in more.items()).encode()
    worker, session = connected(kept, source, told, *replies)
    worker.run(over_capacity=over_capacity)
    return worker, session


@pytest.mark.parametrize("over_capacity", [True, False])
def test_the_next_worker_asks_once_more_in_the_same_record(
    kept: Kept, source: Source, caplog: pytest.LogCaptureFixture, over_capacity: bool
) -> None:
    worker, session = taken_over(kept, source, ["1"], over_capacity=over_capacity)
    record = worker.record
    assert (record.call_id, record.take_overs, record.outcome) == ("call_0", 1, Outcome.HUNG_UP)
    assert [step.node for step in record.path] == ["ask", "again", "bye"]
    asked = session.requests[0][0]
    assert asked.startswith(commands.LINGER)
    assert b"answer" not in asked
    assert b"flush_dtmf" not in asked, "keys pressed meanwhile count"
    assert "call_0: taken over at again" in caplog.text
    assert kept.noted[0] == ("started", "call_0")


def test_a_call_that_was_not_answered_yet_is_answered_by_the_next_worker(kept: Kept, source: Source) -> None:
    _, session = taken_over(kept, source, ["1"], channel=UNANSWERED)
    assert b"execute-app-name: answer" in session.requests[0][0]


def test_a_digit_pressed_meanwhile_is_the_reply_with_its_time(kept: Kept, source: Source) -> None:
    worker, session = taken_over(kept, source, ["1"], ["1"], variables={"ivr_key_2": "7"})
    step = worker.record.path[1]
    assert (step.node, step.result, step.key) == ("again", "no_match", "7")
    assert 54_000 < step.ms < 120_000
    assert step.at_ms == 5000
    assert b"ivr_order" not in session.requests[0][0]
    worker, _ = taken_over(kept, source, ["1"], variables={"ivr_key_2": "7"}, asked_ms=now_ms() + 3_600_000)
    assert worker.record.path[1].ms == 0, "clocks may be set back"
    kept.noted.clear()
    order = encode_order("dnc", "x", "u-1", SECRET)
    worker, session = taken_over(kept, source, variables={"ivr_key_2": "1", "ivr_order": order})
    assert [step.node for step in worker.record.path] == ["ask", "again", "bye"]
    assert commands.FORGET_ORDER in session.requests[0][0], "the order came too late"


def test_an_order_given_meanwhile_is_obeyed_and_noted(kept: Kept, source: Source) -> None:
    order = encode_order("bye", "x", "u-1", SECRET)
    worker, session = taken_over(kept, source, variables={"ivr_order": order})
    step = worker.record.path[1]
    assert (step.node, step.result, step.key) == ("again", "moved", None)
    assert worker.record.outcome is Outcome.HUNG_UP
    assert commands.FORGET_ORDER in session.requests[0][0]


def test_a_failed_attempt_to_reach_an_agent_is_recorded_by_the_next_worker(kept: Kept, source: Source) -> None:
    results = dict(zip(bridging.BRIDGE_RESULTS, BUSY, strict=True))
    worker, session = taken_over(
        kept, source, variables=results, phase="bridging", position=Position("go", 0, 3),
    )  # fmt: skip
    assert [each.result for each in worker.record.agent] == ["busy"]
    assert worker.record.outcome is Outcome.AGENT_UNAVAILABLE
    assert spoken(session) == ["apology"]


def test_a_number_that_was_being_keyed_is_confirmed_by_the_next_worker(kept: Kept, source: Source) -> None:
    worker, session = taken_over(kept, source, phase="keying", position=Position("dnc", 0, 3))
    assert worker.record.outcome is Outcome.OPTED_OUT
    assert spoken(session) == ["opted_out"]


def test_a_caller_who_stays_with_the_agent_has_no_end_of_a_call_yet(kept: Kept, source: Source) -> None:
    talk = dict(zip(bridging.BRIDGE_RESULTS, ["SUCCESS", "NORMAL_CLEARING", *[UNSET] * 4], strict=True))
    told = {**talk, "sip_refer_to": "<sip:boss@192.0.2.9>"}
    worker, session = taken_over(kept, source, variables=told, phase="bridging", position=Position("go", 0, 3))
    assert commands.SENT_BACK in session.requests[-1][0]
    assert hung_up_with(session) == []
    assert ended(kept) == 0
    assert worker.record.ended_at is None


def test_a_call_that_failed_before_its_menu_was_known_begins_again(kept: Kept, source: Source) -> None:
    nothing: dict[str, Any] = {"path": [], "encoded_path": "", "encoded_steps": 0}
    worker, _ = taken_over(kept, source, ["1"], pointer="", position=Position(""), **nothing)
    assert (worker.record.call_id, worker.record.outcome) == ("call_0", Outcome.HUNG_UP)
    assert [step.node for step in worker.record.path] == ["ask", "bye"]


@pytest.mark.parametrize(
    "changes", [{"pointer": "ivr_gone:7"}, {"position": Position("gone", 0, 1)}, {"phase": "bridging"}]
)
def test_a_call_that_cannot_be_continued_says_that_there_is_trouble(
    kept: Kept, source: Source, caplog: pytest.LogCaptureFixture, changes: dict[str, Any]
) -> None:
    worker, session = taken_over(kept, source, **changes)
    assert worker.record.outcome is Outcome.FAILED
    assert spoken(session) == ["trouble"]
    assert hung_up_with(session) == [HANG_UP]
    assert "call_0 cannot be continued" in caplog.text
    assert ended(kept) == 1
