"""Reading the roll-ups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ivr.domain.reports.days import day_starts, edges_of, span, whole_utc_days
from ivr.domain.reports.usage import Rates, Usage, spent
from ivr.ports.reports import Funnel, Group, SpeechLine, UsageLine
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.funnels import merged, read_funnel_calls, read_funnel_days
from ivr.storage.postgres.rollups import USAGE, USAGE_TABLES
from ivr.storage.postgres.zoned_usage import COLUMNS, read_zoned_usage

# A year of a busy menu is more than the few milliseconds of a look-up.
_BUDGET_S = 20.0
_IN_UTC = (
    "charged_at >= %(first)s::date::timestamp at time zone 'UTC'"
    " and charged_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'"
)
_BETWEEN = "charged_at >= %(begin)s and charged_at < %(end)s"
_Place = tuple[date | None, str | None, str | None]


class PostgresReports:
    """A ReportStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def funnel(
        self,
        ivr_id: str,
        first: date,
        last: date,
        version: int | None = None,
        language: str | None = None,
        zone: ZoneInfo | None = None,
    ) -> Funnel:
        whole: tuple[date, date] | None = (first, last)
        edges: list[tuple[datetime, datetime]] = []
        if zone is not None:
            begin, end = span(first, last, zone)
            whole, edges = whole_utc_days(begin, end), edges_of(begin, end)
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            found = read_funnel_days(connection, ivr_id, *whole, version, language) if whole else Funnel((), {})
            more = read_funnel_calls(connection, ivr_id, edges, version, language)
        return merged(found, more)

    def usage(
        self,
        first: date,
        last: date,
        group: Sequence[Group],
        *,
        limit: int,
        ivr_id: str | None = None,
        zone: ZoneInfo | None = None,
    ) -> list[UsageLine]:
        if zone is not None:
            return self._zoned(first, last, group, limit, ivr_id, zone)
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            return _lines(*_of_rollups(connection, first, last, group, limit, ivr_id))[:limit]

    def _zoned(
        self, first: date, last: date, group: Sequence[Group], limit: int, ivr_id: str | None, zone: ZoneInfo
    ) -> list[UsageLine]:
        """By its days: from the calls themselves. Else from the days of UTC that lie within, and the calls around."""
        begin, end = span(first, last, zone)
        whole = None if "day" in group else whole_utc_days(begin, end)
        used, said = list[dict[str, Any]](), list[dict[str, Any]]()
        parts = [day_starts(first, last, zone)] if whole is None else [[*each] for each in edges_of(begin, end)]
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            read = [read_zoned_usage(connection, first, starts, group, limit, ivr_id) for starts in parts]
            if whole is not None:
                read.append(_of_rollups(connection, *whole, group, limit, ivr_id))
        for some_used, some_said in read:
            used += some_used
            said += some_said
        return _lines(used, said)[:limit]

    def speech(
        self, first: date, last: date, *, limit: int, ivr_id: str | None = None, zone: ZoneInfo | None = None
    ) -> list[SpeechLine]:
        starts = [] if zone is None else day_starts(first, last, zone)
        between = _IN_UTC if zone is None else _BETWEEN
        values = {"first": first, "last": last, "ivr_id": ivr_id, "limit": limit}
        times = {"begin": starts[0], "end": starts[-1]} if starts else {}
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            rows = connection.execute(
                "select engine, voice, sum(duration_ms)::bigint as tts_ms, sum(cost_usd) as tts_usd"  # noqa: S608
                f" from tts_charge where {between} and (%(ivr_id)s::text is null or ivr_id = %(ivr_id)s)"
                " group by engine, voice order by tts_usd desc, engine, voice limit %(limit)s",
                values | times,
            ).fetchall()
        return [SpeechLine(**row) for row in rows]


def _of_rollups(
    connection: Connection, first: date, last: date, group: Sequence[Group], limit: int, ivr_id: str | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of what was used and of what was spoken on these days of UTC."""
    columns = ", ".join(column for each, column in COLUMNS.items() if each in group)
    by = "".join(f"{COLUMNS[each]}, " for each in COLUMNS if each in group)
    speech = {"day": "(charged_at at time zone 'UTC')::date", "ivr_id": "ivr_id", "did": "''"}
    spoken = ", ".join(f"{speech[column]} as {column}" for each, column in COLUMNS.items() if each in group)
    values = {"first": first, "last": last, "ivr_id": ivr_id, "limit": limit}
    # Only when it is used: else one plan would have to suit both queries.
    of_menu = "" if ivr_id is None else " and ivr_id = %(ivr_id)s"
    used = connection.execute(
        f"select {columns + ',' if columns else ''} ivr_usd_min, agent_usd_min,"  # noqa: S608
        f" {', '.join(f'sum({name})::bigint as {name}' for name in USAGE)} from {_table(group, ivr_id)}"
        f" where day between %(first)s and %(last)s{of_menu}"
        f" group by {by} ivr_usd_min, agent_usd_min having sum(calls) <> 0"
        f" order by {by} ivr_usd_min, agent_usd_min limit %(limit)s",
        values,
    ).fetchall()
    said = connection.execute(
        f"select {spoken + ',' if spoken else ''} sum(duration_ms)::bigint as tts_ms,"  # noqa: S608
        " sum(cost_usd) as tts_usd from tts_charge"
        f" where {_IN_UTC}{of_menu}"
        f" {'group by ' + by.rstrip(', ') if by else ''} limit %(limit)s",
        values,
    ).fetchall()
    return used, said


def _table(group: Sequence[Group], ivr_id: str | None) -> str:
    """The coarsest table that has what is asked for."""
    wanted = {COLUMNS[each] for each in group} | ({"ivr_id"} if ivr_id is not None else set())
    return next(table for table, columns in USAGE_TABLES.items() if wanted <= set(columns))


def _lines(used: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[UsageLine]:
    parts: dict[_Place, dict[Rates, Usage]] = {}
    for row in used:
        rates = Rates(row["ivr_usd_min"], row["agent_usd_min"])
        usage = Usage(**{name: row[name] for name in USAGE})
        parts.setdefault(_place(row), {}).setdefault(rates, Usage()).add(usage)
    speech: dict[_Place, tuple[int, Decimal]] = {}
    for row in said:
        if row["tts_ms"] is not None:
            ms, usd = speech.get(_place(row), (0, Decimal(0)))
            speech[_place(row)] = ms + row["tts_ms"], usd + row["tts_usd"]
    lines = [
        UsageLine(*place, spent(sorted(parts.get(place, {}).items()), *speech.get(place, (0, Decimal(0)))))
        for place in parts.keys() | speech.keys()
    ]
    return sorted(lines, key=lambda line: (line.day or date.min, line.ivr_id or "", line.did or ""))


def _place(row: dict[str, Any]) -> _Place:
    return row.get("day"), row.get("ivr_id"), row.get("did")
