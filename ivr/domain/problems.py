"""One fault of what a client sent, or one warning about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault or warning: where (RFC 6901 pointer), a stable code, a sentence, the node it belongs to."""

    pointer: str
    code: str
    message: str
    node: str | None = None



def pointer(*parts: str | int) -> str:
    """RFC 6901: ("nodes", "a/b") -> "/nodes/a~1b"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)

