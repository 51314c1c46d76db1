"""Usage by the days of a time zone is what counting the records gives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.reports.days import day_of
from ivr.domain.reports.funnel import NodeCounts, funnel_of
from ivr.domain.reports.usage import Rates, Usage, spent, usage_of
from ivr.ports.reports import Group, UsageLine
from ivr.storage.postgres.stores import PostgresStores
from tests.domain.call_stories import story
from tests.storage.test_rollups import write

FIRST, LAST = date(2026, 3, 6), date(2026, 3, 10)
CHEAP = Rates(Decimal("0.004"), Decimal("0.07"))
GROUPS: list[list[Group]] = [[], ["day"], ["ivr"], ["did"], ["day", "ivr", "did"]]


def told(stores: PostgresStores) -> list[tuple[CallRecord, Rates]]:
    """Calls at every hour of the days on which New York's clocks go forward, at two rates, in two months. Some were
    never answered, and some are ours."""
    chance = random.Random(7)
    begin = datetime(2026, 3, 5, tzinfo=UTC)
    records = [
        replace(story(number, chance), started_at=begin + timedelta(seconds=number * 1800 + chance.randrange(1800)))
        for number in range(350)
    ]
    records[::40] = [replace(each, path=[], agent=[], outcome=Outcome.DISCONNECTED) for each in records[::40]]
    records[1::40] = [replace(each, agent=[], outcome=Outcome.REJECTED) for each in records[1::40]]
    records[2::40] = [replace(each, agent=[], outcome=Outcome.HUNG_UP, outgoing="out_1") for each in records[2::40]]
    half = len(records) // 2
    write(stores.database, records[:half])
    write(stores.database, records[half:], rates=CHEAP)
    return [(each, Rates() if place < half else CHEAP) for place, each in enumerate(records)]


def counted(
    records: Sequence[tuple[CallRecord, Rates]], group: Sequence[Group], zone: ZoneInfo, ivr_id: str | None = None
) -> list[UsageLine]:
    parts: dict[tuple[date | None, str | None, str | None], dict[Rates, Usage]] = defaultdict(dict)
    for record, rates in records:
        found = usage_of(record, rates)
        day = day_of(record.started_at, zone)
        if found is None or not FIRST <= day <= LAST or ivr_id not in (None, record.ivr_id):
            continue
        key, usage = found
        place = (
            day if "day" in group else None, key.ivr_id if "ivr" in group else None,
            (key.did or "") if "did" in group else None,
        )  # fmt: skip
        parts[place].setdefault(rates, Usage()).add(usage)
    lines = [UsageLine(*place, spent(sorted(used.items()))) for place, used in parts.items()]
    return sorted(lines, key=lambda line: (line.day or date.min, line.ivr_id or "", line.did or ""))


@pytest.mark.parametrize("name", ["America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/UTC"])
def test_days_of_a_zone_are_what_counting_the_records_gives(stores: PostgresStores, name: str) -> None:
    records, zone = told(stores), ZoneInfo(name)
    for group in GROUPS:
        lines = stores.reports.usage(FIRST, LAST, group, limit=1000, zone=zone)
        assert list(lines) == counted(records, group, zone), group
    of_menu = stores.reports.usage(FIRST, LAST, ["day"], limit=1000, ivr_id="ivr_story1", zone=zone)
    assert list(of_menu) == counted(records, ["day"], zone, "ivr_story1")
    assert len(stores.reports.usage(FIRST, LAST, ["day", "did"], limit=3, zone=zone)) == 3


def test_days_of_utc_are_those_of_the_roll_ups(stores: PostgresStores) -> None:
    told(stores)
    for group in GROUPS:
        of_rollups = stores.reports.usage(FIRST, LAST, group, limit=1000)
        assert stores.reports.usage(FIRST, LAST, group, limit=1000, zone=ZoneInfo("Etc/UTC")) == of_rollups


def test_speech_is_charged_on_the_day_of_its_zone(stores: PostgresStores) -> None:
    moments = [datetime(2026, 3, 8, 4, 59, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC)]
    moments += [datetime(2026, 3, 9, 3, 59, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)]
    with stores.database.transaction() as connection:
        for moment in moments:
            connection.execute(
                "insert into tts_charge (ivr_id, audio, file, duration_ms, cost_usd, actor, charged_at)"
                " values ('ivr_a', 'a.wav', 'f', 1000, 0.01, 'x', %s)",
                (moment,),
            )
    lines = stores.reports.usage(FIRST, LAST, ["day"], limit=10, zone=ZoneInfo("America/New_York"))
    assert [(line.day, line.spent.tts_ms) for line in lines] == [
        (date(2026, 3, 7), 1000), (date(2026, 3, 8), 2000), (date(2026, 3, 9), 1000),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/UTC"])
def test_the_funnel_of_a_zones_days_is_what_counting_the_records_gives(stores: PostgresStores, name: str) -> None:
    """For one day, which holds no whole day of UTC, and for several."""
    records, zone = told(stores), ZoneInfo(name)
    for first, last in ((date(2026, 3, 8), date(2026, 3, 8)), (FIRST, LAST)):
        nodes = dict[str, NodeCounts]()
        for record, _ in records:
            if record.ivr_id == "ivr_story1" and first <= day_of(record.started_at, zone) <= last:
                for node, counts in funnel_of(record).items():
                    nodes.setdefault(node, NodeCounts()).add(counts)
        found = stores.reports.funnel("ivr_story1", first, last, zone=zone)
        assert dict(found.nodes) == nodes
