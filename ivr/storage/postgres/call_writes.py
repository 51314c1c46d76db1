"""Writes call records: one row for each call, however often and in whatever order records come, and its share in the
reports exactly once.

All writers take one lock for the length of their transaction. Under it they read what is there, write what is new and
bring the roll-ups from the one to the other: what an earlier record of the call had added is taken away, what the new
one adds is added. Writing by many at once would gain nothing: they would wait for each other at the roll-ups' rows.

The key of the partitioned table is (call_id, started_at). That there is one row a call, whatever a record says of its
start, is made sure of here: a call that is found within a day of it keeps the start it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from psycopg.types.json import Jsonb

from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.live_calls import LiveCall
from ivr.domain.reports.usage import Rates
from ivr.domain.webhooks import end_of_call
from ivr.storage.postgres.call_months import ensure_months, lock_calls, month_of
from ivr.storage.postgres.call_rows import COLUMNS, FIELDS, record_of_row
from ivr.storage.postgres.database import Connection, clean_text
from ivr.storage.postgres.rollups import Counted, bring_to
from ivr.storage.postgres.webhook_outbox import note

DEFAULT_RATES = Rates()
# In place of a caller's number that was erased. A record that comes again does not bring it back.
ERASED = "erased"
# Call ids -> where the calls stood last, of those for which it is known.
LastOf: TypeAlias = Callable[[Sequence[str]], Mapping[str, LiveCall]]
_WRITTEN = ", ".join((*FIELDS, "writer", "ivr_usd_min", "agent_usd_min"))
_REPLACED = tuple(name for name in FIELDS if name not in ("call_id", "started_at", "outcome", "ani", "ani_raw"))
_SAME_CALL = timedelta(days=1)

# `stage` grows with every takeover and with the end: a late record changes nothing, a repeated one changes
# nothing new. Before the end a later document of the same worker replaces the earlier one, but does not bring a
# lost call back. An end that reports an error gives way to the end of the worker that took the call over.
# The rates in force when a call was first counted stay with it.
_WRITE = f"""
    insert into call_record as c ({_WRITTEN})
    select {_WRITTEN} from jsonb_populate_recordset(null::call_record, %s)
    on conflict (call_id, started_at) do update set
        {", ".join(f"{name} = excluded.{name}" for name in _REPLACED)},
        ani = case when c.ani_raw = '{ERASED}' then null else excluded.ani end,
        ani_raw = case when c.ani_raw = '{ERASED}' then c.ani_raw else excluded.ani_raw end,
        outcome = case when c.stage = excluded.stage then coalesce(excluded.outcome, c.outcome)
            else excluded.outcome end,
        writer = excluded.writer,
        ivr_usd_min = coalesce(c.ivr_usd_min, excluded.ivr_usd_min),
        agent_usd_min = coalesce(c.agent_usd_min, excluded.agent_usd_min)
    where c.stage < excluded.stage
        or (c.stage = excluded.stage and (c.ended_at is null or c.outcome in ('failed', 'lost')))
    returning c.call_id, c.outcome, c.ivr_usd_min, c.agent_usd_min
