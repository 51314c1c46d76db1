"""Pages of lists: what every store's `list` takes and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

# Of lists of what has a name and was made and changed at some time; - is the other way round.
NameSort = Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]

T_co = TypeVar("T_co", covariant=True)
# The actor of a change that was made by no user and no API key.
SYSTEM = "digitree"

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
# Counting goes no further: it would read every row.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T_co]):
    """One page of a list. `next_cursor` is opaque and None on the last page; a bad one raises InvalidCursor. Lists
    that can be sorted have `previous_cursor`, None on the first page, and `total` where it was asked for."""

    items: Sequence[T_co]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    total: int | None = None

