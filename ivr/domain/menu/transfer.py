"""A transfer: rings an agent; the call may go on if none is available, or after the talk."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.agents import AGENT_NAME
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import (
    ANY_RESULT,
    LABEL,
    AgentField,
    Field,
    ResultTargetsField,
    TargetField,
    WayOut,
    WordField,
)
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.prompt_fields import OneAudioField
from ivr.domain.menu.value_fields import HeadersField
from ivr.domain.menu.variables import Memory, Value, names_in, text_of
from ivr.domain.problems import Problem

# The results of a transfer that a way out may follow.
NO_AGENT = "no_agent"
AGENT_HUNG_UP = "agent_hung_up"
# An agent's report that puts the caller on the do-not-call list and ends the call.
OPT_OUT_REPORT = "dnc"


def agent_hung_up(reported: str | None) -> str:
    """The result of a talk whose agent reported this word, or nothing."""
    return AGENT_HUNG_UP if reported is None else f"{AGENT_HUNG_UP}:{reported}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferNode(Node):
    """`agent` names the agent to ring (None: the default one), `outcome` is a label that both it and the record get,
    `headers` are those of the INVITE beside Digitree's own, `hold_audio` is heard while it rings, `fallback_node` is
    where the call goes on if no agent is available, `on_agent_hangup` where it goes on after a talk that the agent
    ended: one node, or one for each word that the agent may have reported."""

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
    own_fields: ClassVar[tuple[Field, ...]] = (
        AgentField(
            name="agent",
            label="Agent",
            if_absent="The default agent",
            pattern=AGENT_NAME,
            code="invalid_agent",
            rule="an agent's name has 1 to 64 letters, digits, underscores or hyphens",
            description="See /agents; absent: the default agent (DIGITREE_AGENT_URI).",
        ),
        WordField(
            name="outcome",
            label="Outcome",
            hint="A label of your own: the agent and the call record get it.",
            pattern=LABEL,
            code="invalid_outcome",
            rule="an outcome has 1 to 64 letters, digits and the characters _ . -",
            description="A label of your own: the agent gets it as X-IVR-Outcome, the call record keeps it.",
        ),
        OneAudioField(
            name="hold_audio",
            label="Audio while it rings",
            hint="An audio name of this menu.",
            if_absent="A ringing tone",
            instead="a ringing tone while they wait",
            description="The audio heard while the agent rings; absent: a ringing tone.",
        ),
        HeadersField(
            name="headers",
            more=True,
            label="Headers for the agent",
            hint="X-IVR-Account with the value {account}, for instance.",
            description="Headers of the INVITE, `X-IVR-...`, and their values, in which `{variable}` may stand; the "
            "values are percent-encoded.",
        ),
        TargetField(
            name="fallback_node",
            label="If no agent is available",
            if_absent="Apologise and hang up",
            way_out="no agent",
            if_missing="callers hear an apology if no agent is available",
            description="Where the call goes on when nobody can be had; absent: an apology and a hang-up.",
        ),
        ResultTargetsField(
            name="on_agent_hangup",
            label="After the agent has hung up",
            hint="By the agent's X-IVR-Result, if it sends one.",
            if_absent="The call ends",
            way_out="after the talk",
            if_missing="the call ends with the talk",
            description="Where the call goes on when the agent has hung up: a node, or a node for each X-IVR-Result "
            "of the agent, capitals or not, with `*` for any other and none; absent: the call ends.",
        ),
    )

    agent: str | None = None
    outcome: str | None = None
    hold_audio: str | None = None
    headers: Mapping[str, Value] | None = None
    fallback_node: str | None = None
    on_agent_hangup: str | Mapping[str, str] | None = None

    def uses(self) -> Iterator[Use]:
        yield from Node.uses(self)
        for header, given in (self.headers or {}).items():
            for name in names_in(given) if isinstance(given, str) else ():
                if name not in (self.set or {}):
                    yield Use(name, ("headers", header))

    def chosen_headers(self, memory: Memory) -> tuple[tuple[str, str], ...]:
        """What the agent is told by this node, in the author's order, without what is empty."""
        filled = ((name, text_of(memory.fill(given))) for name, given in (self.headers or {}).items())
        return tuple((name, value) for name, value in filled if value)

    def needs_no_key(self, way: WayOut, nodes: Container[str]) -> bool:
        """After a talk the agent decides."""
        return way.path[0] == "fallback_node"

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is NO_AGENT or of `agent_hung_up`."""
        if result is None or result == NO_AGENT:
            target = self.fallback_node
        else:
            target = self._after_talk(result.removeprefix(AGENT_HUNG_UP).removeprefix(":"))
        return GoTo(target) if target is not None and target in nodes else NoWayOn()

    def _after_talk(self, reported: str) -> str | None:
        # Not `Mapping`: to ask an abstract class takes longer than all else here.
        if self.on_agent_hangup is None or isinstance(self.on_agent_hangup, str):
            return self.on_agent_hangup
        by_word = {word.lower(): target for word, target in self.on_agent_hangup.items()}
        return by_word.get(reported.lower(), by_word.get(ANY_RESULT))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if isinstance(self.on_agent_hangup, Mapping):
            for word in self.on_agent_hangup:
                if word.lower() == OPT_OUT_REPORT:
                    text = f"an agent's {word} puts the caller on the do-not-call list and ends the call"
                    yield self.warning("result_never_taken", text, "on_agent_hangup", word)
        if self.agent is not None and self.agent not in around.agents:
            text = f"there is no agent {self.agent}: callers are handed to the default agent until there is"
            yield self.warning("agent_not_found", text, "agent")
