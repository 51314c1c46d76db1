"""Opening hours in Postgres, and the menus that ask them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.domain.errors import HoursInUse, HoursTaken
from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.model import Closure, Hours
from ivr.storage.postgres.stores import PostgresStores

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
