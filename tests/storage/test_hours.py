"""Opening hours in Postgres, and the menus that ask them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ivr.domain.errors import HoursInUse, HoursTaken
from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.model import Closure, HolidaySet, Hours
from ivr.domain.hours.state import state_at
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.menu_cache import CacheReader
from keeper.holidays import renew_dates
from tests.storage.conftest import DID

OFFICE = parse_hours("office", {"zone": "Europe/Berlin", "week": {"mon": ["09:00-17:00"]}})
CLOSED = replace(OFFICE, closure=Closure(datetime(2026, 3, 9, tzinfo=UTC), None, "Storm"))
MENU = {
    "name": "m",
    "nodes": {
        "when": {"switch": "hours:office", "case": {"open": "go"}, "default": "bye"},
        "go": {"action": "transfer"},
        "bye": {"action": "hangup", "text": "hours:night are not asked"},
    },
}
PLAIN = {"name": "p", "nodes": {"go": {"action": "transfer"}}}


def test_hours_are_kept_whole_and_their_name_is_taken(stores: PostgresStores) -> None:
    stored = stores.hours.create(CLOSED, actor="key_1")
    assert stored.hours == CLOSED
    assert stores.hours.find("office") == stored
    with pytest.raises(HoursTaken):
        stores.hours.create(OFFICE, actor="key_1")
    assert stores.hours.find("office") == stored


def test_what_is_not_there_is_not_found_by_anything(stores: PostgresStores) -> None:
    assert stores.hours.find("office") is None
    assert stores.hours.edit("office", lambda hours: hours, actor="key_1") is None
    assert stores.hours.delete("office", actor="key_1") is False
    assert stores.hours.existing(["office"]) == set()
    assert stores.hours.existing([]) == set()


def test_each_change_of_hours_is_a_version_of_each_menu_that_asks_them(stores: PostgresStores) -> None:
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    stores.menus.create("ivr_plain1", PLAIN, actor="key_1")
    assert stores.menus.get("ivr_abcdef").hours == ()
    stores.hours.create(OFFICE, actor="key_1")
    stores.hours.create(replace(OFFICE, name="night"), actor="key_1")
    asked = stores.menus.get("ivr_abcdef")
    assert (asked.version, asked.hours) == (2, ("office",))
    stores.hours.edit("office", lambda hours: replace(hours, closure=CLOSED.closure), actor="key_1")
    stores.hours.edit("office", lambda hours: hours, actor="key_1")
    assert stores.menus.get("ivr_abcdef").version == 3
    stores.hours.delete("office", actor="key_1", force=True)
    gone = stores.menus.get("ivr_abcdef")
    assert (gone.version, gone.hours) == (4, ())
    assert stores.menus.get("ivr_plain1").version == 1


def test_calls_read_the_hours_with_the_menu_as_they_are(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader
) -> None:
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    stores.menus.assign("ivr_abcdef", DID, actor="key_1")
    publisher.publish()

    def live() -> tuple[int, dict[str, Hours]]:
        pointer = reader.pointer_of(DID)
        assert pointer is not None
        version = int(pointer.decode().split(":")[1])
        published = reader.menu("ivr_abcdef", version)
        assert published is not None
        return version, dict(published.hours)

    assert live() == (1, {})
    stores.hours.create(OFFICE, actor="key_1")
    publisher.publish()
    assert live() == (2, {"office": OFFICE})
    stores.hours.edit("office", lambda hours: replace(hours, closure=CLOSED.closure), actor="key_1")
    publisher.publish()
    assert live() == (3, {"office": CLOSED})
    known = stores.menus.find_version("ivr_abcdef", 3)
    assert known is not None
    assert known.hours == {"office": CLOSED}
    stores.hours.delete("office", actor="key_1", force=True)
    publisher.publish()
    assert live() == (4, {})


def test_the_keeper_brings_the_holidays_of_another_year_to_calls(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader
) -> None:
    stores.hours.create(replace(OFFICE, holiday_sets=(HolidaySet("DE"),)), actor="key_1")
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    stores.menus.assign("ivr_abcdef", DID, actor="key_1")
    assert renew_dates(stores.hours, date(2030, 5, 1)) == ["office"]
    assert renew_dates(stores.hours, date(2030, 12, 31)) == []
    publisher.publish()
    published = reader.menu("ivr_abcdef", 2)
    assert published is not None
    unity = datetime(2032, 10, 3, 10, tzinfo=UTC)
    assert state_at(published.hours["office"], unity).label == "German Unity Day"


def test_whoever_changes_menu_or_hours_last_calls_read_both_as_they_are(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader
) -> None:
    """Menus begin to ask the hours while these change: whatever is published in the end has their last state."""
    stores.hours.create(CLOSED, actor="key_1")
    ids = [f"ivr_race{number:02d}" for number in range(6)]
    for ivr_id in ids:
        stores.menus.create(ivr_id, PLAIN, actor="key_1")

    def relabel(hours: Hours) -> Hours:
        assert hours.closure is not None
        return replace(hours, closure=replace(hours.closure, label=hours.closure.label + "x"))

    def change_hours() -> None:
        for _ in range(10):
            stores.hours.edit("office", relabel, actor="a")
            publisher.publish()

    def change_menus() -> None:
        for ivr_id in ids:
            stores.menus.edit(ivr_id, lambda _: MENU, actor="b")
            publisher.publish()

    threads = [threading.Thread(target=work) for work in (change_hours, change_menus)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    publisher.publish()
    for ivr_id in ids:
        published = reader.menu(ivr_id, stores.menus.get(ivr_id).version)
        assert published is not None
        closure = published.hours["office"].closure
        assert closure is not None
        assert closure.label == "Storm" + "x" * 10


def test_hours_that_a_menu_asks_are_deleted_by_force_alone(stores: PostgresStores) -> None:
    stores.hours.create(OFFICE, actor="key_1")
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    with pytest.raises(HoursInUse, match="ivr_abcdef"):
        stores.hours.delete("office", actor="key_1")
    assert stores.hours.existing(["office", "night"]) == {"office"}
    assert stores.hours.delete("office", actor="key_1", force=True) is True
    assert stores.hours.find("office") is None


def test_of_many_changes_at_once_none_is_lost(stores: PostgresStores) -> None:
    stores.hours.create(OFFICE, actor="key_1")
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")

    def lengthen(hours: Hours) -> Hours:
        closure = hours.closure or CLOSED.closure
        assert closure is not None
        return replace(hours, closure=replace(closure, label=closure.label + "x"))

    def change() -> None:
        for _ in range(5):
            stores.hours.edit("office", lengthen, actor="key_1")

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    found = stores.hours.find("office")
    assert found is not None
    assert found.hours.closure is not None
    assert found.hours.closure.label == "Storm" + "x" * 20
    assert stores.menus.get("ivr_abcdef").version == 21
