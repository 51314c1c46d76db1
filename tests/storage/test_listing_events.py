"""What menus do to lists of numbers, on its way from the journal to what calls read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.listing_events import ListingEvent
from ivr.domain.number_lists import ListedNumber
from ivr.domain.numbers import E164
from ivr.storage.disk.segments import Record
from ivr.storage.listed_publisher import PostgresListedPublisher
from ivr.storage.postgres import listing_events
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.listed_numbers import ListedReader, ListedWriter
from keeper.apply import apply_records
from tests.helpers import SIGNED

ONE, TWO = E164("+14805551231"), E164("+14805551232")
NOW = datetime.now(UTC).replace(microsecond=0)
SOON = NOW + timedelta(days=30)
BAN = ListingEvent("lst_1", "banned", ONE, True, SOON, NOW, "call_1", "ivr_1", "ban")


@pytest.fixture
def lists(stores: PostgresStores) -> PostgresStores:
    stores.number_lists.create("banned", actor="key_1")
    return stores


def apply(stores: PostgresStores, *events: ListingEvent) -> None:
    with stores.database.transaction() as connection:
        apply_records(connection, [Record("listing", 1, each.to_json()) for each in events], "w")


def held(stores: PostgresStores, number: E164 = ONE) -> tuple[Any, ...] | None:
    found = stores.number_lists.find_number("banned", number)
    return None if found is None else (found.listed.expires_at, found.added_by)


def audited(stores: PostgresStores) -> list[tuple[str, str, Any]]:
    entries = stores.audit.list(subject="list/banned").items
    return [(each.action, each.actor, (each.after or each.before or {}).get("call_id")) for each in entries]


def test_a_caller_is_put_on_a_list_and_taken_off_and_the_audit_log_says_by_which_node(lists: PostgresStores) -> None:
    apply(lists, BAN)
    assert held(lists) == (SOON, "ivr_1/ban")
    apply(lists, replace(BAN, event_id="lst_2", is_on=False, until=None, node="pardon"))
    assert held(lists) is None
    assert audited(lists)[:2] == [("list.remove", "ivr_1/pardon", "call_1"), ("list.add", "ivr_1/ban", "call_1")]


def test_what_is_read_again_changes_nothing_that_was_done_by_hand_since(lists: PostgresStores) -> None:
    apply(lists, BAN)
    lists.number_lists.remove("banned", ONE, actor="key_1")
    apply(lists, BAN, BAN)
    assert held(lists) is None


def test_the_last_of_two_changes_counts(lists: PostgresStores) -> None:
    apply(lists, BAN, replace(BAN, event_id="lst_2", until=None))
    assert held(lists) == (None, "ivr_1/ban")


def test_a_list_that_is_gone_and_a_full_one_stay_as_they_are_and_the_other_records_are_written(
    lists: PostgresStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists.number_lists.put("banned", [ListedNumber(TWO)], actor="key_1")
    monkeypatch.setattr(listing_events, "MAX_NUMBERS", 1)
    again = replace(BAN, event_id="lst_3", number=TWO, until=SOON)
    apply(lists, BAN, replace(BAN, event_id="lst_2", list_name="gone"), again)
    assert (held(lists, ONE), held(lists, TWO)) == (None, (SOON, "ivr_1/ban"))


@pytest.fixture
def reader(cache: str) -> Iterator[ListedReader]:
    reader = ListedReader(cache, SIGNED)
    yield reader
    reader.close()


def test_the_next_call_sees_it_in_redis(lists: PostgresStores, cache: str, reader: ListedReader) -> None:
    publisher = PostgresListedPublisher(lists.database, ListedWriter(cache, SIGNED))
    publisher.rebuild()
    apply(lists, BAN)
    publisher.publish()
    assert reader.lists_of(ONE, NOW) == {"banned"}
    apply(lists, replace(BAN, event_id="lst_2", is_on=False))
    publisher.publish()
    assert reader.lists_of(ONE, NOW) == frozenset()
