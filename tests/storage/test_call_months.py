"""Call records lie in partitions by month, made ahead or when a late record needs one; a call stays one row."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.call_records import CallRecord, Outcome, new_id, utc_now
from ivr.ports.calls import CallFilter
from ivr.storage.postgres.call_months import (
    back_from,
    make_months_ahead,
    month_after,
    month_before,
    month_of,
    partition_of,
    whole_months,
)
from ivr.storage.postgres.stores import PostgresStores
from tests.helpers import as_superuser
from tests.storage.conftest import AT, call

DAWN = datetime.min.replace(tzinfo=UTC)


def place(url: str, call_id: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select tableoid::regclass::text from call_record where call_id = %s", (call_id,)
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_the_next_months_are_made_ahead_and_again_is_harmless(stores: PostgresStores, database: str) -> None:
    now = datetime(2031, 11, 30, 23, 59, tzinfo=UTC)
    for _ in range(2):
        make_months_ahead(stores.database, now)
    with psycopg.connect(database) as connection:
        for name in ("2031_11", "2031_12", "2032_01"):
            row = connection.execute("select to_regclass(%s) is not null", (f"call_record_{name}",)).fetchone()
            assert row == (True,), name


@pytest.mark.parametrize(
    "started_at",
    [datetime(2024, 2, 29, 23, 59, 59, 999000, UTC), datetime(2024, 3, 1, tzinfo=UTC)],
)
def test_a_late_journals_old_month_is_made_when_it_comes(
    stores: PostgresStores, database: str, started_at: datetime
) -> None:
    record = call(started_at=started_at)
    stores.calls.started(record)
    assert place(database, record.call_id) == partition_of(month_of(started_at))
    assert stores.calls.find(record.call_id) == record


@pytest.mark.parametrize("year", [1, 1970, 2019, 2100, 9999])
def test_a_wrong_clock_makes_no_month_and_loses_no_call(stores: PostgresStores, database: str, year: int) -> None:
    record = call(started_at=datetime(year, 1, 15, tzinfo=UTC))
    stores.calls.started(record)
    assert place(database, record.call_id) == "call_record_other"
    ended = replace(record, ended_at=AT, duration_ms=1, outcome=Outcome.HUNG_UP)
    stores.calls.ended(ended)
    assert stores.calls.find(record.call_id) == ended


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.just(UTC)))
def test_stretches_back_from_any_moment_hold_each_moment_once(newest: datetime, moment: datetime) -> None:
    spans = list(back_from(newest))
    holding = [span for span in spans if (span[0] or DAWN) <= moment and (span[1] is None or moment < span[1])]
    assert len(holding) == 1
    assert len(spans) < 20, "however long ago it all began"


def test_a_search_finds_calls_of_all_months_newest_first_whatever_their_clocks_said(stores: PostgresStores) -> None:
    now = utc_now().replace(microsecond=0)
    starts = [datetime(year, 6, 1, tzinfo=UTC) for year in (1, 1999, 2020, 2023, 2150, 9999)]
    starts += [now - timedelta(days=20 * n) for n in range(40)] + [now + timedelta(days=70)]
    records = [call(call_id=f"call_m{n:02d}", started_at=at) for n, at in enumerate(starts)]
    for record in records:
        stores.calls.started(record)
    records.sort(key=lambda each: each.started_at, reverse=True)
    for wanted in (
        CallFilter(),
        CallFilter(until=now - timedelta(days=100)),
        CallFilter(since=now - timedelta(days=100)),
        CallFilter(since=datetime(1998, 1, 1, tzinfo=UTC), until=datetime(2000, 1, 1, tzinfo=UTC)),
        CallFilter(until=datetime(9999, 12, 31, tzinfo=UTC)),
    ):
        seen: list[CallRecord] = []
        cursor = None
        while True:
            page = stores.calls.list(wanted, limit=7, cursor=cursor)
            seen += page.items
            if (cursor := page.next_cursor) is None:
                break
        assert seen == [
            each
            for each in records
            if (wanted.since is None or each.started_at >= wanted.since)
            and (wanted.until is None or each.started_at < wanted.until)
        ], wanted


@pytest.mark.parametrize(
    "call_id",
    [pytest.param(new_id("call"), id="new"), f"call_{0:032x}", f"call_{2**128 - 1:032x}", "call_1", "x" * 90],
)
def test_a_call_is_found_by_its_id_whenever_it_says_it_began(stores: PostgresStores, call_id: str) -> None:
    assert stores.calls.find(call_id) is None
    record = call(call_id=call_id, started_at=datetime(2022, 1, 31, tzinfo=UTC))
    stores.calls.started(record)
    assert stores.calls.find(call_id) == record


@given(*[st.dates() | st.dates(date(2019, 11, 1), date(2021, 3, 1))] * 3)
def test_a_day_is_in_the_whole_months_or_beside_them_and_never_in_both(first: date, last: date, day: date) -> None:
    begin, end = whole_months(first, last)
    assert begin.day == end.day == 1
    in_months = begin <= day < end
    beside = first <= day <= last and (day < begin or day >= end)
    assert in_months + beside == (first <= day <= last)


def test_a_year_is_its_twelve_months_but_for_the_days_at_its_ends() -> None:
    assert whole_months(date(2025, 11, 23), date(2026, 11, 23)) == (date(2025, 12, 1), date(2026, 11, 1))
    assert whole_months(date(2026, 2, 1), date(2026, 2, 28)) == (date(2026, 2, 1), date(2026, 3, 1))


def test_months_before_end_at_the_first() -> None:
    assert month_before(date(2026, 1, 1)) == date(2025, 12, 1)
    assert month_before(date(2026, 3, 1), 16) == date(2024, 11, 1)
    assert month_before(date(2021, 3, 1), 64) == date(2020, 1, 1)


def test_months_follow_each_other_over_the_year() -> None:
    assert month_after(month_of(datetime(2026, 12, 31, tzinfo=UTC))).isoformat() == "2027-01-01"


@pytest.mark.parametrize("off", [timedelta(microseconds=700), timedelta(hours=2)])
def test_a_call_whose_records_disagree_about_its_start_is_one_row_with_the_first(
    stores: PostgresStores, database: str, off: timedelta
) -> None:
    begun = call(started_at=datetime(2026, 3, 31, 23, 59, 59, 999000, UTC))
    ended = replace(begun, started_at=begun.started_at + off, ended_at=AT, duration_ms=1, outcome=Outcome.HUNG_UP)
    stores.calls.started(begun)
    for _ in range(2):
        stores.calls.ended(ended)
    with psycopg.connect(database) as connection:
        found = connection.execute("select started_at, outcome from call_record").fetchall()
    assert found == [(begun.started_at, "hung_up")]


def test_a_page_goes_over_the_end_of_a_month(stores: PostgresStores) -> None:
    start = datetime(2026, 3, 31, 23, 58, tzinfo=UTC)
    made = [call(call_id=f"call_{n}", started_at=start + timedelta(minutes=n)) for n in range(5)]
    for record in made:
        stores.calls.started(record)
    seen: list[CallRecord] = []
    cursor = None
    while True:
        page = stores.calls.list(limit=2, cursor=cursor)
        seen += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert seen == made[::-1]


def test_the_migration_carries_every_record_over_and_counts_it(migrated_postgres_url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from ivr.storage.postgres.migrate import upgrade

    migrated_postgres_url = as_superuser(migrated_postgres_url)
    name = "before_months"
    with psycopg.connect(migrated_postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    url = psycopg.conninfo.make_conninfo(migrated_postgres_url, dbname=name)
    config = Config()
    config.set_main_option("script_location", "ivr/storage/postgres/migrations")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.connect() as before:
        config.attributes["connection"] = before
        command.upgrade(config, "0008")
        before.commit()
    path = json.dumps([{"node": "a", "attempt": 1, "result": "key", "key": "1", "at_ms": 1, "ms": 2}])
    with psycopg.connect(url) as connection:
        for n, month in enumerate((1, 2, 3)):
            connection.execute(
                "insert into call_record (call_id, channel_uuid, did_raw, ani_raw, started_at, ended_at, duration_ms,"
                " ivr_id, ivr_version, outcome, path) values (%s, 'u', '', '', %s, now(), 60000, 'ivr_old123', 1,"
                " 'hung_up', %s)",
                (f"call_{n}", datetime(2025, month, 28, tzinfo=UTC), path),
            )
    upgrade(url)
    stores = PostgresStores(url)
    try:
        first, last = datetime(2025, 1, 1).date(), datetime(2025, 12, 31).date()
        assert [record.call_id for record in stores.calls.list().items] == ["call_2", "call_1", "call_0"]
        assert stores.reports.funnel("ivr_old123", first, last).nodes["a"].entered == 3
        (line,) = stores.reports.usage(first, last, [], limit=10)
        assert str(line.spent.ivr_usd.normalize()) == "0.024"
    finally:
        stores.close()
    assert place(url, "call_0") == "call_record_2025_01"
