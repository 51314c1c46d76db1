"""A line of an imported file that is no number."""

from __future__ import annotations

from typing import NamedTuple


class BadLine(NamedTuple):
    """`line` counts from 1; `reason` is for people."""

    line: int
    reason: str

