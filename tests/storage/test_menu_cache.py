"""Redis and Postgres in step: what calls read is whole, in order, and mends itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.published import parse_published_menu
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.menu_cache import (
    COMPLETE,
    READ_TIMEOUT_S,
    REPLACED_TTL_S,
    CacheReader,
    CacheWriter,
    did_key,
    live_key,
    menu_key,
)
from launcher.embedded.redis import embedded_redis
from tests.helpers import SIGNED, wait_until
from tests.storage.conftest import DID, DOCUMENT, OTHER_DID, frozen, patiently

MakeMenu = Callable[..., str]


@pytest.fixture
def raw(cache: str) -> redis.Redis:
    return redis.Redis.from_url(cache)


def rename(stores: PostgresStores, ivr_id: str, name: str) -> int:
    return stores.menus.edit(ivr_id, lambda document: {**document, "name": name}, actor="test").version


def pointers(menus: dict[str, str]) -> dict[str, bytes]:
    """What Redis holds for DIDs that lead to these menus."""
    return {did_key(did): SIGNED.sign(did_key(did), pointer) for did, pointer in menus.items()}


def contents(raw: redis.Redis) -> dict[str, str]:
    """Everything under our prefix but the markers."""
    found: dict[str, str] = {}
    for key in raw.scan_iter(match="digitree:*"):
        if key.startswith((b"digitree:did:", b"digitree:tree:", b"digitree:live:")):
            value: Any = raw.get(key)
            of = key.decode()
            found[of] = (value if ":live:" in of else SIGNED.value(of, value)).decode()
    return found


def test_a_live_menu_is_one_get_away(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID)
    assert publisher.publish() > 0
    assert reader.pointer_of(DID) == f"{ivr_id}:1".encode()
    menu = reader.menu(ivr_id, 1)
    assert menu == stores.menus.get(ivr_id).published()
    assert menu is not None
    assert list(menu.tree.nodes) == list(DOCUMENT["nodes"])
    assert reader.is_complete()
    assert publisher.publish() == 0


def test_a_new_version_swaps_every_did_and_the_old_document_stays_for_calls_under_way(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, raw: redis.Redis, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID, OTHER_DID)
    publisher.publish()
    rename(stores, ivr_id, "new")
    publisher.publish()
    assert reader.pointer_of(DID) == reader.pointer_of(OTHER_DID) == f"{ivr_id}:2".encode()
    old, new = reader.menu(ivr_id, 1), reader.menu(ivr_id, 2)
    assert old is not None
    assert new is not None
    assert (old.tree.name, new.tree.name) == ("Plumber", "new")
    assert REPLACED_TTL_S - 60 < int(raw.ttl(menu_key(ivr_id, 1))) <= REPLACED_TTL_S
    assert raw.ttl(menu_key(ivr_id, 2)) == -1


def test_a_did_that_moves_to_another_menu_is_never_missing(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, make_menu: MakeMenu
) -> None:
    first, second = make_menu(DID), make_menu()
    publisher.publish()
    seen: set[bytes | None] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(reader.pointer_of(DID))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(20):
        for owner in (second, first):
            stores.menus.assign(owner, DID, actor="test", replace=True)
            publisher.publish()
    done.set()
    watcher.join()
    assert seen == {f"{first}:1".encode(), f"{second}:1".encode()}


def test_a_did_that_was_taken_away_leads_nowhere(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID, OTHER_DID)
    publisher.publish()
    stores.menus.unassign(ivr_id, DID, actor="test")
    publisher.publish()
    assert reader.pointer_of(DID) is None
    assert reader.pointer_of(OTHER_DID) is not None
    assert reader.is_complete()


def test_a_deleted_menu_is_gone_but_for_calls_under_way(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, raw: redis.Redis, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID)
    publisher.publish()
    stores.menus.delete(ivr_id, actor="test", force=True)
    publisher.publish()
    assert reader.pointer_of(DID) is None
    assert raw.get(live_key(ivr_id)) is None
    assert int(raw.ttl(menu_key(ivr_id, 1))) > 0


def test_nothing_is_heard_of_a_change_before_it_is_published_and_a_dead_writers_change_is_published_by_the_next(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID)
    publisher.publish()
    rename(stores, ivr_id, "left behind")
    assert reader.pointer_of(DID) == f"{ivr_id}:1".encode()
    make_menu(OTHER_DID)
    publisher.publish()
    assert reader.pointer_of(DID) == f"{ivr_id}:2".encode()


def test_many_writers_at_once_leave_the_newest_state_and_readers_see_only_whole_menus(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, cache: str, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID)
    publisher.publish()
    problems: list[str] = []
    done = threading.Event()

    def write(number: int) -> None:
        mine = CachePublisher(stores.database, CacheWriter(cache, SIGNED))
        for turn in range(10):
            rename(stores, ivr_id, f"{number}-{turn}")
            mine.publish()

    def watch() -> None:
        newest = 0
        while not done.is_set():
            pointer = reader.pointer_of(DID)
            if pointer is None:
                problems.append("missing")
                continue
            version = int(pointer.split(b":")[1])
            if version < newest:
                problems.append(f"{version} after {newest}")
            newest = version
            if reader.document(ivr_id, version) is None:
                problems.append(f"no document for {version}")

    watcher = threading.Thread(target=watch)
    watcher.start()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    watcher.join()
    assert problems == []
    assert reader.pointer_of(DID) == f"{ivr_id}:{stores.menus.get(ivr_id).version}".encode()
    assert publisher.in_step()


class TestRebuild:
    def test_an_emptied_cache_is_not_in_step_and_comes_back_whole(
        self,
        stores: PostgresStores,
        publisher: CachePublisher,
        reader: CacheReader,
        raw: redis.Redis,
        make_menu: MakeMenu,
    ) -> None:
        for number in range(120):  # more than one batch
            make_menu(f"+1415555{number:04d}")
        publisher.publish()
        before = contents(raw)
        assert len(before) == 360
        raw.flushall()
        assert not reader.is_complete()
        assert not publisher.in_step()
        assert publisher.rebuild() == 120
        assert publisher.in_step()
        assert contents(raw) == before

    def test_publishing_into_an_emptied_cache_does_not_make_it_complete(
        self,
        stores: PostgresStores,
        publisher: CachePublisher,
        reader: CacheReader,
        raw: redis.Redis,
        make_menu: MakeMenu,
    ) -> None:
        make_menu(DID)
        publisher.publish()
        raw.flushall()
        make_menu(OTHER_DID)
        publisher.publish()
        assert reader.pointer_of(OTHER_DID) is not None
        assert not reader.is_complete()
        assert not publisher.in_step()

    def test_a_cache_emptied_in_the_middle_of_a_swap_is_not_called_complete(
        self,
        publisher: CachePublisher,
        writer: CacheWriter,
        reader: CacheReader,
        raw: redis.Redis,
        make_menu: MakeMenu,
    ) -> None:
        make_menu(DID)
        read = writer._redis.mget

        def read_and_then_all_is_lost(*keys: Any) -> Any:
            values = read(*keys)
            raw.flushall()
            return values

        writer._redis.mget = read_and_then_all_is_lost
        publisher.publish()
        assert reader.pointer_of(DID) is not None
        assert not reader.is_complete()
        assert not publisher.in_step()

    def test_a_cache_that_came_back_with_old_contents_is_seen_and_put_right(
        self,
        stores: PostgresStores,
        publisher: CachePublisher,
        reader: CacheReader,
        raw: redis.Redis,
        make_menu: MakeMenu,
    ) -> None:
        ivr_id, gone = make_menu(DID), make_menu(OTHER_DID)
        publisher.publish()
        old = {key: raw.dump(key) or b"" for key in raw.scan_iter(match="digitree:*")}
        rename(stores, ivr_id, "new")
        stores.menus.delete(gone, actor="test", force=True)
        publisher.publish()
        raw.flushall()
        for key, value in old.items():
            raw.restore(key, 0, value)
        assert not publisher.in_step()
        # A write in between must not hide it.
        make_menu("+14155550102")
        publisher.publish()
        assert not publisher.in_step()
        publisher.rebuild()
        assert publisher.in_step()
        assert reader.pointer_of(DID) == f"{ivr_id}:2".encode()
        assert reader.pointer_of(OTHER_DID) is None
        assert int(raw.ttl(menu_key(gone, 1))) > 0

    def test_the_cache_of_another_database_is_not_in_step(
        self, stores: PostgresStores, publisher: CachePublisher, raw: redis.Redis
    ) -> None:
        raw.set(COMPLETE, "somebody else")
        assert not publisher.in_step()

    def test_a_cache_emptied_while_it_is_filled_is_not_called_complete(
        self, stores: PostgresStores, writer: CacheWriter, reader: CacheReader, raw: redis.Redis, make_menu: MakeMenu
    ) -> None:
        ivr_id = make_menu(DID)

        def menus() -> Any:
            yield stores.menus.get(ivr_id).published(), {DID: ""}
            raw.flushall()

        with pytest.raises(StorageUnavailable):
            writer.rebuild(menus(), "generation")
        assert not reader.is_complete()

    def test_what_is_still_true_is_never_missing_while_it_is_rebuilt(
        self, stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, make_menu: MakeMenu
    ) -> None:
        make_menu(DID)
        publisher.publish()
        missing: list[int] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                if reader.pointer_of(DID) is None or not reader.is_complete():
                    missing.append(1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for _ in range(20):
            publisher.rebuild()
        done.set()
        watcher.join()
        assert missing == []


def test_a_menu_that_cannot_be_read_stops_no_other_and_stays_as_the_cache_had_it(
    stores: PostgresStores, publisher: CachePublisher, reader: CacheReader, make_menu: MakeMenu
) -> None:
    bad = make_menu(DID)
    publisher.publish()
    with stores.database.transaction() as connection:
        connection.execute("update ivr_version set document = '{\"name\": 7}' where ivr_id = %s", (bad,))
        connection.execute("insert into cache_outbox (ivr_id) values (%s)", (bad,))
    good = make_menu(OTHER_DID)
    publisher.publish()
    assert reader.pointer_of(OTHER_DID) == f"{good}:1".encode()
    assert reader.pointer_of(DID) == f"{bad}:1".encode()
    assert reader.menu(bad, 1) is not None
    assert publisher.in_step()


def test_when_redis_is_away_the_change_stays_noted_and_is_published_later(
    stores: PostgresStores, make_menu: MakeMenu, cache: str, tmp_path: Path
) -> None:
    make_menu(DID)
    away = CachePublisher(stores.database, CacheWriter(f"unix://{tmp_path}/nobody", SIGNED))
    with pytest.raises(StorageUnavailable):
        away.publish()
    back = CachePublisher(stores.database, CacheWriter(cache, SIGNED))
    assert back.publish() > 0
    assert CacheReader(cache, SIGNED, timeout_s=10).pointer_of(DID) is not None


def test_a_crash_between_redis_and_commit_is_seen_and_repeated(
    stores: PostgresStores, publisher: CachePublisher, writer: CacheWriter, reader: CacheReader, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID)

    class Dies(CacheWriter):
        def swap(self, *args: Any, **kwargs: Any) -> None:
            writer.swap(*args, **kwargs)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CachePublisher(stores.database, Dies.__new__(Dies)).publish()
    assert reader.pointer_of(DID) == f"{ivr_id}:1".encode()
    assert not publisher.in_step()
    assert publisher.publish() > 0
    publisher.rebuild()
    assert publisher.in_step()


def test_a_frozen_redis_costs_a_reader_a_fifth_of_a_second(
    own_redis: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = own_redis
    reader = CacheReader(url, SIGNED)
    assert patiently(reader.pointer_of, DID) is None
    waits_s = []

    class Noting(type(reader._lookups._connection)):  # type: ignore[misc]
        def _connect(self) -> Any:
            sock = super()._connect()
            waits_s.append(sock.gettimeout())
            return sock

    assert reader._lookups._connection._sock.gettimeout() == READ_TIMEOUT_S
    monkeypatch.setattr(reader._lookups._pool, "connection_class", Noting)
    with frozen(directory):
        for _ in range(3):  # the connection it has; then new ones
            with pytest.raises(StorageUnavailable):
                reader.pointer_of(DID)
    assert waits_s == [READ_TIMEOUT_S] * 2
    assert patiently(reader.pointer_of, DID) is None


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(own_redis: tuple[str, Path]) -> None:
    url, directory = own_redis
    redis.Redis.from_url(url).mset(pointers({DID: "ivr_aaaaaa:1", OTHER_DID: "ivr_bbbbbb:1"}))
    reader = CacheReader(url, SIGNED, max_connections=1)
    patiently(reader.pointer_of, DID)
    with frozen(directory), pytest.raises(StorageUnavailable):
        reader.pointer_of(DID)
    assert patiently(reader.pointer_of, OTHER_DID) == b"ivr_bbbbbb:1"


def test_after_a_restart_of_redis_no_reader_notices_its_dead_connections(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as url:
        reader = CacheReader(url, SIGNED, timeout_s=10)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(reader.pointer_of, [DID] * 200))
    with pytest.raises(StorageUnavailable):
        reader.pointer_of(DID)
    with embedded_redis(tmp_path) as url:
        for _ in range(10):
            assert reader.pointer_of(DID) is None


def test_calls_of_the_same_moment_ask_redis_together(own_redis: tuple[str, Path]) -> None:
    url, directory = own_redis
    dids = [f"+1415555{number:04d}" for number in range(40)]
    with redis.Redis.from_url(url) as raw:
        raw.mset(pointers({did: f"ivr_aaaaaa:{at}" for at, did in enumerate(dids, 1)}))
        reader = CacheReader(url, SIGNED, timeout_s=20)
        reader.pointer_of(DID)
        raw.config_resetstat()
        with ThreadPoolExecutor(len(dids)) as threads:
            with frozen(directory):
                asked = [threads.submit(reader.pointer_of, did) for did in dids]
                wait_until(lambda: len(reader._lookups._waiting) == len(dids) - 1, 15, "all but the first wait")
            assert [each.result() for each in asked] == [b"ivr_aaaaaa:%d" % at for at in range(1, len(dids) + 1)]
        asked_of_redis = raw.info("commandstats")
        assert (asked_of_redis["cmdstat_get"]["calls"], asked_of_redis["cmdstat_mget"]["calls"]) == (1, 1)


def test_those_who_wait_for_a_frozen_redis_wait_once(reader: CacheReader, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, given_up = [], threading.Event()

    def frozen_redis(keys: list[bytes]) -> list[bytes | None]:
        asked.append(keys)
        given_up.wait(20)
        raise TimeoutError("a fifth of a second is over")

    monkeypatch.setattr(reader._lookups, "_values", frozen_redis)
    with ThreadPoolExecutor(20) as threads:
        asking = [threads.submit(reader.pointer_of, DID) for _ in range(20)]
        wait_until(lambda: len(reader._lookups._waiting) == len(asking) - 1, 15, "all but the first wait")
        given_up.set()
        for each in asking:
            with pytest.raises(StorageUnavailable):
                each.result()
    assert len(asked) == 1


def test_a_document_that_is_not_ours_is_a_value_error(reader: CacheReader, raw: redis.Redis) -> None:
    key = menu_key("ivr_aaaaaa", 1)
    raw.set(key, SIGNED.sign(key, json.dumps({"format": 1})))
    with pytest.raises(ValueError, match="published"):
        reader.menu("ivr_aaaaaa", 1)
    with pytest.raises(ValueError, match="Expecting"):
        parse_published_menu(b"")


def test_opt_outs_wait_in_redis_in_order_and_two_who_drain_drop_each_once(writer: CacheWriter) -> None:
    for document in ("a", "b", "a"):
        writer.push_opt_out(document)
    a, b, again = writer.peek_opt_outs()
    assert [writer.opt_out(each) for each in (a, b, again)] == [b"a", b"b", b"a"]
    writer.drop_opt_out(a)
    writer.drop_opt_out(b)
    writer.drop_opt_out(b)
    assert writer.count_opt_outs() == 1


def test_lookups_that_fail_leave_nothing_behind(tmp_path):
    reader = CacheReader(f"unix://{tmp_path}/nobody.sock", SIGNED)
    for _ in range(5):
        with pytest.raises(StorageUnavailable):
            reader.pointer_of(DID)
    assert reader._lookups._connection is None
    assert not reader._lookups._waiting
