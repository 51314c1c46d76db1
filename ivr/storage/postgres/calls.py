"""Call records in Postgres: one row for each call, however often and in whatever order records come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from ivr.domain.call_records import CallRecord, find_time_of_id, utc_now
from ivr.ports.calls import CallFilter, CallSort
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.call_months import back_from
from ivr.storage.postgres.call_rows import COLUMNS, record_of_row
from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import rows_wanted
from ivr.storage.postgres.searches import found_by, has_digits, has_part
from ivr.storage.postgres.sorting import SortedList, SortKey

_CONDITIONS = {
    "did": "did = %(did)s",
    "ani": "ani = %(ani)s",
    "ivr_id": "ivr_id = %(ivr_id)s",
    "outcome": "outcome = %(outcome)s",
    "language": "language = %(language)s",
    "since": "started_at >= %(since)s",
    "until": "started_at < %(until)s",
    "test": "test = %(test)s",
}
_ONE = f"select {COLUMNS} from call_record where call_id = %s"  # noqa: S608
_CALLS = SortedList(
    COLUMNS, "call_record", {"started_at": SortKey("started_at", "time")}, "-started_at", "call_id"
)
# A call's id is made when it arrives; its record may have another start when clocks were set.
_NEAR_ITS_ID = timedelta(days=1)
_FEW = 1000
_END = datetime.max.replace(tzinfo=UTC)


class PostgresCalls:
    """A CallStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def started(self, record: CallRecord, *, writer: str = "") -> None:
        with self._database.transaction() as connection:
            write_calls(connection, [(record, writer)])

    def ended(self, record: CallRecord, *, writer: str = "") -> None:
        with self._database.transaction() as connection:
            write_calls(connection, [(record, writer)])

    def find(self, call_id: str) -> CallRecord | None:
        with self._database.transaction() as connection:
            row = None
            if (made_at := find_time_of_id(call_id)) is not None:
                # Nearly always there, in one month or two.
                about = _moved(made_at, -_NEAR_ITS_ID), _moved(made_at, _NEAR_ITS_ID)
                row = connection.execute(_ONE + " and started_at between %s and %s", (call_id, *about)).fetchone()
            if row is None:
                row = connection.execute(_ONE, (call_id,)).fetchone()
        return record_of_row(row) if row else None

    def list(
        self,
        wanted: CallFilter | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: CallSort | None = None,
    ) -> ListPage[CallRecord]:
        wanted = wanted or CallFilter()
        conditions, values = calls_wanted(wanted)
        place = _CALLS.place_of(cursor, sort)
        seek, order = _CALLS.seek(place, sort)
        conditions.append(seek)
        if place is not None:
            # The second half is for the planner, which leaves out the other months by it.
            conditions.append(f"started_at {'<=' if order.startswith('started_at desc') else '>='} %(at_key)s")
            values |= {"at_key": place.key, "at_unique": place.unique}
        with self._database.transaction() as connection:
            if wanted.search.words and _are_few(connection, conditions, values):
                rows = _all_of(connection, conditions, {**values, "limit": rows_wanted(limit)}, order)
            elif order.startswith("started_at desc"):
                newest = min(utc_now(), wanted.until or _END)
                newest = min(newest, place.key) if place and isinstance(place.key, datetime) else newest
                rows = _newest(connection, conditions, values, newest, wanted.since, limit)
            else:
                rows = _first_of(connection, conditions, {**values, "limit": rows_wanted(limit)}, order)
        return _CALLS.page(rows, place, limit, sort, record_of_row)

    def count(self, wanted: CallFilter | None = None, *, at_most: int) -> int:
        conditions, values = calls_wanted(wanted or CallFilter())
        with self._database.transaction() as connection:
            row = connection.execute(
                "select count(*) as calls from (select 1 from call_record"  # noqa: S608
                f" where {' and '.join(conditions)} limit %(at_most)s) counted",
                {**values, "at_most": at_most},
            ).fetchone()
        return int(row["calls"]) if row else 0

    def count_by_menu(self, ivr_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select ivr_id, count(*) as calls from call_record"
                " where ivr_id = any(%s) and started_at >= %s and not test group by ivr_id",
                (list(ivr_ids), since),
            )
            return {row["ivr_id"]: row["calls"] for row in rows}


def calls_wanted(wanted: CallFilter) -> tuple[list[str], dict[str, Any]]:
    """Conditions of SQL, and their values."""
    given = asdict(wanted)
    del given["search"]
    values = {name: value for name, value in given.items() if value is not None}
    found, searched = found_by(wanted.search, _menu_or_id_is, _number_has)
    return [*(_CONDITIONS[name] for name in values), found], values | searched


def _menu_or_id_is(word: str) -> str:
    menus = f"select i.id from ivr i where {has_part('i.name', word)}"  # noqa: S608
    return f"(call_id = {word} or ivr_id = any(array({menus})))"


def _number_has(digits: str) -> str:
    return f"({has_digits('ani', digits)} or {has_digits('did', digits)})"


def _newest(
    connection: Connection,
    conditions: Sequence[str],
    values: Mapping[str, Any],
    newest: datetime,
    since: datetime | None,
    limit: int,
) -> list[DictRow]:
    """The newest of these calls, month by month back until there are enough."""
    rows: list[DictRow] = []
    for span in back_from(newest):
        given = {**values, "from": span[0], "before": span[1], "limit": rows_wanted(limit) - len(rows)}
        rows += _first_of(connection, [*conditions, *_within(span)], given, "started_at desc, call_id desc")
        complete = since is not None and span[0] is not None and span[0] <= since
        if complete or len(rows) == rows_wanted(limit):
            break
    return rows


def _are_few(connection: Connection, conditions: Sequence[str], values: Mapping[str, Any]) -> bool:
    """Whether so few calls meet the conditions that to find all of them and sort them is the shorter way. The planner
    takes them for many, and would look through the newest calls for them one by one."""
    row = connection.execute(
        f"select count(*) as n from (select 1 from call_record where {' and '.join(conditions)} limit %(few)s) found",  # noqa: S608
        {**values, "few": _FEW},
    ).fetchone()
    return row is not None and row["n"] < _FEW


def _all_of(
    connection: Connection, conditions: Sequence[str], values: Mapping[str, Any], order: str
) -> list[DictRow]:
    return connection.execute(
        f"with found as materialized (select {COLUMNS}, started_at as sort_key, call_id as sort_unique"  # noqa: S608
        f" from call_record where {' and '.join(conditions)})"
        f" select * from found order by {order} limit %(limit)s",
        values,
    ).fetchall()


def _first_of(
    connection: Connection, conditions: Sequence[str], values: Mapping[str, Any], order: str
) -> list[DictRow]:
    return connection.execute(
        f"select {COLUMNS}, started_at as sort_key, call_id as sort_unique from call_record"  # noqa: S608
        f" where {' and '.join(conditions)} order by {order} limit %(limit)s",
        values,
    ).fetchall()


def _within(span: tuple[datetime | None, datetime | None]) -> Iterator[str]:
    if span[0] is not None:
        yield "started_at >= %(from)s"
    if span[1] is not None:
        yield "started_at < %(before)s"


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def call_from_json(document: Mapping[str, Any]) -> CallRecord:
    """The inverse of CallRecord.to_json, its times in UTC; raises TypeError, ValueError, KeyError,
    OverflowError."""
    ended_at = document["ended_at"]
    times = {"started_at": _aware(document["started_at"]), "ended_at": _aware(ended_at) if ended_at else None}
    return record_of_row({**document, **times})


def _aware(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return time.astimezone(UTC)
