"""How waiting lines did, from the steps of call records."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from ivr.domain.reports.days import span
from ivr.domain.reports.lines import LineReport, report_of
from ivr.storage.postgres.database import Database

_BUDGET_S = 20.0
_WAITS = """
    select step ->> 'key' as ended, count(*) as count,
        count(*) filter (where (step ->> 'ms')::int <= %(within_ms)s) as within,
        coalesce(sum((step ->> 'ms')::int) / 1000.0, 0)::float8 as total_s,
        coalesce(max((step ->> 'ms')::int) / 1000.0, 0)::float8 as longest_s
    from call_record c, jsonb_array_elements(c.path) step
    where c.started_at >= %(first)s and c.started_at < %(after)s and not c.test
        and step ->> 'result' = 'waited' and step ->> 'value' = %(line)s
    group by 1
"""


class PostgresLineReports:
    """A LineReportStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, line: str, first: date, last: date, zone: ZoneInfo, within_s: int) -> LineReport:
        """Days are those of the zone, both included; a call belongs to the day on which it began."""
        first_moment, after = span(first, last, zone)
        values = {"line": line, "first": first_moment, "after": after, "within_ms": within_s * 1000}
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            return report_of(connection.execute(_WAITS, values).fetchall())
