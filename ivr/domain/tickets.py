"""Calls that try a menu: what they dial, and the menus that exist for a while only.

A test call dials a *ticket*, `test-` and 128 bits of chance, which the admin app has left in the cache for some
minutes with the menu it stands for. Who guesses none is told that there is no such number. A *draft* is a menu that
nobody saved; while it is tried it has an id of its own, so that (ivr_id, version) still never changes its content.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Literal, NamedTuple

from ivr.domain.numbers import E164, parse_e164

TICKET = re.compile(r"test-[0-9a-f]{32}", re.ASCII)
_DRAFT = re.compile(r"ivr_draft[0-9a-f]{32}", re.ASCII)
# In place of what was dialled: records are read by people who need not have the ticket.
TESTED = "test"

# Channel variables by which a test call tells the phone where it is; no other call has them.
CALL_VARIABLE = "ivr_call"
NODE_VARIABLE = "ivr_node"
OUTCOME_VARIABLE = "ivr_outcome"


# What the agent does whom a test call reaches: none of the real ones is ever dialled.
AgentBehaviour = Literal["answers", "busy", "declines", "no_answer", "unreachable"]
AGENT_BEHAVIOURS: tuple[AgentBehaviour, ...] = ("answers", "busy", "declines", "no_answer", "unreachable")


class Ticket(NamedTuple):
    """`pointer` is `ivr_abc:7`; `did` is the number the menu is tried under, None: it has none."""

    pointer: str
    did: E164 | None = None

    def to_json(self) -> str:
        return json.dumps({"pointer": self.pointer, "did": self.did})


def parse_ticket(text: str | bytes) -> Ticket:
    """The inverse of `to_json`; raises ValueError when it is not one of ours."""
    document = json.loads(text)
    try:
        pointer, did = document["pointer"], document["did"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"a ticket with a part missing: {error!r}") from error
    if not isinstance(pointer, str):
        raise ValueError("a ticket to no menu")
    return Ticket(pointer, None if did is None else parse_e164(did))


def new_ticket() -> str:
    return f"test-{secrets.token_hex(16)}"


def new_draft_id() -> str:
    return f"ivr_draft{secrets.token_hex(16)}"


def is_draft(ivr_id: str | None) -> bool:
    """Whether the menu was tried without being saved: then nothing that its calls do is kept, but their records."""
    return ivr_id is not None and _DRAFT.fullmatch(ivr_id) is not None
