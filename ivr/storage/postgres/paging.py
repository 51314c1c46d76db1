"""Cursors: the sort key of a page's last row, packed so that clients do not build on it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from ivr.domain.errors import InvalidCursor
from ivr.ports.pages import MAX_LIMIT, ListPage

# The limit of a page of large rows, as text; a menu has up to 256 kB.
MAX_PAGE_BYTES = 2 * 1024 * 1024

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

Row = TypeVar("Row")
Item = TypeVar("Item", covariant=True)


def pack_cursor(*key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def unpack_cursor(cursor: str, length: int | None) -> list[str]:
    """The key's `length` texts (None: any number); raises InvalidCursor."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        key = None
    whole = isinstance(key, list) and all(isinstance(part, str) for part in key)
    if not whole or length not in (None, len(key)):
        raise InvalidCursor("this cursor was not made by this list")
    # Postgres cannot store NUL, and no UTF-8 can carry half a surrogate pair.
    if any(_UNSTORABLE.search(part) for part in key):
        raise InvalidCursor("this cursor was not made by this list")
    return key


def unpack_time_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """The (time, id) of a list that is sorted by both."""
    if cursor is None:
        return None
    at, row_id = unpack_cursor(cursor, 2)
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        raise InvalidCursor("this cursor was not made by this list") from None
    if time.tzinfo is None:
        raise InvalidCursor("this cursor was not made by this list")
    return time, row_id


def rows_wanted(limit: int) -> int:
    """One row more than the page has, to know whether there is a next page."""
    return max(1, min(limit, MAX_LIMIT)) + 1


def make_page(
    rows: Sequence[Row], limit: int, item: Callable[[Row], Item], cursor: Callable[[Row], str], more: bool = False
) -> ListPage[Item]:
    """A page of rows fetched with rows_wanted(limit); `more`: there are others, though these are fewer."""
    size = rows_wanted(limit) - 1
    shown = rows[:size]
    return ListPage([item(row) for row in shown], cursor(shown[-1]) if len(rows) > size or (more and shown) else None)


def within_bytes(rows: str, order: str, size: str) -> str:
    """The query `rows`, cut off where its rows, in that order, hold more than MAX_PAGE_BYTES by `size`, an expression
    over them. Two are always there, one and what tells that it is not the last; `more` says that others follow.

    A page of 200 menus would take their text, and ten times as much once it is parsed."""
    return f"""
        select * from (
            select *, lead(true, 1, false) over rows_in_order as more, row_number() over rows_in_order as place,
                sum({size}) over (rows_in_order rows between unbounded preceding and 1 preceding) as before_it
            from ({rows}) wanted window rows_in_order as (order by {order})
        ) measured
        where place <= 2 or before_it < {MAX_PAGE_BYTES} order by place
    """  # noqa: S608
