"""Reading the roll-ups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from ivr.domain.reports.days import day_starts
from ivr.domain.reports.funnel import NodeCounts
from ivr.domain.reports.usage import Rates, Usage, spent
from ivr.ports.reports import Funnel, Group, SpeechLine, UsageLine
from ivr.storage.postgres.call_months import whole_months
from ivr.storage.postgres.database import Database
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
        self, ivr_id: str, first: date, last: date, version: int | None = None, language: str | None = None
    ) -> Funnel:
        begin, end = whole_months(first, last)
        values = {
            "ivr_id": ivr_id, "first": first, "begin": begin, "end": end, "last": last, "version": version,
            "language": language,
        }  # fmt: skip
        of_menu = "ivr_id = %(ivr_id)s" + ("" if version is None else " and ivr_version = %(version)s")
        counts = "select ivr_version, node, counts::text as counts from"
        if language is None:
            wanted = (
                f"{counts} funnel_month where {of_menu} and month >= %(begin)s and month < %(end)s union all"
                f" {counts} funnel_day where {of_menu} and day between %(first)s and %(last)s"
                " and (day < %(begin)s or day >= %(end)s)"
            )
        else:
            wanted = (
                f"{counts} funnel_language_day where {of_menu} and language = %(language)s"
                " and day between %(first)s and %(last)s"
            )
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            rows = connection.execute(wanted, values).fetchall()
            spoken = connection.execute(
                "select distinct language from funnel_language_day where ivr_id = %(ivr_id)s"
                " and day between %(first)s and %(last)s order by language",
                values,
            ).fetchall()
        versions, days = set(), dict[str, list[Any]]()
        for row in rows:
            # Two months of days of a menu are hundreds of these.
            counts = orjson.loads(row["counts"])
            if counts["entered"]:
                versions.add(row["ivr_version"])
                days.setdefault(row["node"], []).append(counts)
        nodes = {node: NodeCounts.sum_of_json(each) for node, each in days.items()}
        return Funnel(sorted(versions), nodes, [row["language"] for row in spoken])

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
            starts = day_starts(first, last, zone)
            with self._database.transaction(budget_s=_BUDGET_S) as connection:
                return _lines(*read_zoned_usage(connection, first, starts, group, limit, ivr_id))[:limit]
        columns = ", ".join(column for each, column in COLUMNS.items() if each in group)
        by = "".join(f"{COLUMNS[each]}, " for each in COLUMNS if each in group)
        speech = {"day": "(charged_at at time zone 'UTC')::date", "ivr_id": "ivr_id", "did": "''"}
        spoken = ", ".join(f"{speech[column]} as {column}" for each, column in COLUMNS.items() if each in group)
        values = {"first": first, "last": last, "ivr_id": ivr_id, "limit": limit}
        # Only when it is used: else one plan would have to suit both queries.
        of_menu = "" if ivr_id is None else " and ivr_id = %(ivr_id)s"
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
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


def _table(group: Sequence[Group], ivr_id: str | None) -> str:
    """The coarsest table that has what is asked for."""
    wanted = {COLUMNS[each] for each in group} | ({"ivr_id"} if ivr_id is not None else set())
    return next(table for table, columns in USAGE_TABLES.items() if wanted <= set(columns))


def _lines(used: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[UsageLine]:
    parts: dict[_Place, list[tuple[Rates, Usage]]] = {}
    for row in used:
        rates = Rates(row["ivr_usd_min"], row["agent_usd_min"])
        parts.setdefault(_place(row), []).append((rates, Usage(**{name: row[name] for name in USAGE})))
    speech = {_place(row): (row["tts_ms"], row["tts_usd"]) for row in said if row["tts_ms"] is not None}
    lines = [
        UsageLine(*place, spent(parts.get(place, ()), *speech.get(place, (0, Decimal(0)))))
        for place in parts.keys() | speech.keys()
    ]
    return sorted(lines, key=lambda line: (line.day or date.min, line.ivr_id or "", line.did or ""))


def _place(row: dict[str, Any]) -> _Place:
    return row.get("day"), row.get("ivr_id"), row.get("did")
