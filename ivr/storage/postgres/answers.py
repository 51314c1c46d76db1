"""Answers of callers, read out of the paths of call records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ivr.domain.errors import InvalidCursor, MenuNotFound
from ivr.domain.reports.answers import CallerAnswer, QuestionCounts
from ivr.domain.reports.days import span
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor

# As with other reports: a year of a busy menu is more than the few milliseconds of a look-up.
_BUDGET_S = 20.0
# Of a question; what is rarer is summed up.
MOST_ANSWERS = 20
_END = datetime.max.replace(tzinfo=UTC)
# The questions of each version that keep what is keyed.
_KEEPING = """
    with keeping as materialized (
        select v.version, n.key as node, n.value ->> 'save' as variable
        from ivr_version v cross join lateral json_each(v.document -> 'nodes') n
        where v.ivr_id = %(ivr_id)s and n.value -> 'gather' is not null and n.value ->> 'save' is not null
            and coalesce(n.value ->> 'secret', 'false') <> 'true'
    )
"""
_ANSWERS = """
    select c.call_id, c.started_at, c.ani as caller, c.ivr_version as version, s.node, k.variable, s.answer, s.at
    from call_record c
    cross join lateral (
        select distinct on (e ->> 'node') e ->> 'node' as node, coalesce(e ->> 'value', e ->> 'key') as answer, at
        from jsonb_array_elements(c.path) with ordinality as steps (e, at)
        where e ->> 'result' = 'key' order by e ->> 'node', at desc
    ) s
    join keeping k on k.version = c.ivr_version and k.node = s.node
    where c.ivr_id = %(ivr_id)s and c.started_at >= %(since)s and c.started_at < %(until)s and not c.test
"""
_PAGE = f"""{_KEEPING} {_ANSWERS}
    and c.started_at <= %(after_at)s
    and (c.started_at, c.call_id, s.at) < (%(after_at)s, %(after_id)s, %(after_step)s)
    order by c.started_at desc, c.call_id desc, s.at desc limit %(limit)s
"""
_COUNTS = f"""{_KEEPING} select node, variable, answer, count(*) as calls from ({_ANSWERS}) found
    group by node, variable, answer order by node, variable, calls desc, answer
"""  # noqa: S608


class PostgresAnswers:
    """An AnswerStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        ivr_id: str,
        first: date,
        last: date,
        zone: ZoneInfo,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[CallerAnswer]:
        values = {**_between(ivr_id, first, last, zone), **_after(cursor), "limit": rows_wanted(limit)}
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            rows = connection.execute(_PAGE, values).fetchall()
            if not rows:
                _need_menu(connection, ivr_id)
        return make_page(rows, limit, _answer, _cursor_of)

    def counts(self, ivr_id: str, first: date, last: date, zone: ZoneInfo) -> Sequence[QuestionCounts]:
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            rows = connection.execute(_COUNTS, _between(ivr_id, first, last, zone)).fetchall()
            if not rows:
                _need_menu(connection, ivr_id)
        of: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for row in rows:
            of.setdefault((row["node"], row["variable"]), []).append((row["answer"], row["calls"]))
        return [
            QuestionCounts(node, variable, sum(calls for _, calls in answers), answers[:MOST_ANSWERS])
            for (node, variable), answers in of.items()
        ]


def _between(ivr_id: str, first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    since, until = span(first, last, zone)
    return {"ivr_id": ivr_id, "since": since, "until": until}


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"after_at": _END, "after_id": "", "after_step": 0}
    at, call_id, step = unpack_cursor(cursor, 3)
    try:
        moment, number = datetime.fromisoformat(at), int(step)
    except ValueError:
        raise InvalidCursor("this cursor was not made by this list") from None
    if moment.tzinfo is None or not 0 <= number < 2**31:
        raise InvalidCursor("this cursor was not made by this list")
    return {"after_at": moment, "after_id": call_id, "after_step": number}


def _cursor_of(row: Any) -> str:
    return pack_cursor(row["started_at"].isoformat(), row["call_id"], str(row["at"]))


def _answer(row: Any) -> CallerAnswer:
    return CallerAnswer(**{name: value for name, value in row.items() if name != "at"})


def _need_menu(connection: Connection, ivr_id: str) -> None:
    if connection.execute("select from ivr where id = %s", (ivr_id,)).fetchone() is None:
        raise MenuNotFound(ivr_id)
