"""What stands in place of a number in a record, in words."""

from __future__ import annotations

from admin.http.language import later, t
from ivr.domain.tickets import RUNG

_WORDS = {
    "anonymous": later("number withheld"),
    RUNG: later("an agent, for a test"),
}


def signalled_text(raw: str) -> str:
    """Any other text as it is."""
    return t(_WORDS[raw]) if raw in _WORDS else raw
