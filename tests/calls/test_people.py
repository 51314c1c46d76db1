"""A transfer to people: who of a group rings, in which order, who has the call, and what they hear first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import gevent
import pytest

from devswitch.caller import AgentBook, CallScript
from devswitch.caller import ScriptedAgent as FarEnd
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.agents.calls_out import CallsOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.people.model import Person
from ivr.domain.people.table import table_text
from ivr.domain.telephones.way_out import OutTrunk, gateways_out
from ivr.domain.trunks.gateways import gateways_of
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from ivr.storage.people_source import PeopleSource
from tests.calls.test_hand_off import cut_all
from tests.rig import DID, Rig, running_server, write_wav

TRUNK = Trunk("carrier", hosts=(Host("a.example.com"), Host("b.example.com")), numbers=(E164(DID),))
GATEWAY = next(iter(gateways_of(TRUNK))).name
ANN = Person("ann", "sip:ann@192.0.2.1", ("office",), 20)
BEN = Person("ben", "+14155552671", ("office", "desk"), 10)
CAT = Person("cat", "sip:cat@192.0.2.3", ("office",), 30)
DAN = Person("dan", "sip:dan@192.0.2.4", ("office",), 5, duty="off")
EVE = Person("eve", "+19005551234", ("dear",))
TARGETS = {"ann": "ann@192.0.2.1", "ben": f"+14155552671@{GATEWAY}", "cat": "cat@192.0.2.3"}
WHISPER = f"{7:032x}.wav"
NODES = {name: {"action": "hangup"} for name in ("closed", "busy", "nobody", "after")}
_VERSIONS = count(10)


@dataclass
class People:
    """A PeopleCache in memory."""

    people: Sequence[Person] = (ANN, BEN, CAT, DAN, EVE)
    ended: dict[str, int] = field(default_factory=dict)
    away: bool = False

    def text(self) -> bytes:
        return table_text(self.people, (), ()).encode()

    def idle_since(self, names: Sequence[str]) -> list[int]:
        if self.away:
            raise StorageUnavailable("away")
        return [self.ended.get(each, 0) for each in names]

    def note_talk(self, name: str, ended_ms: int) -> None:
        self.ended[name] = ended_ms


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def rig(tmp_path: Path, people: People) -> Iterator[Rig]:
    calls_out = CallsOut(lambda: (OutTrunk(TRUNK, gateways_out(TRUNK)),))
    with running_server(tmp_path, calls_out=calls_out, people=PeopleSource(people)) as rig:
        write_wav(tmp_path / WHISPER, 2000)
        yield rig


def call(rig: Rig, transfer: dict[str, Any], agents: dict[str, FarEnd] | None = None, **how: Any) -> CallResult:
    ways = {"case": {"closed": "closed", "busy": "busy"}, "fallback_node": "nobody", "on_agent_hangup": "after"}
    node = {"action": "transfer", "people": "office", "max_talk_s": 60, **ways, **transfer}
    tree = parse_menu({"name": "T", "nodes": {"ring": node, **NODES}})
    published = PublishedMenu("ivr_seed01", next(_VERSIONS), tree, {"whisper.wav": PromptFile(WHISPER, 2000)})
    rig.menus.publish(published, DID)
    book = AgentBook({TARGETS[name]: each for name, each in (agents or {}).items()}, FarEnd.busy())
    switch = DevSwitch(rig.targets, speed=how.pop("speed", 40), agents=book)
    result = switch.call(CallSetup(did=DID, script=how.pop("script", CallScript()), **how), 30)
    rig.drained()
    assert result.violations == []
    return result


def record(rig: Rig) -> dict[str, Any]:
    found: dict[str, Any] = rig.records.of("call_ended")[-1]
    return found


def attempts(rig: Rig) -> list[tuple[str | None, str]]:
    return [(each["person"], each["result"]) for each in record(rig)["agent"]]


def last_node(rig: Rig) -> str:
    return str(record(rig)["path"][-1]["node"])


def test_those_on_duty_ring_in_their_places_until_one_answers(rig: Rig) -> None:
    call(rig, {}, {"ann": FarEnd.answering(talk_ms=500)})
    assert attempts(rig) == [("ben", "busy"), ("ann", "answered")]
    assert last_node(rig) == "after"


def test_when_all_are_engaged_that_is_the_result(rig: Rig) -> None:
    call(rig, {})
    assert attempts(rig) == [("ben", "busy"), ("ann", "busy"), ("cat", "busy")]
    assert last_node(rig) == "busy"


@pytest.mark.parametrize("group", ["nobody", "gone"])
def test_a_group_with_nobody_on_duty_is_closed(rig: Rig, people: People, group: str) -> None:
    people.people = (*people.people, Person("flo", "sip:flo@192.0.2.9", ("nobody",), duty="off"))
    result = call(rig, {"people": group})
    assert (result.bridges, attempts(rig), last_node(rig)) == ([], [], "closed")


@pytest.mark.parametrize(("lists", "rung"), [({"on-duty"}, ["ben"]), (set(), []), (None, ["ben"])])
def test_who_is_on_duty_by_a_list_is_rung_while_their_number_is_on_it(
    rig: Rig, people: People, lists: set[str] | None, rung: list[str]
) -> None:
    """Where no store can say (None) they are rung."""

    def lists_of(number: str, moment: datetime) -> frozenset[str]:
        if lists is None:
            raise StorageUnavailable("away")
        return frozenset(lists if number == BEN.address else ())

    people.people = (replace(BEN, duty="list", duty_list="on-duty"), EVE)
    rig.server._services = replace(rig.server._services, lists_of=lists_of)
    call(rig, {"people": "desk"}, {"ben": FarEnd.answering(talk_ms=500)})
    assert [each for each, _ in attempts(rig)] == rung


def test_a_number_that_may_not_be_rung_is_told_in_the_record(rig: Rig) -> None:
    call(rig, {"people": "dear"})
    assert (attempts(rig), last_node(rig)) == ([("eve", "refused")], "nobody")


# -- all at once --------------------------------------------------------------------------------------------------


def test_all_ring_at_once_and_the_first_to_answer_has_the_call(rig: Rig) -> None:
    agents = {
        "ben": FarEnd.answering(ring_ms=4000),
        "ann": FarEnd.answering(ring_ms=2000, talk_ms=500),
        "cat": FarEnd.declining(),
    }
    result = call(rig, {"ring": "all"}, agents)
    assert {each.target for each in result.bridges} == set(TARGETS.values())
    assert max(each.started_ms for each in result.bridges) - min(each.started_ms for each in result.bridges) < 1
    assert attempts(rig) == [("ben", "elsewhere"), ("cat", "declined"), ("ann", "answered")]
    assert [each.cause for each in result.bridges] == ["LOSE_RACE", "NORMAL_CLEARING", "CALL_REJECTED"]
    ring = {each["person"]: each["ring_ms"] for each in record(rig)["agent"]}
    assert ring["cat"] is None, "when it declined is not known"
    assert last_node(rig) == "after"


def test_when_nobody_of_all_answers_the_best_of_their_results_counts(rig: Rig) -> None:
    call(rig, {"ring": "all", "case": {"no_answer": "after"}}, {"ann": FarEnd.ringing()})
    assert attempts(rig) == [("ben", "busy"), ("ann", "no_answer"), ("cat", "busy")]
    assert last_node(rig) == "after"


def test_a_caller_who_leaves_stops_all_of_them(rig: Rig) -> None:
    agents = dict.fromkeys(TARGETS, FarEnd.ringing())
    call(rig, {"ring": "all"}, agents, script=CallScript(hang_up_ms=3000))
    assert attempts(rig) == [("ben", "cancelled"), ("ann", "cancelled"), ("cat", "cancelled")]
    assert record(rig)["outcome"] == "caller_hung_up"


def test_a_worker_lost_while_three_ring_is_followed_by_one_that_knows_who_answered(rig: Rig) -> None:
    rings_ms = {"ben": 9000.0, "ann": 4000.0, "cat": 9000.0}
    agents = {name: FarEnd.answering(ring_ms=ms, talk_ms=8000) for name, ms in rings_ms.items()}

    def watch(note: ChannelNote) -> None:
        if note.kind == "ringback":
            gevent.spawn(cut_all, rig)

    result = call(rig, {"ring": "all"}, agents, on_note=watch)
    assert result.connections == 2
    assert len(result.bridges) == 3, "nobody is rung twice"
    assert attempts(rig) == [("ben", "elsewhere"), ("cat", "elsewhere"), ("ann", "answered")]
    assert (last_node(rig), record(rig)["take_overs"]) == ("after", 1)


def test_a_worker_lost_while_people_ring_in_turn_goes_on_with_the_next_whoever_is_on_duty_then(
    rig: Rig, people: People
) -> None:
    agents = {"ben": FarEnd("USER_BUSY", 3000.0), "ann": FarEnd.answering(talk_ms=500)}

    def watch(note: ChannelNote) -> None:
        if note.kind == "ringback" and len(people.people) > 4:
            people.people = (Person("zoe", "sip:zoe@192.0.2.99", ("office",), 1), ANN, BEN, CAT)
            gevent.spawn(cut_all, rig)

    result = call(rig, {}, agents, on_note=watch)
    assert result.connections == 2
    assert attempts(rig) == [("ben", "busy"), ("ann", "answered")]


# -- who has been idle for longest --------------------------------------------------------------------------------


def test_who_ended_their_last_talk_earliest_rings_first_and_a_talk_moves_them_to_the_end(
    rig: Rig, people: People
) -> None:
    people.ended = {"ben": 3000, "ann": 1000, "cat": 2000}
    answers = dict.fromkeys(TARGETS, FarEnd.answering(talk_ms=500))
    for _ in range(4):
        call(rig, {"ring": "longest_idle"}, answers)
    first = [each["agent"][0]["person"] for each in rig.records.of("call_ended")]
    assert first == ["ann", "cat", "ben", "ann"]


def test_without_a_store_people_ring_in_their_places(rig: Rig, people: People) -> None:
    people.away = True
    call(rig, {"ring": "longest_idle"}, {"ben": FarEnd.answering(talk_ms=500)})
    assert attempts(rig) == [("ben", "answered")]


@pytest.mark.parametrize("ring", ["in_turn", "longest_idle"])
def test_who_talks_to_one_of_a_group_leaves_the_others_to_other_callers(rig: Rig, ring: str) -> None:
    """Nor are they held for later, when the talk is over."""
    answers = dict.fromkeys(TARGETS, FarEnd.answering(talk_ms=60_000))
    talks: list[str] = []

    def first(note: ChannelNote) -> None:
        if note.kind == "agent" and len(talks) < 2:
            talks.append(note.text)
            gevent.spawn(call, rig, {"ring": ring}, answers, on_note=first)

    call(rig, {"ring": ring}, answers, on_note=first)
    rig.until(lambda: len(rig.records.of("call_ended")) == 3)
    talked = [each["agent"] for each in rig.records.of("call_ended")]
    assert sorted(each["person"] for (each,) in talked) == ["ann", "ben", "cat"]
    assert rig.server._services.lines._held == {}


# -- what whoever answers hears and presses -----------------------------------------------------------------------


def test_whoever_answers_hears_the_whisper_before_the_caller_is_connected(rig: Rig) -> None:
    result = call(rig, {"whisper_audio": "whisper.wav"}, {"ben": FarEnd.answering(ring_ms=1000, talk_ms=500)})
    (bridge,) = result.bridges
    assert bridge.variables["group_confirm_key"] == "exec"
    assert bridge.variables["group_confirm_file"].endswith(WHISPER)
    assert (bridge.variables["leg_timeout"], bridge.variables["originate_timeout"]) == ("30", "35")
    assert bridge.answered_ms is not None
    assert bridge.answered_ms - bridge.started_ms >= 3000
    assert attempts(rig) == [("ben", "answered")]


def test_without_the_key_nobody_has_the_call_and_the_next_rings(rig: Rig) -> None:
    """An answering machine presses nothing."""
    machine = FarEnd(ring_ms=1000, accepts=False)
    agents = {"ben": machine, "ann": FarEnd.answering(ring_ms=1000, talk_ms=500)}
    result = call(rig, {"accept_key": "1", "whisper_audio": "whisper.wav"}, agents)
    assert attempts(rig) == [("ben", "no_answer"), ("ann", "answered")]
    first = result.bridges[0]
    assert (first.variables["group_confirm_key"], first.variables["group_confirm_timeout"]) == ("1", "12")
    assert first.answered_ms is None
    assert last_node(rig) == "after"


def test_a_key_is_asked_for_where_no_whisper_is(rig: Rig) -> None:
    result = call(rig, {"accept_key": "5"}, {"ben": FarEnd.answering(talk_ms=500)})
    assert "/system/keys-" in result.bridges[0].variables["group_confirm_file"]


def test_an_agent_can_be_whispered_to_and_is_not_dropped_for_its_silence(rig: Rig) -> None:
    node = {"action": "transfer", "accept_key": "1", "on_agent_hangup": "after"}
    tree = parse_menu({"name": "T", "nodes": {"r": node, **NODES}})
    published = PublishedMenu("ivr_seed01", next(_VERSIONS), tree, {})
    rig.menus.publish(published, DID)
    result = DevSwitch(rig.targets, speed=40, agents=AgentBook()).call(CallSetup(did=DID), 30)
    rig.drained()
    assert result.bridges[0].variables["group_confirm_key"] == "1"
    assert "ivr_silent_s" not in result.bridges[0].variables
    assert last_node(rig) == "after"


def test_of_all_who_ring_the_first_to_press_the_key_has_the_call(rig: Rig) -> None:
    agents = {
        "ben": FarEnd(ring_ms=500, accepts=False),
        "ann": FarEnd.answering(ring_ms=2000, talk_ms=500),
        "cat": FarEnd.ringing(),
    }
    call(rig, {"ring": "all", "accept_key": "1"}, agents)
    assert attempts(rig) == [("ben", "elsewhere"), ("cat", "elsewhere"), ("ann", "answered")]


def test_a_worker_lost_in_a_whisper_leaves_the_call_whole(rig: Rig) -> None:
    def watch(note: ChannelNote) -> None:
        if note.kind == "ringback":
            gevent.spawn(cut_all, rig)

    agents = {"ben": FarEnd.answering(ring_ms=1000, talk_ms=8000)}
    result = call(rig, {"whisper_audio": "whisper.wav", "accept_key": "1"}, agents, on_note=watch)
    assert (result.connections, len(result.bridges)) == (2, 1)
    assert attempts(rig) == [("ben", "answered")]
    assert last_node(rig) == "after"


# -- recorded ------------------------------------------------------------------------------------------------------


def recorded(rig: Rig, **transfer: Any) -> CallResult:
    write_wav(rig.prompts_dir / WHISPER, 2000)
    result = call(
        rig,
        {"people": "desk", "audio": "whisper.wav", "record": True, **transfer},
        {"ben": FarEnd.answering(talk_ms=500)},
    )
    return result


def test_who_is_rung_hears_that_the_talk_is_recorded_before_the_whisper(rig: Rig) -> None:
    (rig.prompts_dir / "system").mkdir(exist_ok=True)
    write_wav(rig.prompts_dir / "system" / "call_recorded.wav", 1500)
    for transfer, behind in (({}, ""), ({"whisper_audio": "whisper.wav"}, WHISPER)):
        (leg,) = recorded(rig, **transfer).bridges
        heard = leg.variables["group_confirm_file"]
        assert "system/call_recorded.wav" in heard
        assert heard.endswith(behind)
        assert [step["key"] for step in record(rig)["path"] if step["result"] == "record"] == ["talk"]


def test_where_who_is_rung_cannot_be_told_nothing_is_recorded(rig: Rig) -> None:
    (rig.prompts_dir / "system" / "call_recorded.wav").unlink(missing_ok=True)
    recorded(rig)
    assert [step["key"] for step in record(rig)["path"] if step["result"] == "record"] == ["no_call"]
    assert attempts(rig) == [("ben", "answered")]
