"""Usage by the days of a time zone, from the call records themselves: the roll-ups have days of UTC alone.

The sums are those of `ivr.domain.reports.usage.usage_of`, told to Postgres.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, LiteralString

from ivr.domain.call_records import REFUSED, UNANSWERED
from ivr.domain.reports.usage import DEFLECTED, QUALIFIED, Rates
from ivr.ports.reports import Group
from ivr.storage.postgres.database import Connection

COLUMNS: dict[Group, LiteralString] = {"day": "day", "ivr": "ivr_id", "did": "did"}
_DEFAULT = Rates()
# In one span: rates change by a restart with other settings.
_MOST_RATES = 10

_USED = """
    with ended as (
        select width_bucket(started_at, %(starts)s::timestamptz[]) as day, ivr_id, coalesce(did, '') as did, outcome,
            outgoing,
            coalesce(ivr_usd_min, %(ivr_usd_min)s) as ivr_usd_min,
            coalesce(agent_usd_min, %(agent_usd_min)s) as agent_usd_min,
            coalesce(duration_ms, 0) as duration_ms,
            (select coalesce(sum((each ->> 'talk_ms')::bigint), 0) from jsonb_array_elements(agent) each) as talk_ms
        from call_record
        where started_at >= %(begin)s and started_at < %(end)s and outcome is not null and not test
            and ivr_id is not null
            and not (coalesce(path -> 0 ->> 'result', 'hung_up') = 'hung_up' and outcome = any(%(unanswered)s))
            and outcome <> all(%(refused)s)
            and (%(ivr_id)s::text is null or ivr_id = %(ivr_id)s)
    ), used as (
        select *, greatest(0, duration_ms - talk_ms) as menu_ms,
            outcome = any(%(deflected)s) and talk_ms = 0 and outgoing is null as deflected
        from ended
    )
    select {by} ivr_usd_min, agent_usd_min, count(*) as calls, sum(menu_ms)::bigint as menu_ms,
        count(*) filter (where outcome = any(%(qualified)s)) as qualified,
        count(*) filter (where outcome = 'opted_out') as opted_out,
        count(*) filter (where talk_ms > 0) as agent_calls, sum(talk_ms)::bigint as talk_ms,
        count(*) filter (where deflected) as deflected_calls,
        coalesce(sum(menu_ms) filter (where deflected), 0)::bigint as deflected_ms
    from used group by {by} ivr_usd_min, agent_usd_min order by {by} ivr_usd_min, agent_usd_min limit %(limit)s
"""
_SAID = """
    select {by} sum(duration_ms)::bigint as tts_ms, sum(cost_usd) as tts_usd
    from (
        select width_bucket(charged_at, %(starts)s::timestamptz[]) as day, ivr_id, '' as did, duration_ms, cost_usd
        from tts_charge where charged_at >= %(begin)s and charged_at < %(end)s
            and (%(ivr_id)s::text is null or ivr_id = %(ivr_id)s)
    ) charge
    {group} limit %(limit)s
"""


def read_zoned_usage(
    connection: Connection,
    first: date,
    starts: Sequence[datetime],
    group: Sequence[Group],
    limit: int,
    ivr_id: str | None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of what was used and of what was spoken, as those of the roll-ups. `starts` are the beginnings of the days
    from `first` on, and the end of the last; any two moments where lines are not by day."""
    columns = [column for each, column in COLUMNS.items() if each in group]
    by = "".join(f"{column}, " for column in columns)
    values = _values(starts, limit, ivr_id)
    used = connection.execute(_USED.format(by=by), values).fetchall()
    group_by = f"group by {', '.join(columns)}" if columns else ""
    said = connection.execute(_SAID.format(by=by, group=group_by), values).fetchall()
    for row in (*used, *said):
        if "day" in row:
            row["day"] = first + timedelta(days=row["day"] - 1)
    return used, said


def read_spans(connection: Connection, starts: Sequence[datetime]) -> list[dict[str, Any]]:
    """What was used in each span between two of these moments: `span` is its number, from 1; a span has several rows
    where rates changed, and none without calls."""
    rows = connection.execute(_USED.format(by="day, "), _values(starts, len(starts) * _MOST_RATES, None)).fetchall()
    return [{**row, "span": row["day"]} for row in rows]


def _values(starts: Sequence[datetime], limit: int, ivr_id: str | None) -> dict[str, Any]:
    return {
        "starts": list(starts), "begin": starts[0], "end": starts[-1], "ivr_id": ivr_id, "limit": limit,
        "deflected": [str(each) for each in DEFLECTED], "unanswered": [str(each) for each in UNANSWERED],
        "refused": [str(each) for each in REFUSED], "qualified": [str(each) for each in QUALIFIED],
        **_DEFAULT._asdict(),
    }  # fmt: skip
