"""A fault of what a client sent, or a warning about it: a Problem in a document, a BadLine in a file."""

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
    """A line of an imported file without a valid number; `line` counts from 1, `reason` is for people, `raw` is the
    text that stands in the place of the number."""

    line: int
    reason: str
    raw: str = ""


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901): ("nodes", "a/b") -> "/nodes/a~1b"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)

