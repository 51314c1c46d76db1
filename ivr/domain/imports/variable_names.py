"""Names of variables that are no other meaning's here."""

from __future__ import annotations

from ivr.domain.menu.variables import LANGUAGE, RESERVED

# `language` and `verstat` may be set, but mean something to calls.
_RESERVED = frozenset({*RESERVED, LANGUAGE, "verstat"})


def free_of_reserved(name: str) -> str:
    """The name, or one beside it where it has a meaning of its own here."""
    return f"{name}_value" if name.partition(".")[0] in _RESERVED else name
