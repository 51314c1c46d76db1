"""Any menu in any world: services that answer anything or fail, lists, chance, callers who key what they like,
workers that die at any moment. One call, one record, an end within the budget, and nothing forgotten that it knew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, get_args

import gevent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.dialplan import sockets_only
from devswitch.switch import CallSetup, DevSwitch
from ivr.domain.channels.message import Message
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.interpreter import MAX_STEPS
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.node import Node
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.services import Failure, ServiceAnswer
from tests.calls.test_any_menu import ENDS, FILE, PROMPTS, VERSIONS
from tests.calls.test_messages import cut_all
from tests.domain.strategies import nodes_of
from tests.helpers import SWITCH_SECRET
from tests.rig import DID, Rig, write_wav

KEPT, LOST = "kept", "lost"
# Steps that come beside those that the interpreter counts: what had no room, repeated by each next worker.
_BESIDE = 3
# Entries that are no digits.
DIGITS = {"XXXXX": "94103", "X{6,16}": "12345678#"}
PEOPLE = [{"name": "Ann", "number": 7}, {"name": "Bo"}, "Cy"]
# What callers may do who do not do what they are asked.
STRAY = ("-", "5", "*", "123456", "h")
BODIES: list[Any] = [
    {"people": PEOPLE, "order": 7}, {"people": []}, PEOPLE, "Ann", 3, None, {"who": {"name": "x" * 900}},
]  # fmt: skip
answers = st.one_of(
    st.sampled_from(get_args(Failure)).map(lambda failure: ServiceAnswer(5, failure=failure)),
    st.sampled_from(BODIES).map(lambda body: ServiceAnswer(5, 200, body)),
)


@dataclass
class World:
    """Services that answer in turn, as those of a process."""

    answers: list[ServiceAnswer] = field(default_factory=list)
    is_slow: bool = False

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        if self.is_slow:
            gevent.sleep(0.01)
        return self.answers.pop(0) if self.answers else ServiceAnswer(5, 200, {"people": PEOPLE})

    def notify(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        return not self.is_slow

    def send(self, channel: str, message: Message, call_id: str, place: str) -> bool:
        return not self.is_slow


@dataclass(frozen=True)
class Outside:
    """What holds outside a call."""

    answers: list[ServiceAnswer]
    is_slow: bool
    is_busy: bool
    lists: frozenset[str] | None
    chance: int

    def lists_of(self, number: str, moment: datetime) -> frozenset[str]:
        if self.lists is None:
            raise StorageUnavailable("away")
        return self.lists


outsides = st.builds(
    Outside,
    st.lists(answers, max_size=6),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, frozenset(), frozenset({"banned"})]),
    st.integers(1, 100),
)


@st.composite
def menus(draw: st.DrawFn) -> dict[str, Any]:
    """Menus with a node of each kind, and two questions, in which each way leads to some node."""
    kinds: list[type[Node]] = draw(st.permutations([*KINDS, GatherNode]))
    names = [f"n{number}" for number in range(len(kinds))]
    nodes = {name: draw(nodes_of(kind)) for name, kind in zip(names, kinds, strict=True)}
    questions = [name for name, kind in zip(names, kinds, strict=True) if kind is GatherNode]
    start = draw(st.sampled_from([*questions, *questions, *questions, *names]))
    return {"name": "Any", "start": start, "nodes": nodes, "answer": draw(st.booleans())}


@st.composite
def calls(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Such a menu, and the keys of a caller who often does what they are asked."""
    document = draw(menus())
    entries = [entry for node in document["nodes"].values() for entry in node.get("gather", ())]
    keyed = sorted({DIGITS.get(entry, entry.replace("X", "4")) for entry in entries})
    steps = draw(st.lists(st.sampled_from([*keyed, *keyed, *STRAY]), max_size=10))
    return document, ",".join(steps)


def remembering(document: dict[str, Any]) -> dict[str, Any]:
    """The menu with a variable that is set first, and asked on the way to each node, and once a caller has left."""
    nodes: dict[str, Any] = {
        "first": {"set": {"mark": KEPT}, "next": document["start"]}, LOST: {"set": {"lost": True}, "next": "end"},
        "gone": {"switch": "mark", "case": {KEPT: "end"}, "default": LOST}, "end": {"action": "hangup"},
    }  # fmt: skip
    for name, node in document["nodes"].items():
        nodes[f"{name}-own"] = node
        nodes[name] = {"switch": "mark", "case": {KEPT: f"{name}-own"}, "default": LOST}
    return {**document, "start": "first", "hung_up_node": "gone", "nodes": nodes}


def test_a_call_in_any_world_ends_with_one_record_and_forgets_nothing(rig: Rig) -> None:
    write_wav(rig.prompts_dir / FILE, 700)
    target = f"127.0.0.1:{rig.address[1]}"
    # One more than workers that may die.
    sockets = sockets_only(*[target] * 4, secret=SWITCH_SECRET)
    usual = rig.server._services

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(calls(), st.sets(st.integers(0, 8), max_size=3), outsides)
    def walk(call: tuple[dict[str, Any], str], deaths: set[int], outside: Outside) -> None:
        rig.records.written.clear()
        document, keys = remembering(call[0]), call[1]
        rig.menus.publish(PublishedMenu("ivr_any0002", next(VERSIONS), parse_menu(document), PROMPTS), DID)
        world = World(list(outside.answers), outside.is_slow)
        rig.server._services = replace(
            usual, services=world, lists_of=outside.lists_of, random=lambda: outside.chance
        )
        moments, cuts = count(), []

        def watch(note: ChannelNote) -> None:
            if note.kind in ("play", "gather", "key", "dial") and next(moments) in deaths:
                cuts.append(note)
                gevent.spawn(cut_all, rig)

        agents = AgentBook(default=ScriptedAgent.busy()) if outside.is_busy else None
        switch = DevSwitch(sockets, speed=400, agents=agents)
        setup = CallSetup(did=DID, script=CallScript.parse(keys), on_note=watch)
        result = switch.call(setup, timeout_s=120)
        rig.drained()
        assert result.violations == []
        ended = rig.records.of("call_ended")
        assert len({each["call_id"] for each in [*ended, *rig.records.of("call_started")]}) == 1
        path = [step["node"] for step in ended[-1]["path"]]
        assert LOST not in path
        assert set(path) <= set(document["nodes"])
        taken = [step for step in ended[-1]["path"] if step["result"] not in ("not_set", "played", "skipped")]
        assert len(taken) <= MAX_STEPS * (1 + len(deaths)) + _BESIDE
        outcome, results = ended[-1]["outcome"], [step["result"] for step in ended[-1]["path"]]
        assert results.count("hung_up") <= 1
        assert outcome != "caller_hung_up" or "hung_up" in results
        if outcome not in ENDS:
            # Only of a caller who left while no worker was there: the last one was lost before.
            assert (outcome, result.ended_by) == ("lost", "caller")
            assert result.connections <= len(cuts)

    walk()
