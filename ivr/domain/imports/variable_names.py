"""Names of variables that are no other meaning's here."""

from __future__ import annotations

_RESERVED = frozenset({"caller", "called", "random", "hours", "list", "language", "verstat"})


def free_of_reserved(name: str) -> str:
    """The name, or one beside it where it has a meaning of its own here."""
    return f"{name}_value" if name.partition(".")[0] in _RESERVED else name
