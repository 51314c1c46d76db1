"""Call records by month: one partition of `call_record` for each month (UTC) in which a call began.

The keeper makes the next months ahead, and a month that a late journal needs when it comes. What lies outside of
these years can only be a wrong clock: it goes to the default partition, where it is found like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from ivr.storage.postgres.database import Connection, Database

FIRST, LAST = date(2020, 1, 1), date(2099, 12, 1)
MONTHS_AHEAD = 2


# Migrations make this function: the tables' owner makes a month, whoever asks for it.
MAKE_MONTH = """
create or replace function make_call_month(wanted date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    first timestamp := date_trunc('month', wanted::timestamp);
    midnight constant text := 'YYYY-MM-DD 00:00:00+00';
begin
    if wanted not between date '2020-01-01' and date '2099-12-31' then
        raise exception 'no month of calls: %', wanted using errcode = 'datetime_field_overflow';
    end if;
    execute format(
        'create table if not exists public.%I partition of public.call_record for values from (%L) to (%L)',
        'call_record_' || to_char(first, 'YYYY_MM'),
        to_char(first, midnight), to_char(first + interval '1 month', midnight));
end $$;
revoke execute on function make_call_month(date) from public;
"""

# The same for a month that is over.
DROP_MONTH = """
create or replace function drop_call_month(unwanted date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if date_trunc('month', unwanted::timestamp) + interval '1 month' > now() at time zone 'UTC' then
        raise exception 'this month of calls is not over: %', unwanted using errcode = 'restrict_violation';
    end if;
    execute format('drop table if exists public.%I', 'call_record_' || to_char(unwanted, 'YYYY_MM'));
end $$;
revoke execute on function drop_call_month(date) from public;
"""

# An arbitrary number, the same in every process: the name of the lock.
_LOCK = 0x6361_6C6C_7300


def lock_calls(connection: Connection) -> None:
    """Take the lock of all writers of call records, before any other lock of the transaction."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def month_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date().replace(day=1)


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def whole_months(first: date, last: date) -> tuple[date, date]:
    """The months between FIRST and LAST that lie within these days, both included: the first day of the first one,
    and the first day after the last one. Where there is none, both are FIRST."""
    first, last = max(first, FIRST), min(last, month_after(LAST) - timedelta(days=1))
    if first > last:
        return FIRST, FIRST
    begin = first if first.day == 1 else month_after(first)
    end = (last + timedelta(days=1)).replace(day=1)
    return (begin, end) if begin < end else (FIRST, FIRST)


def months_ahead(now: datetime) -> list[date]:
    months = [month_of(now)]
    for _ in range(MONTHS_AHEAD):
        months.append(month_after(months[-1]))
    return months


def make_months_ahead(database: Database, now: datetime) -> None:
    """This month and the next ones."""
    with database.transaction() as connection:
        lock_calls(connection)
        ensure_months(connection, months_ahead(now))


def month_before(month: date, count: int = 1) -> date:
    """The month this number of months before, at least FIRST."""
    months = max(12 * month.year + month.month - 1 - count, 12 * FIRST.year + FIRST.month - 1)
    return date(months // 12, months % 12 + 1, 1)


def back_from(newest: datetime) -> Iterator[tuple[datetime | None, datetime | None]]:
    """All of time in stretches from the newest back, each (from, before), None at the ends of time: the month of
    `newest` with all that is later, then one month, two, four and so on, at last whatever is left.

    A search that queries them one after the other until it has enough needs one or two partitions most often, which
    keeps the others out of the plan (above all out of a connection's first); a search of everything makes a few
    more queries.
    """
    before, count = None, 1
    # Compared before it is converted: at the ends of the calendar it could not be.
    month = month_of(newest) if newest >= _moment(FIRST) else FIRST
    while month > FIRST:
        yield _moment(month), before
        before, month = _moment(month), month_before(month, count)
        count *= 2
    yield None, before


def partition_of(month: date) -> str:
    return f"call_record_{month:%Y_%m}"


def ensure_months(connection: Connection, months: Iterable[date]) -> None:
    """Makes the partitions that are not there. Hold the lock: a record written in between
    would go to the default partition, and keep its month from being made."""
    for month in sorted({each for each in months if FIRST <= each <= LAST}):
        missing = connection.execute("select 1 where to_regclass(%s) is null", (partition_of(month),)).fetchone()
        if missing is not None:
            # The tables' owner makes it, whoever asks.
            connection.execute("select make_call_month(%s)", (month,))


def _moment(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
