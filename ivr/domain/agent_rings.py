"""A test that rings a real agent: its menu, its call as a command to the switch, how it stands. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ivr.domain.agents import SILENT_S, Agent
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.telephones.dial_string import CONTEXT
from ivr.domain.tickets import TICKET, new_draft_id

RING_ID = re.compile(r"aring_[0-9a-f]{32}", re.ASCII)
# Behind the check for sound, which comes late by up to 2.5 s, whoever answered is let go.
_HEARD_S = 4
_SLACK_S = 30
_LONGEST_S = 3600
# Of the dialplan: it answers and says nothing.
_CALLER = "silent-caller"
_CALLER_ANSWERS_S = 10
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_PROFILE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]+\]):[0-9]{1,5}", re.ASCII)


def new_agent_ring_id() -> str:
    return f"aring_{secrets.token_hex(16)}"


def listened_to(agent: Agent) -> Agent:
    """The agent as the test rings it: whether sound comes is found out, and then the talk is over. All else is as in
    any call."""
    silent_s = agent.silent_s or SILENT_S
    return replace(agent, silent_s=silent_s, max_talk_s=min(agent.max_talk_s, silent_s + _HEARD_S))


def ring_menu(agent: Agent) -> PublishedMenu:
    """A menu that hands its caller to this agent, and does nothing else. It is a draft: of its calls nothing is kept
    but their records."""
    document = {"name": f"Ring {agent.name}", "nodes": {"ring": {"action": "transfer", "agent": agent.name}}}
    return PublishedMenu(new_draft_id(), 1, parse_menu(document), {}, {agent.name: listened_to(agent)})


def longest_s(agent: Agent) -> int:
    """How long the whole test may last, where each address rings as long as it may."""
    rung = listened_to(agent)
    return min(_LONGEST_S, len(rung.targets) * (rung.ring_s + rung.max_talk_s) + _SLACK_S)


@dataclass(frozen=True, slots=True)
class AgentRing:
    """A call to make (ivr.clients.ringing.CallOut): its caller is the switch itself at `address`, which leads to
    `ticket` once it has answered."""

    channel_uuid: str
    profile: str
    address: str
    ticket: str
    longest_s: int
    ring_s: int = _CALLER_ANSWERS_S

    def command(self) -> str:
        """Raises ValueError for a value that could be anything but itself in a dial string."""
        parts = (
            (_UUID, self.channel_uuid), (_PROFILE, self.profile), (_ADDRESS, self.address), (TICKET, self.ticket),
        )  # fmt: skip
        for pattern, text in parts:
            if not pattern.fullmatch(text):
                raise ValueError(f"not allowed in a command to the switch: {text[:80]!r}")
        variables = {
            "origination_uuid": self.channel_uuid,
            "origination_caller_id_number": "anonymous",
            "origination_caller_id_name": "anonymous",
            "originate_timeout": str(self.ring_s),
            "ignore_early_media": "true",
            "outbound_redirect_fatal": "true",
            "ivr_longest_s": str(int(self.longest_s)),
        }
        listed = ",".join(f"{name}={value}" for name, value in variables.items())
        return f"originate {{{listed}}}sofia/{self.profile}/{_CALLER}@{self.address} {self.ticket} XML {CONTEXT}"


@dataclass(frozen=True, slots=True)
class RingState:
    """How a test stands. Moments are ISO 8601. `ended_at`: the switch says that it is over; `call_id`: its record,
    which follows some moments later; `reason`: why there is none. `by_us`: somebody has stopped it."""

    id: str
    agent: str
    channel_uuid: str
    started_at: str
    ended_at: str | None = None
    call_id: str | None = None
    reason: str | None = None
    by_us: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def parse_ring_state(document: Mapping[str, Any]) -> RingState:
    """Raises TypeError for what `to_json` never makes."""
    return RingState(**document)
