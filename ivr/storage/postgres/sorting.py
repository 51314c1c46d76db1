"""Lists that are read in several orders, and both ways.

A cursor has the order, the direction, and the key of the row that it stands at: `after` it for the next page,
`before` it for the previous one. Rows of equal keys are told apart by a unique column, so that no page misses or
repeats one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from psycopg.rows import DictRow

from ivr.domain.errors import InvalidCursor
from ivr.ports.pages import MOST_COUNTED, ListPage
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.paging import pack_cursor, rows_wanted, unpack_cursor

Item = TypeVar("Item")
Direction = Literal["after", "before"]


@dataclass(frozen=True, slots=True)
class SortKey:
    """An expression of SQL that is never null."""

    sql: str
    kind: Literal["text", "time"] = "text"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after or before the row with this key and this value of the unique column."""

    direction: Direction
    key: str | datetime
    unique: str


@dataclass(frozen=True, slots=True)
class SortedList:
    """`columns` and `source` of a select; `keys` by the names that the API has; `usual` the order without a choice,
    with `-` before it descending; `unique` an expression of SQL."""

    columns: str
    source: str
    keys: Mapping[str, SortKey]
    usual: str
    unique: str

    def read(
        self,
        connection: Connection,
        item: Callable[[DictRow], Item],
        conditions: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
        *,
        limit: int,
        cursor: str | None = None,
        sort: str | None = None,
        total: bool = False,
    ) -> ListPage[Item]:
        """One page of the rows that meet the conditions. Raises InvalidCursor."""
        place = self.place_of(cursor, sort)
        given = dict(values or {})
        seek, order = self.seek(place, sort)
        found = connection.execute(
            f"select {self.columns}, {self._key(sort).sql} as sort_key, {self.unique} as sort_unique"  # noqa: S608
            f" from {self.source} where {' and '.join([*conditions, seek])} order by {order} limit %(rows)s",
            {**given, **_values(place), "rows": rows_wanted(limit)},
        ).fetchall()
        page = self.page(found, place, limit, sort, item)
        if not total:
            return page
        return ListPage(page.items, page.next_cursor, page.previous_cursor, self.count(connection, conditions, given))

    def count(self, connection: Connection, conditions: Sequence[str], values: Mapping[str, Any]) -> int:
        row = connection.execute(
            f"select count(*) as n from (select 1 from {self.source}"  # noqa: S608
            f" where {' and '.join(conditions or ['true'])} limit {MOST_COUNTED}) counted",
            values,
        ).fetchone()
        return int(row["n"]) if row else 0

    def place_of(self, cursor: str | None, sort: str | None) -> Place | None:
        if cursor is None:
            return None
        name, direction, key, unique = unpack_cursor(cursor, 4)
        if name != (sort or self.usual) or direction not in ("after", "before"):
            raise InvalidCursor("this cursor was not made by this list in this order")
        way: Direction = "after" if direction == "after" else "before"
        return Place(way, _time(key) if self._key(sort).kind == "time" else key, unique)

    def seek(self, place: Place | None, sort: str | None) -> tuple[str, str]:
        """The condition of the place, and the order in which rows are read from there."""
        descending = (sort or self.usual).startswith("-") != (place is not None and place.direction == "before")
        way, sign = ("desc", "<") if descending else ("asc", ">")
        key = self._key(sort).sql
        seek = f"({key}, {self.unique}) {sign} (%(at_key)s, %(at_unique)s)" if place else "true"
        return seek, f"{key} {way}, {self.unique} {way}"

    def page(
        self,
        found: Sequence[DictRow],
        place: Place | None,
        limit: int,
        sort: str | None,
        item: Callable[[DictRow], Item],
    ) -> ListPage[Item]:
        """The page of what was read from that place with rows_wanted(limit)."""
        size = rows_wanted(limit) - 1
        more, shown = len(found) > size, list(found[:size])
        backwards = place is not None and place.direction == "before"
        if backwards:
            shown.reverse()
        if not shown:
            return ListPage([])
        # From where one came there are rows: those of the cursor.
        after = self._cursor("after", shown[-1], sort) if more or backwards else None
        before = self._cursor("before", shown[0], sort) if (more if backwards else place is not None) else None
        return ListPage([item(row) for row in shown], after, before)

    def _key(self, sort: str | None) -> SortKey:
        return self.keys[(sort or self.usual).removeprefix("-")]

    def _cursor(self, direction: Direction, row: DictRow, sort: str | None) -> str:
        key = row["sort_key"]
        text = key.isoformat() if isinstance(key, datetime) else str(key)
        return pack_cursor(sort or self.usual, direction, text, row["sort_unique"])


def by_name(columns: str, table: str) -> SortedList:
    """A list of what has a unique name, and the times when it was made and changed."""
    keys = {
        "name": SortKey("name"),
        "created_at": SortKey("created_at", "time"),
        "updated_at": SortKey("updated_at", "time"),
    }
    return SortedList(columns, table, keys, "name", "name")


def without_keys(row: DictRow) -> dict[str, Any]:
    """The columns of a row that are its own."""
    return {name: value for name, value in row.items() if name not in ("sort_key", "sort_unique")}


def _values(place: Place | None) -> dict[str, Any]:
    return {"at_key": place.key, "at_unique": place.unique} if place else {}


def _time(text: str) -> datetime:
    with suppress(ValueError):
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time
    raise InvalidCursor("this cursor was not made by this list")
