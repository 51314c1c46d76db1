"""Pages of lists that are read whole: those that seldom have more than a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from admin.http.models import ShortListQuery
from ivr.ports.pages import ListPage
from ivr.storage.postgres.paging import pack_cursor, unpack_cursor

T = TypeVar("T")


def page_of(
    items: Iterable[T], query: ShortListQuery, key: Callable[[T], tuple[str, ...]], *, last_first: bool = False
) -> ListPage[T]:
    """The items in the order of their keys, which differ, from the cursor on; raises InvalidCursor."""
    found = sorted(items, key=key, reverse=last_first)
    if query.cursor is not None:
        size = len(key(found[0])) if found else None
        after = tuple(unpack_cursor(query.cursor, size))
        found = [each for each in found if (key(each) < after if last_first else key(each) > after)]
    if query.limit is None or len(found) <= query.limit:
        return ListPage(found)
    shown = found[: query.limit]
    return ListPage(shown, pack_cursor(*key(shown[-1])))
