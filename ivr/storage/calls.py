"""Call records in Postgres: one row a call, whoever writes it, however often and in whatever order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from psycopg.types.json import Json

from ivr.domain.calls import AgentAttempt, CallRecord, Outcome, Step
from ivr.domain.ports import DEFAULT_LIMIT, CallFilter, Page
from ivr.storage.database import Connection, Database, clean_text
from ivr.storage.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_FIELDS = tuple(each.name for each in fields(CallRecord))
_COLUMNS = ", ".join(_FIELDS)

# `stage` grows with every take-over and with the end: what comes late changes nothing, what comes twice changes
# nothing new. Before the end a later document of the same worker replaces the earlier one, but does not bring a
# call back that was found lost. An end that tells our own failure gives way to that of the worker who went on.
_WRITE = f"""
    insert into call_record as c ({_COLUMNS}, writer)
    values ({", ".join(f"%({name})s" for name in _FIELDS)}, %(writer)s)
    on conflict (call_id) do update set
        {", ".join(f"{name} = excluded.{name}" for name in _FIELDS if name not in ("call_id", "outcome"))},
        outcome = case when c.stage = excluded.stage then coalesce(excluded.outcome, c.outcome)
            else excluded.outcome end,
        writer = excluded.writer
    where c.stage < excluded.stage
        or (c.stage = excluded.stage and (c.ended_at is null or c.outcome in ('failed', 'lost')))
"""  # noqa: S608

_CONDITIONS = {
    "did": "did = %(did)s",
    "ani": "ani = %(ani)s",
    "ivr_id": "ivr_id = %(ivr_id)s",
    "outcome": "outcome = %(outcome)s",
    "since": "started_at >= %(since)s",
    "until": "started_at < %(until)s",
}


class PostgresCalls:
    """ports.CallStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def started(self, record: CallRecord, *, writer: str = "") -> None:
        with self._database.transaction() as connection:
            write_call(connection, record, writer)

    def ended(self, record: CallRecord, *, writer: str = "") -> None:
        with self._database.transaction() as connection:
            write_call(connection, record, writer)

    def find(self, call_id: str) -> CallRecord | None:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"select {_COLUMNS} from call_record where call_id = %s",  # noqa: S608
                (call_id,),
            ).fetchone()
        return _record(row) if row else None

    def list(
        self, wanted: CallFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[CallRecord]:
        values = {name: value for name, value in asdict(wanted or CallFilter()).items() if value is not None}
        conditions = [_CONDITIONS[name] for name in values]
        after = unpack_time_cursor(cursor)
        if after is not None:
            conditions.append("(started_at, call_id) < (%(after_at)s, %(after_id)s)")
            values |= {"after_at": after[0], "after_id": after[1]}
        where = f"where {' and '.join(conditions)}" if conditions else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from call_record {where}"  # noqa: S608
                " order by started_at desc, call_id desc limit %(limit)s",
                {**values, "limit": rows_wanted(limit)},
            ).fetchall()
        return make_page(
            rows, limit, _record, lambda row: pack_cursor(row["started_at"].isoformat(), row["call_id"])
        )

    def count_by_menu(self, ivr_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select ivr_id, count(*) as calls from call_record"
                " where ivr_id = any(%s) and started_at >= %s group by ivr_id",
                (list(ivr_ids), since),
            )
            return {row["ivr_id"]: row["calls"] for row in rows}


def write_call(connection: Connection, record: CallRecord, writer: str) -> None:
    """Writes what this record knows beyond what is there. `writer` is the journal it came from."""
    values = {name: getattr(record, name) for name in _FIELDS}
    values |= {"path": [asdict(each) for each in record.path], "agent": [asdict(each) for each in record.agent]}
    values = clean_text(values)
    values |= {"path": Json(values["path"]), "agent": Json(values["agent"]), "writer": writer}
    connection.execute(_WRITE, values)


def mark_lost(
    connection: Connection,
    *,
    before: datetime,
    machine: str,
    live_writers: list[str],
    before_if_dead: datetime,
) -> int:
    """Calls that nobody will end any more get the outcome `lost`: begun before `before`, or before
    `before_if_dead` by a writer of this machine that is dead. Should an end come after all, it wins."""
    done = connection.execute(
        """
        update call_record set outcome = 'lost'
        where outcome is null and ended_at is null and (
            started_at < %(before)s
            or (started_at < %(before_if_dead)s and strpos(writer, %(machine)s) > 0
                and writer <> all(%(live)s))
        )
        """,
        {"before": before, "before_if_dead": before_if_dead, "machine": machine, "live": live_writers},
    )
    return done.rowcount


def call_from_json(document: Mapping[str, Any]) -> CallRecord:
    """The inverse of CallRecord.to_json; raises TypeError, ValueError or KeyError."""
    ended_at = document["ended_at"]
    times = {"started_at": _aware(document["started_at"]), "ended_at": _aware(ended_at) if ended_at else None}
    return _record({**document, **times})


def _aware(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return time


def _record(row: Mapping[str, Any]) -> CallRecord:
    return CallRecord(
        **{
            **row,
            "outcome": Outcome(row["outcome"]) if row["outcome"] else None,
            "path": [Step(**each) for each in row["path"]],
            "agent": [AgentAttempt(**each) for each in row["agent"]],
        }
    )
