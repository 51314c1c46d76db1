"""The lists of a caller while Redis answers, while it does not, and when nobody knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from ivr.domain.errors import StorageUnavailable
from ivr.domain.number_lists import ListedNumber
from ivr.domain.numbers import E164
from ivr.storage.disk.listed_snapshot import LISTED_NAME, ListedSnapshotReader
from ivr.storage.listed_source import ListedSource
from ivr.storage.menu_source import REST_S
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.listed_numbers import COMPLETE, ListedReader, ListedWriter, listed_key
from keeper import number_lists
from keeper.number_lists import NumberListKeeper
from tests.helpers import SIGNED

ONE, TWO = E164("+14805551231"), E164("+14805551232")
NOW = datetime.now(UTC)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / LISTED_NAME


@pytest.fixture(autouse=True)
def _copy_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_lists, "COPY_EVERY_S", 0.0)


@pytest.fixture
def keeper(stores: PostgresStores, cache: str, path: Path) -> Iterator[NumberListKeeper]:
    writer = ListedWriter(cache, SIGNED)
    yield NumberListKeeper(stores.database, writer, path)
    writer.close()


@pytest.fixture
def snapshot(path: Path) -> Iterator[ListedSnapshotReader]:
    reader = ListedSnapshotReader(path)
    yield reader
    reader.close()


def put(stores: PostgresStores, *numbers: E164, end: datetime | None = None) -> None:
    if stores.number_lists.find("vip") is None:
        stores.number_lists.create("vip", actor="key_1")
    stores.number_lists.put("vip", [ListedNumber(each, end) for each in numbers], actor="key_1")


def test_the_snapshot_follows_postgres_removals_and_ends_included(
    stores: PostgresStores, keeper: NumberListKeeper, snapshot: ListedSnapshotReader, path: Path
) -> None:
    with pytest.raises(StorageUnavailable):
        snapshot.lists_of(ONE, NOW)
    keeper.look()
    assert snapshot.lists_of(ONE, NOW) == frozenset()
    put(stores, ONE)
    put(stores, TWO, end=NOW + timedelta(days=1))
    keeper.look()
    assert [snapshot.lists_of(each, NOW) for each in (ONE, TWO)] == [{"vip"}, {"vip"}]
    assert snapshot.lists_of(TWO, NOW + timedelta(days=2)) == frozenset()
    stores.number_lists.remove("vip", ONE, actor="key_1")
    keeper.look()
    assert snapshot.lists_of(ONE, NOW) == frozenset()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_redis_that_is_away_holds_up_no_snapshot(
    stores: PostgresStores, snapshot: ListedSnapshotReader, path: Path
) -> None:
    put(stores, ONE)
    keeper = NumberListKeeper(stores.database, ListedWriter(NOWHERE, SIGNED), path)
    for number in (ONE, TWO):
        put(stores, number)
        with pytest.raises(StorageUnavailable):
            keeper.look()
        assert snapshot.lists_of(number, NOW) == {"vip"}


def test_a_file_that_is_broken_is_replaced(
    stores: PostgresStores, keeper: NumberListKeeper, snapshot: ListedSnapshotReader, path: Path
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StorageUnavailable):
        snapshot.lists_of(ONE, NOW)
    put(stores, ONE)
    keeper.look()
    assert snapshot.lists_of(ONE, NOW) == {"vip"}


def test_nothing_is_written_while_nothing_changes(
    stores: PostgresStores, keeper: NumberListKeeper, path: Path
) -> None:
    put(stores, ONE)
    keeper.look()
    with sqlite3.connect(path) as connection:
        connection.execute("update listed set lists = 'as it was'")
    keeper.look()
    with sqlite3.connect(path) as connection:
        assert connection.execute("select lists from listed").fetchall() == [("as it was",)]


def test_calls_ask_redis_and_the_snapshot_where_redis_cannot_say(
    stores: PostgresStores, keeper: NumberListKeeper, cache: str, snapshot: ListedSnapshotReader
) -> None:
    put(stores, ONE)
    keeper.look()
    raw: Any = redis.Redis.from_url(cache)
    clock = [0.0]
    source = ListedSource(ListedReader(cache, SIGNED, timeout_s=10), snapshot, clock=lambda: clock[0])
    assert [source.lists_of(each, NOW) for each in (ONE, TWO)] == [{"vip"}, frozenset()]
    # Whoever writes Redis alone puts nobody on a list, and takes nobody off with a value of their own.
    raw.set(listed_key(TWO), b'{"vip":null} AAAAAAAAAAAAAAAAAAAAAA')
    raw.set(listed_key(ONE), b"{} AAAAAAAAAAAAAAAAAAAAAA")
    assert [source.lists_of(each, NOW) for each in (ONE, TWO)] == [{"vip"}, frozenset()]
    raw.flushdb()
    assert source.lists_of(ONE, NOW) == {"vip"}
    # Redis rests a moment; then it is asked again.
    keeper.look()
    raw.delete(listed_key(ONE))
    assert source.lists_of(ONE, NOW) == {"vip"}
    clock[0] += REST_S
    assert source.lists_of(ONE, NOW) == frozenset()
    assert raw.exists(COMPLETE)


def test_when_neither_can_say_there_is_no_answer(snapshot: ListedSnapshotReader) -> None:
    source = ListedSource(ListedReader(NOWHERE, SIGNED), snapshot)
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            source.lists_of(ONE, NOW)
