"""One fault of what a client sent, or one warning about it: in a document a Problem, in a file a BadLine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault or warning: where (RFC 6901 pointer), a stable code, a sentence, the node it belongs to."""

    pointer: str
    code: str
    message: str
    node: str | None = None


class BadLine(NamedTuple):
    """A line of an imported file that is no number; `line` counts from 1, `reason` is for people."""

    line: int
    reason: str


def pointer(*parts: str | int) -> str:
    """RFC 6901: ("nodes", "a/b") -> "/nodes/a~1b"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)

