"""Call records in Postgres: one row for each call, however often and in whatever order records come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from ivr.domain.call_records import CallRecord, find_time_of_id, utc_now
from ivr.ports.calls import CallFilter
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.call_months import back_from
from ivr.storage.postgres.call_rows import COLUMNS, record_of_row
from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor
from ivr.storage.postgres.searches import found_by, has_part

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
# A call's id is made when it arrives; its record may have another start when clocks were set.
_NEAR_ITS_ID = timedelta(days=1)
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
        self, wanted: CallFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[CallRecord]:
        wanted = wanted or CallFilter()
        conditions, values = _wanted(wanted)
        newest = min(utc_now(), wanted.until or _END)
        if (after := unpack_time_cursor(cursor)) is not None:
            # The first half is for the planner, which leaves out later months by it.
            conditions.append("started_at <= %(after_at)s and (started_at, call_id) < (%(after_at)s, %(after_id)s)")
            values |= {"after_at": after[0], "after_id": after[1]}
            newest = min(newest, after[0])
        rows: list[DictRow] = []
        with self._database.transaction() as connection:
            for span in back_from(newest):
                values |= {"from": span[0], "before": span[1], "limit": rows_wanted(limit) - len(rows)}
                rows += _newest_of(connection, [*conditions, *_within(span)], values)
                complete = wanted.since is not None and span[0] is not None and span[0] <= wanted.since
                if complete or len(rows) == rows_wanted(limit):
                    break
        return make_page(
            rows, limit, record_of_row, lambda row: pack_cursor(row["started_at"].isoformat(), row["call_id"])
        )

    def count(self, wanted: CallFilter | None = None, *, at_most: int) -> int:
        conditions, values = _wanted(wanted or CallFilter())
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


def _wanted(wanted: CallFilter) -> tuple[list[str], dict[str, Any]]:
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
    return f"(strpos(ani, {digits}) > 0 or strpos(did, {digits}) > 0)"


def _newest_of(connection: Connection, conditions: Sequence[str], values: Mapping[str, Any]) -> list[DictRow]:
    return connection.execute(
        f"select {COLUMNS} from call_record where {' and '.join(conditions)}"  # noqa: S608
        " order by started_at desc, call_id desc limit %(limit)s",
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
