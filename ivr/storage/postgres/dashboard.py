"""The dashboard's few reads, each by an index."""

from __future__ import annotations

from psycopg.rows import class_row

from ivr.domain.reports.so_far import HOURS, DaySoFar
from ivr.domain.reports.usage import Rates, Usage, spent
from ivr.ports.dashboard import DayFigures, SetUp
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.rollups import USAGE
from ivr.storage.postgres.zoned_usage import read_spans

_BUDGET_S = 20.0
# 555-0100 to 555-0199 belong to nobody: the sample menu has one of them.
_SET_UP = r"""
    select
        exists (select 1 from did where did !~ '^\+1\d{3}55501\d\d$') as number,
        exists (select 1 from ivr) as menu,
        exists (select 1 from prompt) as voice,
        exists (select 1 from agent) as agent,
        exists (
            select 1 from did d join ivr i on i.id = d.ivr_id
            join ivr_version v on v.ivr_id = i.id and v.version = i.version
            where v.document::jsonb @? '$.nodes.* ? (@.action == "suppress")'
        ) as opt_out,
        exists (select 1 from call_record where test) as test_call,
        (select id from ivr order by created_at desc, id desc limit 1) as menu_id
"""


class PostgresDashboard:
    """A DashboardStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def day(self, day: DaySoFar) -> DayFigures:
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            rows = read_spans(connection, day.starts)
        hours, qualified, opted_out = [0] * HOURS, 0, 0
        parts: list[tuple[Rates, Usage]] = []
        for row in rows:
            place = row["span"] - 1
            hours[day.of_clock[place]] += row["calls"]
            if day.counts(place):
                qualified += row["qualified"]
                opted_out += row["opted_out"]
                rates = Rates(row["ivr_usd_min"], row["agent_usd_min"])
                parts.append((rates, Usage(**{name: row[name] for name in USAGE})))
        return DayFigures(spent(parts), qualified, opted_out, hours)

    def set_up(self) -> SetUp:
        with self._database.transaction() as connection:
            return connection.cursor(row_factory=class_row(SetUp)).execute(_SET_UP).fetchone() or SetUp()

    def has_put_away(self, actor: str, what: str) -> bool:
        found = self._database.fetch_one("select 1 from put_away where actor = %s and what = %s", (actor, what))
        return found is not None

    def put_away(self, actor: str, what: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "insert into put_away (actor, what) values (%s, %s) on conflict do nothing", (actor, what)
            )
