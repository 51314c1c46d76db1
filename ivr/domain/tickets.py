"""Test calls: what they dial, and menus that exist for a while only.

A test call dials a *ticket*, `test-` and 128 random bits, which the admin app keeps in the cache for some minutes
with the menu it stands for; any other ticket is an unassigned number. A call that we make dials one, too, which
begins with `out-`, and so does a test that rings an agent, with `ring-`. A *draft* is a menu that was not saved;
while it is tried it has an id of its own, so that (ivr_id, version) never stands for two contents.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Literal, NamedTuple

from ivr.domain.numbers import E164, parse_e164
from ivr.domain.outgoing_ticket import Outgoing, parse_outgoing

TICKET = re.compile(r"(?:test|out|ring)-[0-9a-f]{32}", re.ASCII)
# Of a call that we make: no test.
_OF_OUTGOING = "out-"
# Of a test that rings a real agent.
_RINGS = "ring-"
_DRAFT = re.compile(r"ivr_draft[0-9a-f]{32}", re.ASCII)
# Recorded in place of the ticket: people who read records need not have it.
TESTED = "test"
RUNG = "ring"

# Channel variables by which the call server shows the phone where a test call is; no other call has them.
CALL_VARIABLE = "ivr_call"
NODE_VARIABLE = "ivr_node"
OUTCOME_VARIABLE = "ivr_outcome"
# The one of the menu's languages that the caller hears.
LANGUAGE_VARIABLE = "ivr_language"
# And of a call that we make, beside CALL_VARIABLE: person, machine or unknown.
ANSWERED_BY_CHANNEL = "ivr_answered_by"
# And, numbered from 1, what happened in a call of a test, as JSON in base64.
STORY_VARIABLE = "ivr_story_"

# Of a test call over a trunk: the telephone that the switch has called, which is the caller of the menu.
TELEPHONE_VARIABLE = "ivr_telephone"


# What the agent of a test call does: a real agent is never dialled.
AgentBehaviour = Literal["answers", "busy", "declines", "no_answer", "unreachable"]
AGENT_BEHAVIOURS: tuple[AgentBehaviour, ...] = ("answers", "busy", "declines", "no_answer", "unreachable")


class Ticket(NamedTuple):
    """`pointer` is like `ivr_abc:7`; `did` is the number under which the menu is tried, if it has one, or from which
    we call. `outgoing`: what a call that we make brings with it. `language`: in which a test call begins; empty:
    in the menu's first."""

    pointer: str
    did: E164 | None = None
    outgoing: Outgoing | None = None
    language: str = ""

    def to_json(self) -> str:
        more = {"outgoing": self.outgoing.to_json()} if self.outgoing is not None else {}
        spoken = {"language": self.language} if self.language else {}
        return json.dumps({"pointer": self.pointer, "did": self.did, **more, **spoken})


def parse_ticket(text: str | bytes) -> Ticket:
    """The inverse of `to_json`; raises ValueError or InvalidNumber for a malformed text."""
    document = json.loads(text)
    try:
        pointer, did = document["pointer"], document["did"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"a ticket with a part missing: {error!r}") from error
    if not isinstance(pointer, str) or not isinstance(did, str | None):
        raise ValueError("a ticket with a part that is no text")
    outgoing, language = parse_outgoing(document.get("outgoing")), str(document.get("language", ""))
    return Ticket(pointer, None if did is None else parse_e164(did), outgoing, language)


def new_ticket() -> str:
    return f"test-{secrets.token_hex(16)}"


def new_outgoing_ticket() -> str:
    return f"{_OF_OUTGOING}{secrets.token_hex(16)}"


def new_ring_ticket() -> str:
    return f"{_RINGS}{secrets.token_hex(16)}"


def rings_for_real(ticket: str) -> bool:
    """Whether it is the ticket of a test whose agent is the real one."""
    return ticket.startswith(_RINGS)


def is_outgoing(ticket: str) -> bool:
    """Whether it is the ticket of a call that we make."""
    return ticket.startswith(_OF_OUTGOING)


def new_draft_id() -> str:
    return f"ivr_draft{secrets.token_hex(16)}"


def is_draft(ivr_id: str | None) -> bool:
    """Whether this is the id of a draft: of its calls nothing is kept but their records."""
    return ivr_id is not None and _DRAFT.fullmatch(ivr_id) is not None