"""  # noqa: S608


def nowhere(call_ids: Sequence[str]) -> Mapping[str, LiveCall]:
    """Where nothing is known of live calls."""
    return {}


def write_calls(
    connection: Connection, records: Sequence[tuple[CallRecord, str]], rates: Rates = DEFAULT_RATES
) -> None:
    """Writes what these records know beyond what is there, in their order. The text with each is the journal it came
    from; `rates` are those in force now, for calls that have ended."""
    if not records:
        return
    lock_calls(connection)
    ensure_months(connection, {month_of(record.started_at) for record, _ in records})
    before = _kept(connection, [record for record, _ in records])
    starts = {call_id: each.record.started_at for call_id, each in before.items()}
    now: dict[str, Counted] = {}
    for wave in _waves(records):
        written = {}
        for record, _ in wave:
            start = starts.setdefault(record.call_id, record.started_at)
            written[record.call_id] = replace(record, started_at=start)
        rows = [_row(written[record.call_id], writer, rates) for record, writer in wave]
        for row in connection.execute(_WRITE, (Jsonb(rows),)).fetchall():
            outcome = Outcome(row["outcome"]) if row["outcome"] else None
            now[row["call_id"]] = Counted(replace(written[row["call_id"]], outcome=outcome), _rates(row))
    # A call that is not counted yet has no share: its functions say so.
    bring_to(connection, [before.get(call_id) for call_id in now], list(now.values()))


def mark_lost(
    connection: Connection,
    *,
    before: datetime,
    machine: str,
    live_writers: list[str],
    before_if_dead: datetime,
    rates: Rates = DEFAULT_RATES,
    last_of: LastOf = nowhere,
) -> int:
    """Give calls that will get no end the outcome `lost`: those begun before `before`, or before
    `before_if_dead` by a dead writer of this machine. `last_of` tells where they stood last, which their paths get.
    An end that arrives later wins. Webhooks are told."""
    lock_calls(connection)
    rows = connection.execute(
        f"""
        update call_record set outcome = 'lost',
            ivr_usd_min = coalesce(ivr_usd_min, %(ivr_usd_min)s),
            agent_usd_min = coalesce(agent_usd_min, %(agent_usd_min)s)
        where outcome is null and ended_at is null and (
            started_at < %(before)s
            or (started_at < %(before_if_dead)s and strpos(writer, %(machine)s) > 0
                and writer <> all(%(live)s))
        )
        returning {COLUMNS}, ivr_usd_min, agent_usd_min
        """,  # noqa: S608
        {
            "before": before, "before_if_dead": before_if_dead, "machine": machine, "live": live_writers,
            **rates._asdict(),
        },
    ).fetchall()  # fmt: skip
    lost = [Counted(record_of_row(row), _rates(row)) for row in rows]
    _end_at_last_node(connection, [each.record for each in lost], last_of)
    bring_to(connection, [None] * len(lost), lost)
    note(connection, *(end_of_call(each.record.to_json()) for each in lost if not each.record.test))
    return len(lost)


def _end_at_last_node(connection: Connection, lost: Sequence[CallRecord], last_of: LastOf) -> None:
    last = last_of([record.call_id for record in lost])
    for record in lost:
        call = last.get(record.call_id)
        if call is None or (record.path and record.path[-1].node == call.node and call.phase != "asking"):
            continue
        record.path.append(Step(call.node, 1, "lost", None, max(0, call.since_ms - call.started_ms), 0))
        connection.execute(
            "update call_record set path = %s where call_id = %s and started_at = %s",
            (Jsonb([asdict(step) for step in record.path]), record.call_id, record.started_at),
        )


def _kept(connection: Connection, records: Iterable[CallRecord]) -> dict[str, Counted]:
    """The stored records of these calls."""
    starts = [record.started_at for record in records]
    ids = list({record.call_id for record in records})
    rows = connection.execute(
        f"select {COLUMNS}, ivr_usd_min, agent_usd_min from call_record"  # noqa: S608
        " where call_id = any(%s) and started_at between %s and %s",
        (clean_text(ids), _shifted(min(starts), -_SAME_CALL), _shifted(max(starts), _SAME_CALL)),
    ).fetchall()
    return {row["call_id"]: Counted(record_of_row(row), _rates(row)) for row in rows}


def _shifted(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if by < timedelta(0) else datetime.max.replace(tzinfo=UTC)


def _waves(records: Sequence[tuple[CallRecord, str]]) -> list[list[tuple[CallRecord, str]]]:
    """Groups in which no call comes twice. A record that a later one of the group before would replace is left out:
    nearly always a call's start, when its end is in the same batch."""
    waiting: dict[str, list[tuple[CallRecord, str]]] = {}
    for record, writer in records:
        of_call = waiting.setdefault(record.call_id, [])
        if of_call and _gives_way(of_call[-1][0], record):
            of_call.pop()
        of_call.append((record, writer))
    longest = max(map(len, waiting.values()))
    return [[of_call[at] for of_call in waiting.values() if at < len(of_call)] for at in range(longest)]


def _gives_way(earlier: CallRecord, later: CallRecord) -> bool:
    return earlier.ended_at is None and earlier.outcome is None and earlier.take_overs <= later.take_overs


def _row(record: CallRecord, writer: str, rates: Rates) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in FIELDS}
    values |= {
        "path": [asdict(each) for each in record.path],
        "agent": [asdict(each) for each in record.agent],
        "started_at": record.started_at.isoformat(),
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "writer": writer,
    }
    if record.outcome is not None:
        values |= {"ivr_usd_min": str(rates.ivr_usd_min), "agent_usd_min": str(rates.agent_usd_min)}
    cleaned: dict[str, Any] = clean_text(values)
    return cleaned


def _rates(row: dict[str, Any]) -> Rates:
    if row["ivr_usd_min"] is None or row["agent_usd_min"] is None:
        return DEFAULT_RATES
    return Rates(row["ivr_usd_min"], row["agent_usd_min"])
