"""Lists of numbers in Postgres, and what calls read of them in Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from ivr.domain.errors import (
    NumberListFull,
    NumberListNotEmpty,
    NumberListNotFound,
    NumberListTaken,
    StorageUnavailable,
)
from ivr.domain.number_lists import ListedNumber
from ivr.domain.numbers import E164
from ivr.domain.signed_values import ForgedValue, SignedValues
from ivr.ports.number_lists import Listed
from ivr.storage.disk.listed_snapshot import LISTED_NAME
from ivr.storage.listed_publisher import PostgresListedPublisher
from ivr.storage.postgres import number_lists
from ivr.storage.postgres.number_lists import prune_expired
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.listed_numbers import COMPLETE, ListedReader, ListedWriter, listed_key
from keeper.number_lists import NumberListKeeper
from tests.helpers import SIGNED

ONE, TWO, THREE = (E164(f"+1480555123{digit}") for digit in (1, 2, 3))
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def lists(stores: PostgresStores) -> PostgresStores:
    """With the lists `vip` and `banned`."""
    for name in ("vip", "banned"):
        stores.number_lists.create(name, actor="key_1")
    return stores


@pytest.fixture
def listed(cache: str) -> Iterator[ListedWriter]:
    writer = ListedWriter(cache, SIGNED)
    yield writer
    writer.close()


@pytest.fixture
def publisher(stores: PostgresStores, listed: ListedWriter) -> PostgresListedPublisher:
    publisher = PostgresListedPublisher(stores.database, listed)
    publisher.rebuild()
    return publisher


@pytest.fixture
def calls(cache: str) -> Iterator[ListedReader]:
    reader = ListedReader(cache, SIGNED, timeout_s=10)
    yield reader
    reader.close()


@pytest.fixture
def raw(cache: str) -> Any:
    return redis.Redis.from_url(cache)


def put(stores: PostgresStores, name: str, *numbers: E164, end: datetime | None = None) -> Listed:
    return stores.number_lists.put(name, [ListedNumber(each, end) for each in numbers], actor="key_1")


def test_a_name_is_taken_once_and_lists_come_in_pages(lists: PostgresStores) -> None:
    with pytest.raises(NumberListTaken):
        lists.number_lists.create("vip", actor="key_1")
    put(lists, "vip", ONE, TWO)
    put(lists, "vip", THREE, end=NOW - DAY)
    page = lists.number_lists.list(limit=1)
    assert [(each.name, each.numbers) for each in page.items] == [("banned", 0)]
    rest = lists.number_lists.list(limit=1, cursor=page.next_cursor)
    assert ([(each.name, each.numbers) for each in rest.items], rest.next_cursor) == ([("vip", 2)], None)
    assert lists.number_lists.existing(["vip", "other"]) == {"vip"}


def test_what_is_put_counts_once_and_changes_what_was_there(lists: PostgresStores) -> None:
    assert put(lists, "vip", ONE, TWO, ONE) == Listed(2, 0)
    assert put(lists, "vip", ONE, TWO) == Listed(0, 0)
    assert put(lists, "vip", TWO, THREE, end=NOW + DAY) == Listed(1, 1)
    found = lists.number_lists.find_number("vip", TWO)
    assert found is not None
    assert (found.listed, found.added_by) == (ListedNumber(TWO, NOW + DAY), "key_1")
    assert lists.number_lists.find_number("banned", TWO) is None
    page = lists.number_lists.numbers("vip", limit=2)
    rest = lists.number_lists.numbers("vip", limit=2, cursor=page.next_cursor)
    assert [each.listed.number for each in (*page.items, *rest.items)] == [ONE, TWO, THREE]
    assert [each.listed.number for each in lists.number_lists.export("vip")] == [ONE, TWO, THREE]


def test_a_list_that_is_not_there_is_not_found_by_anything(stores: PostgresStores) -> None:
    assert stores.number_lists.find("vip") is None
    assert stores.number_lists.delete("vip", actor="key_1") is False
    assert stores.number_lists.remove("vip", ONE, actor="key_1") is False
    for ask in (lambda: put(stores, "vip", ONE), lambda: stores.number_lists.numbers("vip", limit=1)):
        with pytest.raises(NumberListNotFound):
            ask()


def test_a_list_has_no_more_numbers_than_it_may(
    lists: PostgresStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_lists, "MAX_NUMBERS", 2)
    put(lists, "vip", ONE, TWO)
    with pytest.raises(NumberListFull):
        put(lists, "vip", THREE)
    assert put(lists, "vip", ONE, end=NOW + DAY) == Listed(0, 1)
    assert [each.listed.number for each in lists.number_lists.export("vip")] == [ONE, TWO]


def test_a_list_with_numbers_is_deleted_by_force_alone(
    lists: PostgresStores, publisher: PostgresListedPublisher, calls: ListedReader
) -> None:
    put(lists, "vip", ONE)
    publisher.publish()
    with pytest.raises(NumberListNotEmpty):
        lists.number_lists.delete("vip", actor="key_1")
    assert lists.number_lists.delete("vip", actor="key_1", force=True) is True
    assert lists.number_lists.delete("banned", actor="key_1") is True
    publisher.publish()
    assert calls.lists_of(ONE, NOW) == frozenset()


def test_each_change_is_in_the_audit_log(lists: PostgresStores) -> None:
    put(lists, "vip", ONE, end=NOW + DAY)
    put(lists, "vip", ONE, end=NOW + DAY)
    put(lists, "vip", ONE, TWO)
    lists.number_lists.remove("vip", TWO, actor="key_2")
    lists.number_lists.delete("vip", actor="key_2", force=True)
    entries = list(reversed(lists.audit.list(subject="list/vip").items))
    assert [each.action for each in entries] == [
        "list.create",
        "list.add",
        "list.add",
        "list.remove",
        "list.delete",
    ]
    assert entries[1].after == {"number": ONE, "expires_at": (NOW + DAY).isoformat(), "note": ""}
    assert entries[2].after == {"added": 1, "changed": 1}
    assert (entries[3].before["number"], entries[3].actor) == (TWO, "key_2")
    assert entries[4].before == {"numbers": 1}


def test_calls_read_all_lists_of_a_number_and_every_change(
    lists: PostgresStores, publisher: PostgresListedPublisher, calls: ListedReader
) -> None:
    put(lists, "vip", ONE, TWO)
    put(lists, "banned", ONE, end=NOW + DAY)
    assert publisher.publish() == 2
    assert calls.lists_of(ONE, NOW) == {"vip", "banned"}
    assert calls.lists_of(ONE, NOW + 2 * DAY) == {"vip"}
    assert (calls.lists_of(TWO, NOW), calls.lists_of(THREE, NOW)) == ({"vip"}, frozenset())
    lists.number_lists.remove("vip", ONE, actor="key_1")
    publisher.publish()
    assert calls.lists_of(ONE, NOW) == {"banned"}
    assert publisher.publish() == 0


def test_a_key_goes_when_the_last_list_ends(
    lists: PostgresStores, publisher: PostgresListedPublisher, raw: Any
) -> None:
    put(lists, "banned", ONE, TWO, end=NOW + DAY)
    put(lists, "vip", TWO)
    put(lists, "vip", THREE, end=NOW - DAY)
    publisher.publish()
    assert 0 < raw.ttl(listed_key(ONE)) <= 86401
    assert (raw.ttl(listed_key(TWO)), raw.exists(listed_key(THREE))) == (-1, 0)


def test_a_value_that_is_not_signed_by_us_leads_no_call(
    lists: PostgresStores, publisher: PostgresListedPublisher, calls: ListedReader, raw: Any
) -> None:
    put(lists, "vip", ONE)
    publisher.publish()
    other = SignedValues(lambda: b"another secret")
    raw.set(listed_key(TWO), other.sign(listed_key(TWO), '{"vip":null}'))
    raw.set(listed_key(THREE), raw.get(listed_key(ONE)))
    for number in (TWO, THREE):
        with pytest.raises(ForgedValue):
            calls.lists_of(number, NOW)
    raw.delete(listed_key(TWO))
    raw.set(COMPLETE, other.sign(COMPLETE, "x"))
    with pytest.raises(ForgedValue):
        calls.lists_of(TWO, NOW)
    assert calls.lists_of(ONE, NOW) == {"vip"}


def test_of_an_emptied_redis_nothing_is_concluded_until_the_keeper_has_filled_it(
    lists: PostgresStores,
    publisher: PostgresListedPublisher,
    listed: ListedWriter,
    calls: ListedReader,
    raw: Any,
    tmp_path: Path,
) -> None:
    put(lists, "vip", ONE)
    publisher.publish()
    raw.flushdb()
    assert publisher.in_step() is False
    with pytest.raises(StorageUnavailable):
        calls.lists_of(ONE, NOW)
    put(lists, "vip", TWO)
    publisher.publish()
    with pytest.raises(StorageUnavailable):
        calls.lists_of(ONE, NOW)
    NumberListKeeper(lists.database, listed, tmp_path / LISTED_NAME).look()
    assert publisher.in_step() is True
    assert [calls.lists_of(each, NOW) for each in (ONE, TWO, THREE)] == [{"vip"}, {"vip"}, frozenset()]


def test_a_redis_of_yesterday_is_corrected(
    lists: PostgresStores, publisher: PostgresListedPublisher, calls: ListedReader, raw: Any
) -> None:
    put(lists, "vip", ONE, TWO)
    publisher.publish()
    old = {key: raw.get(key) for key in (listed_key(ONE), listed_key(TWO), COMPLETE)}
    lists.number_lists.remove("vip", ONE, actor="key_1")
    publisher.publish()
    for key, value in old.items():
        raw.set(key, value)
    assert publisher.in_step() is False
    assert publisher.rebuild() == 1
    assert publisher.in_step() is True
    assert [calls.lists_of(each, NOW) for each in (ONE, TWO)] == [frozenset(), {"vip"}]


def test_what_ended_days_ago_goes_and_what_ended_today_can_be_seen(
    lists: PostgresStores, publisher: PostgresListedPublisher
) -> None:
    put(lists, "banned", ONE, end=NOW - 8 * DAY)
    put(lists, "banned", TWO, end=NOW - DAY)
    put(lists, "banned", THREE)
    assert prune_expired(lists.database, NOW) == 1
    assert prune_expired(lists.database, NOW) == 0
    assert [each.listed.number for each in lists.number_lists.export("banned")] == [TWO, THREE]


def test_whoever_writes_last_calls_read_what_postgres_has(
    lists: PostgresStores, listed: ListedWriter, publisher: PostgresListedPublisher, calls: ListedReader
) -> None:
    """Writers of the same numbers, each publishing, at once."""

    def change(name: str) -> None:
        for count in range(8):
            put(lists, name, ONE, TWO, end=NOW + count * DAY + DAY)
            lists.number_lists.remove(name, TWO, actor="key_1")
            PostgresListedPublisher(lists.database, listed).publish()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("vip", "banned")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    publisher.publish()
    assert calls.lists_of(ONE, NOW + 7 * DAY) == {"vip", "banned"}
    assert calls.lists_of(TWO, NOW) == frozenset()
    assert publisher.in_step() is True
