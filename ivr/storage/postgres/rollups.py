"""Sums over ended calls, updated with every call record: `funnel_day` (per menu, version, day and node; again by
month, and by day for each language of a menu that speaks several) and `usage_day` (per day, menu, number dialled and
the rates in force; again without the number, and by day alone).

A call's share is a pure function of its record (`ivr.domain.reports`), so a record that is replaced is taken out by
the same function that put it in. Callers hold the lock of `ivr.storage.postgres.call_months`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from ivr.domain.call_records import CallRecord
from ivr.domain.reports.funnel import NodeCounts, funnel_of
from ivr.domain.reports.usage import Rates, Usage, UsageKey, usage_of
from ivr.storage.postgres.call_rows import record_of_row
from ivr.storage.postgres.database import Connection

USAGE = ("calls", "menu_ms", "agent_calls", "talk_ms", "deflected_calls", "deflected_ms")
# The same sums three times, by their keys, the coarsest first: a bill by days is read from a row a day, not from a
# row for each number and day.
USAGE_TABLES: dict[LiteralString, tuple[LiteralString, ...]] = {
    "usage_whole_day": ("day", "ivr_usd_min", "agent_usd_min"),
    "usage_menu_day": ("ivr_id", "day", "ivr_usd_min", "agent_usd_min"),
    "usage_day": ("day", "ivr_id", "did", "ivr_usd_min", "agent_usd_min"),
}
# The same counts twice, by the first day of a month and by the day: a funnel of a year is read from its months. They
# are summed in this order, for a table's own rows are added to what is to be written.
FUNNEL_TABLES: dict[LiteralString, LiteralString] = {"funnel_month": "month", "funnel_day": "day"}
# The counts of days once more, of the calls that have come to a language.
FUNNEL_OF_LANGUAGES: LiteralString = "funnel_language_day"
ROLLUPS = (*FUNNEL_TABLES, FUNNEL_OF_LANGUAGES, *USAGE_TABLES)

_DAYS_OF_MONTHS = """
select ivr_id, date_trunc('month', day)::date as month, ivr_version, node, counts from funnel_day
order by ivr_id, date_trunc('month', day), ivr_version, node
"""
_INTO_MONTHS = "copy funnel_month (ivr_id, month, ivr_version, node, counts) from stdin"


class Counted(NamedTuple):
    """A record with the rates that were in force when it was first counted."""

    record: CallRecord
    rates: Rates


class NodeDay(NamedTuple):
    """`language`: empty, of calls of all languages."""

    ivr_id: str
    version: int
    day: date
    node: str
    language: str = ""


class RollupChange:
    """Amounts to add to the roll-ups; they may be negative."""

    def __init__(self) -> None:
        self.funnel: dict[NodeDay, NodeCounts] = {}
        self.languages: dict[NodeDay, NodeCounts] = {}
        self.usage: dict[UsageKey, Usage] = {}

    def add(self, counted: Counted | None, sign: int = 1) -> None:
        if counted is None:
            return
        record = counted.record
        day = record.started_at.astimezone(UTC).date()
        for node, counts in funnel_of(record).items():
            key = NodeDay(record.ivr_id or "", record.ivr_version or 0, day, node)
            self.funnel.setdefault(key, NodeCounts()).add(counts, sign)
            if record.language:
                key = key._replace(language=record.language)
                self.languages.setdefault(key, NodeCounts()).add(counts, sign)
        used = usage_of(record, counted.rates)
        if used is not None:
            self.usage.setdefault(used[0], Usage()).add(used[1], sign)


def bring_to(connection: Connection, before: Iterable[Counted | None], now: Iterable[Counted]) -> None:
    """Replace the share of `before` by that of `now`."""
    change = RollupChange()
    for counted in before:
        change.add(counted, -1)
    for counted in now:
        change.add(counted)
    _add_funnel(connection, change.funnel)
    _add_rows(connection, FUNNEL_OF_LANGUAGES, "day", change.languages)
    _add_usage(connection, change.usage)


def rebuild(connection: Connection, tables: Collection[LiteralString] = ROLLUPS) -> int:
    """Count all records again, in one transaction; returns their number. A migration passes the tables that there
    were in its time."""
    connection.execute(f"truncate {', '.join(tables)}")
    change, count = RollupChange(), 0
    for counted in _all(connection):
        change.add(counted)
        count += 1
    _add_funnel(connection, change.funnel, tables)
    if FUNNEL_OF_LANGUAGES in tables:
        _add_rows(connection, FUNNEL_OF_LANGUAGES, "day", change.languages)
    _add_usage(connection, change.usage, tables)
    return count


def sum_months(connection: Connection) -> int:
    """Fills `funnel_month`, which is empty, from the days; returns its rows."""
    rows = 0
    with connection.transaction(), connection.cursor("days", row_factory=dict_row) as days:
        days.itersize = 5000
        days.execute(_DAYS_OF_MONTHS)
        months = (
            (*place, Jsonb(NodeCounts.sum_of_json(row["counts"] for row in same).to_json()))
            for place, same in groupby(days, itemgetter("ivr_id", "month", "ivr_version", "node"))
        )
        while some := list(islice(months, 5000)):
            with connection.cursor() as cursor, cursor.copy(_INTO_MONTHS) as copy:
                for row in some:
                    copy.write_row(row)
            rows += len(some)
    return rows


def _all(connection: Connection) -> Iterator[Counted]:
    with connection.cursor("all_calls", row_factory=dict_row) as cursor:
        cursor.itersize = 5000
        # Not by their names: a migration comes here, to a table that does not have every column yet.
        cursor.execute("select * from call_record where outcome is not null")
        for row in cursor:
            yield Counted(record_of_row(row), Rates(row.pop("ivr_usd_min"), row.pop("agent_usd_min")))


def _add_funnel(
    connection: Connection, change: dict[NodeDay, NodeCounts], tables: Collection[LiteralString] = ROLLUPS
) -> None:
    for table, column in FUNNEL_TABLES.items():
        if table not in tables:
            continue
        _add_rows(connection, table, column, _by_month(change) if column == "month" else change)


def _add_rows(
    connection: Connection, table: LiteralString, column: LiteralString, sums: Mapping[NodeDay, NodeCounts]
) -> None:
    keys = sorted(key for key, counts in sums.items() if not counts.is_empty)
    for start in range(0, len(keys), 1000):
        _add_nodes(connection, table, column, {key: sums[key] for key in keys[start : start + 1000]})


def _by_month(days: Mapping[NodeDay, NodeCounts]) -> dict[NodeDay, NodeCounts]:
    """The same summed, each at the first day of its month."""
    months: dict[NodeDay, NodeCounts] = {}
    for key, counts in days.items():
        months.setdefault(key._replace(day=key.day.replace(day=1)), NodeCounts()).add(counts)
    return months


def _add_nodes(
    connection: Connection, table: LiteralString, column: LiteralString, change: dict[NodeDay, NodeCounts]
) -> None:
    language, same_language = "", ""
    if table == FUNNEL_OF_LANGUAGES:
        language, same_language = "language, ", f" and {table}.language = wanted.language"
    wanted = Jsonb([{**key._asdict(), "day": key.day.isoformat()} for key in change])
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "select ivr_id, ivr_version, wanted.day, node, wanted.language, counts"  # noqa: S608
            f" from {table} join jsonb_to_recordset(%s)"
            " as wanted(ivr_id text, version integer, day date, node text, language text) using (ivr_id, node)"
            f" where ivr_version = version and {table}.{column} = wanted.day{same_language}",
            (wanted,),
        ).fetchall()
    for row in rows:
        key = NodeDay(row["ivr_id"], row["ivr_version"], row["day"], row["node"], row["language"])
        change[key].add(NodeCounts.of_json(row["counts"]))
    connection.execute(
        f"insert into {table} (ivr_id, ivr_version, {column}, node, {language}counts)"  # noqa: S608
        f" select ivr_id, version, day, node, {language}counts from jsonb_to_recordset(%s)"
        " as now(ivr_id text, version integer, day date, node text, language text, counts jsonb)"
        f" on conflict (ivr_id, {language}{column}, ivr_version, node) do update set counts = excluded.counts",
        (
            Jsonb(
                [
                    {**key._asdict(), "day": key.day.isoformat(), "counts": counts.to_json()}
                    for key, counts in change.items()
                ]
            ),
        ),
    )


def _add_usage(
    connection: Connection, change: dict[UsageKey, Usage], tables: Collection[LiteralString] = ROLLUPS
) -> None:
    for table, columns in USAGE_TABLES.items():
        if table not in tables:
            continue
        sums: dict[tuple[str, ...], Usage] = {}
        for key, usage in change.items():
            place = _usage_place(key)
            sums.setdefault(tuple(place[column] for column in columns), Usage()).add(usage)
        rows = [_usage_row(columns, key, usage) for key, usage in sums.items() if usage != Usage()]
        names = ", ".join((*columns, *USAGE))
        for start in range(0, len(rows), 5000):
            connection.execute(
                f"""
                insert into {table} as u ({names})
                select {names} from jsonb_populate_recordset(null::{table}, %s)
                on conflict ({", ".join(columns)}) do update set
                    {", ".join(f"{name} = u.{name} + excluded.{name}" for name in USAGE)}
                """,  # noqa: S608
                (Jsonb(rows[start : start + 5000]),),
            )


def _usage_place(key: UsageKey) -> dict[str, str]:
    return {
        "day": key.day.isoformat(),
        "ivr_id": key.ivr_id,
        "did": key.did or "",
        "ivr_usd_min": str(key.rates.ivr_usd_min),
        "agent_usd_min": str(key.rates.agent_usd_min),
    }


def _usage_row(columns: tuple[str, ...], key: tuple[str, ...], usage: Usage) -> dict[str, Any]:
    return {**dict(zip(columns, key, strict=True)), **{name: getattr(usage, name) for name in USAGE}}
