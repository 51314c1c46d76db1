"""Pages of lists: what every store's `list` takes and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)
# The actor of a change that was made by no user and no API key.
SYSTEM = "digitree"

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T_co]):
    """One page of a list. `next_cursor` is opaque and None on the last page; a bad one raises InvalidCursor."""

    items: Sequence[T_co]
    next_cursor: str | None = None

