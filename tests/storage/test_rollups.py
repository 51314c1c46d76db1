"""Funnel and usage are what counting the records would give: however often, in whatever order, by whomever the
records were written, and whatever replaced them."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
import psycopg
import pytest
from psycopg.rows import dict_row

from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.reports.funnel import ENTRY, NodeCounts
from ivr.domain.reports.usage import Rates
from ivr.ports.reports import Group
from ivr.storage.postgres.call_months import ensure_months, month_of
from ivr.storage.postgres.call_writes import mark_lost, write_calls
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.rollups import FUNNEL_TABLES, USAGE_TABLES, rebuild, sum_months
from ivr.storage.postgres.stores import PostgresStores
from tests.domain.call_stories import story
from tests.helpers import as_superuser as superuser_url
from tests.storage.conftest import AT, call

FIRST, LAST = date(2026, 3, 9), date(2026, 3, 13)


def write(database: Database, records: Sequence[CallRecord], *, batch: int = 200, rates: Rates | None = None) -> None:
    for start in range(0, len(records), batch):
        with database.transaction(budget_s=30) as connection:
            write_calls(connection, [(each, "w") for each in records[start : start + batch]], rates or Rates())


def rollups(url: str) -> tuple[list[Any], list[Any]]:
    """All that the roll-ups say; rows that count nothing say nothing."""
    with psycopg.connect(url) as connection:
        funnel = [
            row
            for table, column in FUNNEL_TABLES.items()
            for row in connection.execute(
                f"select ivr_id, {column}, ivr_version, node, counts from {table}"  # noqa: S608
                " where counts->>'entered' <> '0' order by 1, 2, 3, 4"
            )
        ]
        funnel += connection.execute(
            "select ivr_id, language, day, ivr_version, node, counts from funnel_language_day"
            " where counts->>'entered' <> '0' order by 1, 2, 3, 4, 5"
        ).fetchall()
        usage = [
            row
            for table, key in USAGE_TABLES.items()
            for row in connection.execute(
                f"select * from {table} where calls <> 0 order by {', '.join(key)}"  # noqa: S608
            )
        ]
    return funnel, usage


def counted_anew(stores: PostgresStores, url: str) -> tuple[list[Any], list[Any]]:
    with stores.database.transaction(budget_s=60) as connection:
        rebuild(connection)
    return rollups(url)


@pytest.fixture
def database(database: str) -> str:
    """In the role that may do all: the application's may not even try."""
    return superuser_url(database)


@pytest.fixture
def stories() -> list[CallRecord]:
    chance = random.Random(7)
    return [story(number, chance) for number in range(600)]


