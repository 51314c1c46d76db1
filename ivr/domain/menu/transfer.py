"""A transfer: rings an agent; the call may go on if none is available, or after the talk."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from ivr.domain.agents import Agent
from ivr.domain.lines.limits import USUAL_WAITING
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.cases import fits, parse_case
from ivr.domain.menu.fields import ANY_RESULT, Field, WayOut
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.sequences import Said
from ivr.domain.menu.transfer_fields import ALL, ANSWERED, FIELDS, FIRST, IN_TURN, JOINED_PERSON, NOT_REACHED
from ivr.domain.menu.variables import KNOWN, NOTHING_KNOWN, Memory, Value, names_in, text_of
from ivr.domain.menu.waiting_fields import LINE_VARIABLES, SAID_EVERY_S, WAITING_FIELDS
from ivr.domain.numbers import E164, is_e164_form
from ivr.domain.problems import Problem
from ivr.domain.telephones.destinations import find_refusal

# The results of a transfer that a way out may follow.
NO_AGENT = "no_agent"
AGENT_HUNG_UP = "agent_hung_up"
# What texts may say that is set for them alone.
_OWN_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "wait_audio": LINE_VARIABLES, "wait_text": LINE_VARIABLES,
    "joined_audio": (JOINED_PERSON,), "joined_text": (JOINED_PERSON,),
}  # fmt: skip
# An agent's report that puts the caller on the do-not-call list and ends the call.
OPT_OUT_REPORT = "dnc"


def nobody(result: str) -> str:
    """The result of a transfer that reached nobody: of which kind (NOT_REACHED)."""
    return f"{NO_AGENT}:{result}"


def agent_hung_up(reported: str | None) -> str:
    """The result of a talk whose agent reported this word, or nothing."""
    return AGENT_HUNG_UP if reported is None else f"{AGENT_HUNG_UP}:{reported}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferNode(Node):
    """`agent` names the agent to ring (None: the default one), `to` a number or a SIP address in its place,
    `people` a group of persons, who `ring` in turn or all at once, and of whom the first to answer or all `join` the
    talk; they are shown `caller_id` and ring for
    `ring_timeout_s`. Whoever answers hears `whisper_audio`, and takes the call by `accept_key`. `outcome` is a label
    that the agent and the record get, `headers` are those of the INVITE beside Digitree's own, `hold_audio` is heard
    while it rings. A talk lasts `max_talk_s` at most, and the caller's `end_key` ends it; it is kept if
    `record`. `case` has nodes by the
    result, `fallback_node` is where the call goes on if no agent is available, `on_agent_hangup` where it goes on
    after a talk that the agent ended: one node, or one for each word that the agent may have reported."""

    kind: ClassVar[str] = "transfer"
    mark: ClassVar[Mark] = Mark("action", "transfer")
    api: ClassVar[ApiSchema] = ApiSchema(
        "TransferNode",
        "A hand-off",
        "Hands off to an agent; when nobody can be had the call goes on at `fallback_node`.",
    )
    label: ClassVar[str] = "Transfer"
    new_id: ClassVar[str] = "agent"
    live_phase: ClassVar[LivePhase] = "bridging"
    own_fields: ClassVar[tuple[Field, ...]] = (*FIELDS, *WAITING_FIELDS)

    agent: str | None = None
    to: str | None = None
    people: str | None = None
    ring: str = IN_TURN
    join: str = FIRST
    joined_audio: Said | None = None
    joined_text: Said | None = None
    caller_id: str | None = None
    ring_timeout_s: int | None = None
    outcome: str | None = None
    hold_audio: str | None = None
    headers: Mapping[str, Value] | None = None
    whisper_audio: Said | None = None
    whisper_text: Said | None = None
    accept_key: str | None = None
    end_key: str | None = None
    max_talk_s: int | None = None
    record: bool = False
    case: Mapping[str, str] | None = None
    fallback_node: str | None = None
    on_agent_hangup: str | Mapping[str, str] | None = None
    wait_s: int | None = None
    max_waiting: int = USUAL_WAITING
    priority: int = 0
    wait_keys: Mapping[str, str] | None = None
    wait_audio: Said | None = None
    wait_text: Said | None = None
    place_key: str | None = None
    wait_every_s: int = SAID_EVERY_S
    wrap_up_s: int = 0

    # What calls need of these fields, made once: whether it rings an agent, and whether whoever answers then has the
    # call at once; whether all of the people who answer are in the talk, where a line offers a caller to one person.
    rings_an_agent: bool = field(init=False, repr=False, compare=False)
    is_plain: bool = field(init=False, repr=False, compare=False)
    joins_all: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rings_an_agent = self.to is None and self.people is None
        is_plain = rings_an_agent and self.whisper_audio is None and self.accept_key is None
        object.__setattr__(self, "rings_an_agent", rings_an_agent)
        object.__setattr__(self, "is_plain", is_plain)
        joins_all = self.join == ALL and self.people is not None and self.wait_s is None
        object.__setattr__(self, "joins_all", joins_all)

    def uses(self) -> Iterator[Use]:
        for use in Node.uses(self):
            if use.name not in _OWN_VARIABLES.get(str(use.path[0]), ()):
                yield use
        for name in names_in(self.to or ""):
            if name not in (*KNOWN, *(self.set or ())):
                yield Use(name, ("to",))
        for header, given in (self.headers or {}).items():
            for name in names_in(given) if isinstance(given, str) else ():
                if name not in (self.set or {}):
                    yield Use(name, ("headers", header))

    @property
    def limits_nothing(self) -> bool:
        """Whether the agent's own times are in force."""
        return self.ring_timeout_s is None and self.max_talk_s is None

    @property
    def goes_on_after_talks(self) -> bool:
        """Whether a way out may follow a talk that the agent ended."""
        return self.on_agent_hangup is not None or self.case is not None

    def limited(self, agent: Agent) -> Agent:
        """The agent as this node rings it."""
        if self.limits_nothing:
            return agent
        return replace(
            agent, ring_s=self.ring_timeout_s or agent.ring_s, max_talk_s=self.max_talk_s or agent.max_talk_s
        )

    def chosen_headers(self, memory: Memory) -> tuple[tuple[str, str], ...]:
        """What the agent is told by this node, in the author's order, without what is empty."""
        filled = ((name, text_of(memory.fill(given))) for name, given in (self.headers or {}).items())
        return tuple((name, value) for name, value in filled if value)

    def offered_digits(self) -> Container[str]:
        return tuple(key for key in (self.accept_key, self.end_key, self.place_key) if key is not None)

    def needs_no_key(self, way: WayOut, nodes: Container[str]) -> bool:
        """After a talk the agent decides."""
        if way.path[0] != "case":
            return way.path[0] == "fallback_node"
        case = parse_case(way.path[-1].lower())
        return any(fits(case, word, NOTHING_KNOWN) for word in NOT_REACHED)

    def may_end(self, nodes: Container[str]) -> bool:
        """The talk with the agent is what the call was for, whatever follows it."""
        return True

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is NO_AGENT, of `nobody` or of `agent_hung_up`, or a key of `wait_keys`."""
        if result is not None and (by_key := (self.wait_keys or {}).get(result)) in nodes:
            return GoTo(str(by_key))
        how, _, word = (result or NO_AGENT).partition(":")
        by_result = word or (None if how == NO_AGENT else ANSWERED)
        target = None if by_result is None else self._by_result(by_result, position.memory, nodes)
        if target is None:
            target = self.fallback_node if how == NO_AGENT else self._after_talk(word)
        return GoTo(target) if target is not None and target in nodes else NoWayOn()

    def _by_result(self, word: str, memory: Memory, nodes: Container[str]) -> str | None:
        for case, target in (self.case or {}).items():
            if fits(parse_case(case.lower()), word.lower(), memory) and target in nodes:
                return target
        return None

    def _after_talk(self, reported: str) -> str | None:
        # Not `Mapping`: to ask an abstract class takes longer than all else here.
        if self.on_agent_hangup is None or isinstance(self.on_agent_hangup, str):
            return self.on_agent_hangup
        by_word = {word.lower(): target for word, target in self.on_agent_hangup.items()}
        return by_word.get(reported.lower(), by_word.get(ANY_RESULT))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        yield from self._lint_line()
        yield from self._lint_join()
        if self.record and self.audio is None and self.text is None:
            text = "without an announcement the talk is not recorded: say in text that it is, and speak it"
            yield self.warning("recorded_without_announcement", text, "record")
        for name in ("on_agent_hangup", "case"):
            by_word = getattr(self, name)
            for word in by_word if isinstance(by_word, Mapping) else ():
                if word.lower() == OPT_OUT_REPORT:
                    text = f"an agent's {word} puts the caller on the do-not-call list and ends the call"
                    yield self.warning("result_never_taken", text, name, word)
        refusal = find_refusal(E164(self.to), None) if self.to is not None and is_e164_form(self.to) else None
        if refusal is not None:
            yield self.warning("number_not_rung", f"{refusal}, so nobody is rung here", "to")
        if self.people is not None and around.groups is not None and self.people not in around.groups:
            text = f"nobody is in the group {self.people}: nobody is rung until somebody is"
            yield self.warning("group_empty", text, "people")
        in_place = next((name for name in ("to", "people") if getattr(self, name) is not None), None)
        if in_place is not None and self.agent is not None:
            text = f"the agent {self.agent} is never rung, since {in_place} is: leave one of the two out"
            yield self.warning("agent_never_rung", text, "agent")
        elif self.agent is not None and self.agent not in around.agents:
            text = f"there is no agent {self.agent}: callers are handed to the default agent until there is"
            yield self.warning("agent_not_found", text, "agent")

    def _lint_line(self) -> Iterator[Problem]:
        if self.wait_s is not None and self.people is None:
            text = "nobody waits here: a line has the people of a group, so give people, or leave wait_s out"
            yield self.warning("wait_without_people", text, "wait_s")
        if self.place_key is not None and self.place_key in (self.wait_keys or {}):
            text = f"key {self.place_key} leaves the line, so it says nothing: use another"
            yield self.warning("place_key_taken", text, "place_key")
        for name in ("wait_keys", "wait_audio", "wait_text", "place_key") if self.wait_s is None else ():
            if getattr(self, name) is not None:
                text = f"{name} has no effect: nobody waits without wait_s"
                yield self.warning("nobody_waits", text, name)

    def _lint_join(self) -> Iterator[Problem]:
        if self.join == ALL and not self.joins_all:
            needs = "leave wait_s out" if self.people is not None else "give people, or leave join out"
            yield self.warning("nobody_joins", f"only one person will be in the talk: {needs}", "join")
        for name in ("joined_audio", "joined_text") if not self.joins_all else ():
            if getattr(self, name) is not None:
                text = f"{name} is never heard: nobody joins a talk without people and join: all"
                yield self.warning("nobody_joins", text, name)
