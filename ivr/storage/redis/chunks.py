"""Many items a few at a time, so that no request to Redis keeps others waiting for long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last perhaps shorter; nothing of no items. `items` is read only as far as they are
    asked for."""
    waiting = iter(items)
    while some := list(islice(waiting, size)):
        yield some
