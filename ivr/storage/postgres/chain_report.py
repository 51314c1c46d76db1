"""What the check of a chain found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`events` of the chain that are right, up to `head_hash`; `fault` is the first thing that is not, or None. Of
    `pruned` only the links are there, for the retention let their content go."""

    chain: str
    events: int
    head_hash: str
    fault: str | None
    pruned: int = 0
