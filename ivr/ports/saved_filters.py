"""Filters of calls that a user keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_FILTERS = 30
MAX_FILTER_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """`query`: the fields of the page of calls, as they were typed."""

    filter_id: str
    name: str
    query: Mapping[str, str]


class SavedFilterStore(Protocol):
    """`owner` is the id of a user or of a key; each has filters of their own."""

    def list(self, owner: str) -> Sequence[SavedFilter]:
        """By name."""

    def save(self, owner: str, name: str, query: Mapping[str, str]) -> None:
        """Keep it under this name, in place of one that has it. The oldest goes beyond MAX_FILTERS."""

    def rename(self, owner: str, filter_id: str, name: str) -> bool:
        """False where the owner has no such filter, or another one of this name."""

    def delete(self, owner: str, filter_id: str) -> None:
        """Nothing is done where there is none."""