class TestExactlyOnce:
    def test_records_that_come_again_change_nothing(
        self, stores: PostgresStores, database: str, stories: list[CallRecord]
    ) -> None:
        write(stores.database, stories)
        once = rollups(database)
        random.Random(1).shuffle(stories)
        write(stores.database, [*stories, *stories], batch=97)
        assert rollups(database) == once
        assert counted_anew(stores, database) == once

    def test_starts_take_overs_failures_and_ends_in_any_order_count_as_the_last_end_alone(
        self, stores: PostgresStores, database: str, stories: list[CallRecord]
    ) -> None:
        written = []
        for record in stories[:200]:
            begun = replace(record, ended_at=None, duration_ms=None, outcome=None, path=record.path[:1], agent=[])
            failed = replace(begun, ended_at=record.ended_at, duration_ms=record.duration_ms, outcome=Outcome.FAILED)
            written += [begun, failed, replace(begun, take_overs=1), replace(record, take_overs=1)]
        random.Random(2).shuffle(written)
        write(stores.database, written, batch=50)
        assert rollups(database) == counted_anew(stores, database)

    def test_a_lost_call_counts_as_lost_until_its_end_comes_and_once_after_it(
        self, stores: PostgresStores, database: str
    ) -> None:
        begun = call(ivr_id="ivr_story0", ivr_version=1, path=[Step("welcome", 1, "key", "1", 0, 900)])
        write(stores.database, [begun])
        assert rollups(database) == ([], [])
        with stores.database.transaction() as connection:
            assert mark_lost(connection, before=AT + timedelta(days=1), machine="-", live_writers=[],
                             before_if_dead=AT) == 1  # fmt: skip
        day = AT.date()
        lost = stores.reports.funnel("ivr_story0", day, day).nodes
        assert lost["welcome"].outcomes_after() == [("lost", 1)]
        write(stores.database, [replace(begun, ended_at=AT, duration_ms=9000, outcome=Outcome.HUNG_UP)] * 2)
        found = stores.reports.funnel("ivr_story0", day, day).nodes
        assert found["welcome"].outcomes_after() == [("hung_up", 1)]
        (line,) = stores.reports.usage(day, day, ["ivr"], limit=10)
        assert (line.spent.calls, line.spent.menu_ms) == (1, 9000)

    def test_two_writers_of_the_same_journals_count_each_call_once(
        self, stores: PostgresStores, database: str, stories: list[CallRecord]
    ) -> None:
        threads = [
            threading.Thread(target=write, args=(stores.database, stories[::step]), kwargs={"batch": 40})
            for step in (1, -1)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rollups(database) == counted_anew(stores, database)
        with psycopg.connect(database) as connection:
            assert connection.execute("select count(*) from call_record").fetchone() == (len(stories),)

    def test_a_batch_that_fails_counts_nothing(
        self, stores: PostgresStores, database: str, stories: list[CallRecord]
    ) -> None:
        def die_after_writing() -> None:
            with stores.database.transaction() as connection:
                write_calls(connection, [(each, "w") for each in stories[:50]])
                raise RuntimeError("the keeper dies")

        with pytest.raises(RuntimeError):
            die_after_writing()
        assert rollups(database) == ([], [])


def test_a_funnel_over_months_is_the_sum_of_its_days(
    stores: PostgresStores, database: str, stories: list[CallRecord]
) -> None:
    spread = [replace(each, started_at=each.started_at + timedelta(days=n % 97)) for n, each in enumerate(stories)]
    write(stores.database, spread)
    with psycopg.connect(database, row_factory=dict_row) as connection:
        days = connection.execute("select * from funnel_day where ivr_id = 'ivr_story1'").fetchall()
    for first, last in (
        (date(2026, 3, 1), date(2026, 6, 30)),
        (date(2026, 3, 20), date(2026, 5, 31)),
        (date(2026, 4, 1), date(2026, 5, 2)),
        (date(2026, 4, 2), date(2026, 5, 30)),
        (date(2026, 5, 1), date(2026, 5, 1)),
        (date.min, date.max),
        (date(2026, 5, 2), date(2026, 4, 1)),
    ):
        for version in (None, 2):
            found = stores.reports.funnel("ivr_story1", first, last, version)
            chosen = [
                each for each in days if first <= each["day"] <= last and version in (None, each["ivr_version"])
            ]
            assert bool(found.nodes) == bool(chosen) == (first <= last)
            for node, counts in found.nodes.items():
                mine = [each["counts"] for each in chosen if each["node"] == node]
                assert counts == NodeCounts.sum_of_json(mine), (first, last, version, node)


def test_months_summed_from_the_days_are_those_kept_up(
    stores: PostgresStores, database: str, stories: list[CallRecord]
) -> None:
    write(stores.database, [replace(each, started_at=each.started_at + timedelta(days=n % 70))
                            for n, each in enumerate(stories)])  # fmt: skip
    kept_up = rollups(database)
    with stores.database.transaction(budget_s=30) as connection:
        connection.execute("truncate funnel_month")
        assert sum_months(connection) > 20
    assert rollups(database) == kept_up


class TestRates:
    def test_a_charge_keeps_the_rates_of_its_time(self, stores: PostgresStores) -> None:
        ended = call(ivr_id="ivr_story0", ivr_version=1, ended_at=AT, duration_ms=60_000, outcome=Outcome.FAILED)
        dearer = Rates(Decimal("0.016"), Decimal(1))
        write(stores.database, [ended])
        # The same call again, and one more, now that calls cost twice as much.
        write(stores.database, [replace(ended, take_overs=1, outcome=Outcome.HUNG_UP)], rates=dearer)
        write(stores.database, [replace(ended, call_id="call_later", outcome=Outcome.HUNG_UP)], rates=dearer)
        (line,) = stores.reports.usage(AT.date(), AT.date(), ["ivr"], limit=10)
        assert line.spent.ivr_usd == Decimal("0.024")

    def test_speech_is_on_the_bill_of_its_day_and_menu(self, stores: PostgresStores, database: str) -> None:
        with psycopg.connect(database) as connection:
            connection.execute(
                "insert into tts_charge (ivr_id, audio, file, duration_ms, cost_usd, actor, charged_at) values"
                " ('ivr_story0', 'a', 'f', 5100, 0.051, 'key', '2026-03-09 23:59:59.9Z'),"
                " ('ivr_story0', 'a', 'f', 1000, 0.01, 'key', '2026-03-10 00:00Z')"
            )
        write(stores.database, [story(1, random.Random(3))])
        lines = stores.reports.usage(FIRST, FIRST, ["day", "did"], limit=10)
        assert [(line.did, line.spent.tts_usd) for line in lines if line.spent.tts_ms] == [("", Decimal("0.051"))]
        assert sum(line.spent.tts_ms for line in stores.reports.usage(FIRST, LAST, [], limit=10)) == 6100


def test_figures_of_100_000_calls_are_a_count_over_their_records(stores: PostgresStores, database: str) -> None:
    chance = random.Random(11)
    # Ten thousand stories, each told ten times.
    stories = [story(number, chance) for number in range(10_000)]
    records = [
        replace(each, call_id=f"{each.call_id}_{turn}", started_at=each.started_at + timedelta(hours=turn))
        for turn in range(10)
        for each in stories
    ]
    copy_calls(database, records)
    with stores.database.transaction(budget_s=60) as connection:
        rebuild(connection)
    ivr_id, first, last = "ivr_story1", date(2026, 3, 10), date(2026, 3, 12)
    nodes = stores.reports.funnel(ivr_id, first, last, version=2).nodes
    assert nodes, "somebody called"
    # Counted by Postgres over the steps themselves, in a way that shares nothing with ours.
    with psycopg.connect(database, row_factory=dict_row) as connection:
        rows = connection.execute(_COUNT, (ivr_id, first, last)).fetchall()
        ends = connection.execute(_ENDS, (ivr_id, first, last)).fetchall()
    assert {row["node"] for row in rows} == nodes.keys() - {ENTRY}
    for row in rows:
        mine = nodes[row["node"]]
        assert (mine.entered, mine.calls, mine.no_input, mine.no_match, mine.hang_up) == (
            row["entered"], row["calls"], row["no_input"], row["no_match"], row["hang_up"],
        )  # fmt: skip
        assert dict(mine.keys) == (row["keys"] or {})
        if row["p50"] is not None:
            assert mine.quantile_s(0.5) == pytest.approx(row["p50"] / 1000, rel=0.026)
            assert mine.quantile_s(0.9) == pytest.approx(row["p90"] / 1000, rel=0.026)
    outcomes: Counter[str] = Counter()
    for counts in nodes.values():
        outcomes.update(dict(counts.outcomes_after()))
    assert outcomes == {row["outcome"]: row["calls"] for row in ends}
    used = stores.reports.usage(first, last, ["day", "did"], limit=100, ivr_id=ivr_id)
    menu_ms: dict[tuple[Any, ...], int] = defaultdict(int)
    for record in records:
        if record.ivr_id == ivr_id and first <= record.started_at.date() <= last and not record.test:
            menu_ms[record.started_at.date(), record.did] += record.menu_ms
    assert {(line.day, line.did): line.spent.menu_ms for line in used} == menu_ms
    groups: list[list[Group]] = [["did", "day"], ["ivr"], ["day"], []]
    by_number, by_menu, by_day, whole = (stores.reports.usage(first, last, group, limit=10_000) for group in groups)
    for lines in (by_number, by_menu, by_day):
        assert sum(line.spent.calls for line in lines) == whole[0].spent.calls
        assert sum(line.spent.deflected_ms for line in lines) == whole[0].spent.deflected_ms
    (menus_own,) = stores.reports.usage(first, last, [], limit=10, ivr_id=ivr_id)
    assert menus_own.spent.menu_ms == sum(menu_ms.values())
    assert menus_own.spent == next(line.spent for line in by_menu if line.ivr_id == ivr_id)


_CHOSEN = """
    select call_id, path, outcome from call_record where ivr_id = %s and ivr_version = 2 and not test
        and started_at >= %s::date and started_at < %s::date + 1
"""
_COUNT = f"""
    with step as (
        select call_id, at, s->>'node' as node, (s->>'attempt')::int as attempt, s->>'result' as result,
            s->>'key' as key, (s->>'ms')::int as ms
        from ({_CHOSEN}) c, jsonb_array_elements(path) with ordinality as e(s, at)
    ), stay as (
        select *, sum((attempt = 1)::int) over (partition by call_id order by at) as visit from step
    ), took as (
        select node, sum(ms) as ms from stay where result <> 'action' group by call_id, visit, node
    ), pressed as (
        select node, jsonb_object_agg(key, count) as keys
        from (select node, key, count(*) from step where result = 'key' group by node, key) k group by node
    )
    select node, count(*) filter (where attempt = 1) as entered, count(distinct call_id) as calls,
        count(*) filter (where result = 'no_input') as no_input,
        count(*) filter (where result = 'no_match') as no_match,
        count(*) filter (where result = 'hang_up') as hang_up,
        (select keys from pressed where pressed.node = stay.node) as keys,
        (select percentile_disc(0.5) within group (order by ms) from took where took.node = stay.node)::float as p50,
        (select percentile_disc(0.9) within group (order by ms) from took where took.node = stay.node)::float as p90
    from stay group by node
"""  # noqa: S608
_ENDS = f"select outcome, count(*) as calls from ({_CHOSEN}) c group by outcome"  # noqa: S608


def copy_calls(url: str, records: Sequence[CallRecord]) -> None:
    """As a big installation's past is loaded: by COPY, in binary-safe text, months made before."""
    columns = (
        "call_id", "channel_uuid", "did", "did_raw", "ani", "ani_raw", "started_at", "ended_at", "duration_ms",
        "ivr_id", "ivr_version", "outcome", "test", "path", "agent", "ivr_usd_min", "agent_usd_min",
    )  # fmt: skip
    with psycopg.connect(url, row_factory=dict_row) as connection, connection.cursor() as cursor:
        ensure_months(connection, {month_of(record.started_at) for record in records})
        with cursor.copy(f"copy call_record ({', '.join(columns)}) from stdin") as copy:
            for record in records:
                steps = orjson.dumps(record.path).decode(), orjson.dumps(record.agent).decode()
                plain = (getattr(record, name) for name in columns[:-4])
                copy.write_row((*plain, *steps, "0.008", "0.10"))
