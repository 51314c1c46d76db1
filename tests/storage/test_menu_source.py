"""Where calls get their menus, with Redis there, away, frozen, emptied or wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import AssignedMenu, PromptFile, PublishedMenu
from ivr.domain.signed_values import SignedValues
from ivr.storage.disk.snapshot import REPLACED_KEEP_S, SnapshotReader, SnapshotWriter, snapshot_path
from ivr.storage.menu_source import REST_S, LayeredMenuSource
from ivr.storage.redis.menu_cache import COMPLETE, PREFIX, CacheReader, CacheWriter, did_key, menu_key
from tests.helpers import SIGNED, wait_until
from tests.storage.conftest import DID, DOCUMENT, OTHER_DID, frozen

ID = "ivr_aaaaaa"


def menu(version: int = 1, ivr_id: str = ID) -> PublishedMenu:
    return PublishedMenu(ivr_id, version, parse_menu(DOCUMENT), {"welcome.wav": PromptFile("a" * 32 + ".wav", 5)})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return snapshot_path(tmp_path)


@pytest.fixture
def snapshot(path: Path) -> Iterator[SnapshotWriter]:
    writer = SnapshotWriter(path)
    yield writer
    writer.close()


class TestSnapshot:
    def test_it_has_every_did_and_document_it_was_given(self, snapshot: SnapshotWriter, path: Path) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        reader = SnapshotReader(path)
        assert reader.pointer_of(DID) == f"{ID}:1".encode()
        assert reader.menu(ID, 1) == menu()
        assert reader.pointer_of(OTHER_DID) is None
        assert reader.menu(ID, 2) is None

    def test_dids_go_and_documents_stay_while_calls_may_need_them(self, snapshot: SnapshotWriter, path: Path) -> None:
        reader = SnapshotReader(path)
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()], now=1000.0)
        snapshot.replace({OTHER_DID: f"{ID}:2"}, [f"{ID}:2"], [menu(2)], now=2000.0)
        assert reader.pointer_of(DID) is None
        assert reader.menu(ID, 1) is not None
        snapshot.replace({OTHER_DID: f"{ID}:2"}, [f"{ID}:2"], [], now=2000.0 + REPLACED_KEEP_S + 1)
        assert reader.menu(ID, 1) is None
        assert reader.menu(ID, 2) is not None
        assert snapshot.pointers() == {f"{ID}:2"}

    def test_without_a_file_it_is_unavailable_and_when_one_comes_it_is_read(self, path: Path) -> None:
        reader = SnapshotReader(path)
        with pytest.raises(StorageUnavailable):
            reader.pointer_of(DID)
        SnapshotWriter(path)
        with pytest.raises(StorageUnavailable):
            reader.pointer_of(DID)  # there, and never filled: it proves nothing
        SnapshotWriter(path).replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        assert reader.pointer_of(DID) is not None

    @pytest.mark.parametrize("garbage", [b"x" * 5000, b"", b"SQLite format 3\0" + b"\xff" * 4000])
    def test_a_broken_file_is_unavailable_to_readers_and_made_anew_by_the_writer(
        self, path: Path, garbage: bytes
    ) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(garbage)
        reader = SnapshotReader(path)
        with pytest.raises(StorageUnavailable):
            reader.pointer_of(DID)
        SnapshotWriter(path).replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        assert SnapshotReader(path).pointer_of(DID) is not None
        assert reader.pointer_of(DID) is not None

    def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_and_never_a_mixture(self, path: Path) -> None:
        code = f"""
import sys
from pathlib import Path
from typing import Any
from tests.storage.test_menu_source import *
writer = SnapshotWriter(Path({str(path)!r}))
version = 0
while True:
    version += 1
    pointer = f"{{ID}}:{{version}}"
    writer.replace({{DID: pointer, OTHER_DID: pointer}}, [pointer], [menu(version)], now=version * 10000.0)
    print(version, flush=True)
"""
        for _ in range(5):
            child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert child.stdout is not None
            for _ in range(20):
                child.stdout.readline()
            child.kill()
            child.wait()
            child.stdout.close()
            reader = SnapshotReader(path)
            pointer = reader.pointer_of(DID)
            assert pointer is not None
            assert reader.pointer_of(OTHER_DID) == pointer
            assert reader.menu(ID, int(pointer.split(b":")[1])) is not None
            reader.close()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def menus(reader: CacheReader, path: Path, clock: Clock) -> LayeredMenuSource:
    return LayeredMenuSource(reader, SnapshotReader(path), clock=clock)


@pytest.fixture
def raw(cache: str) -> redis.Redis:
    return redis.Redis.from_url(cache)


def complete(writer: CacheWriter, *published: PublishedMenu, did: str = DID) -> None:
    writer.rebuild([(each, {did: ""}) for each in published], "generation")


class TestMenus:
    def test_a_menu_comes_from_redis_and_a_new_version_with_the_next_call(
        self, menus: LayeredMenuSource, writer: CacheWriter
    ) -> None:
        complete(writer, menu(1))
        assert menus.find(DID) == AssignedMenu(menu(1))
        writer.swap([(menu(2), {DID: ""})])
        assert menus.find(DID) == AssignedMenu(menu(2))
        assert menus.find_version(ID, 1) == menu(1)

    def test_the_language_of_a_number_comes_with_its_pointer(
        self, menus: LayeredMenuSource, writer: CacheWriter
    ) -> None:
        writer.rebuild([(menu(), {DID: "es", OTHER_DID: "pt-BR"})], "generation")
        assert menus.find(DID) == AssignedMenu(menu(), "es")
        assert menus.find(OTHER_DID) == AssignedMenu(menu(), "pt-BR")
        assert menus.found_in["document_read"] == 1, "one document, whatever the languages of its numbers"

    def test_a_known_version_costs_one_get_and_no_second_document(
        self, menus: LayeredMenuSource, writer: CacheWriter, raw: redis.Redis
    ) -> None:
        complete(writer, menu())
        first = menus.find(DID)
        raw.delete(menu_key(ID, 1))
        calls_before = int(raw.info("commandstats")["cmdstat_get"]["calls"])
        again = menus.find(DID)
        assert first is not None
        assert again is not None
        assert again.menu is first.menu
        assert int(raw.info("commandstats")["cmdstat_get"]["calls"]) == calls_before + 1

    def test_many_calls_of_a_new_version_at_once_fetch_its_document_once(
        self, menus: LayeredMenuSource, writer: CacheWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writer.swap([(menu(), {DID: ""})])
        fetched, fetch = [], CacheReader.document

        def counted(*args: Any) -> Any:
            fetched.append(args)
            return fetch(*args)

        monkeypatch.setattr(CacheReader, "document", counted)
        with ThreadPoolExecutor(40) as pool:
            found = list(pool.map(lambda _: menus.find(DID), range(40)))
        assert len({id(each.menu) for each in found if each is not None}) == 1
        assert None not in found
        assert len(fetched) == 1

    def test_a_did_that_a_complete_cache_does_not_have_leads_nowhere(
        self, menus: LayeredMenuSource, writer: CacheWriter, snapshot: SnapshotWriter
    ) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        complete(writer, menu(), did=OTHER_DID)
        assert menus.find(DID) is None

    def test_a_did_that_an_emptied_cache_does_not_have_is_looked_up_in_the_snapshot(
        self, menus: LayeredMenuSource, snapshot: SnapshotWriter
    ) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        assert menus.find(DID) == AssignedMenu(menu())
        assert menus.find(OTHER_DID) is None

    def test_with_an_emptied_cache_and_no_snapshot_nobody_can_say(self, menus: LayeredMenuSource) -> None:
        with pytest.raises(StorageUnavailable):
            menus.find(DID)

    def test_with_redis_away_a_fresh_process_serves_the_menus_the_machine_knew(
        self, path: Path, snapshot: SnapshotWriter, tmp_path: Path
    ) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        menus = LayeredMenuSource(CacheReader(f"unix://{tmp_path}/nobody", SIGNED), SnapshotReader(path))
        assert menus.find(DID) == AssignedMenu(menu())
        assert menus.find_version(ID, 1) == menu()
        assert menus.find(OTHER_DID) is None

    def test_with_redis_away_and_no_snapshot_a_process_serves_what_it_had(
        self, own_redis: tuple[str, Path], path: Path
    ) -> None:
        url, directory = own_redis
        complete(CacheWriter(url, SIGNED), menu())
        menus = LayeredMenuSource(CacheReader(url, SIGNED, timeout_s=1), SnapshotReader(path))
        menus.find(DID)
        with frozen(directory):
            assert menus.find(DID) == AssignedMenu(menu())
            with pytest.raises(StorageUnavailable):
                menus.find(OTHER_DID)

    def test_a_frozen_redis_holds_up_one_call_and_not_the_next_ones(
        self,
        own_redis: tuple[str, Path],
        path: Path,
        snapshot: SnapshotWriter,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        url, directory = own_redis
        complete(CacheWriter(url, SIGNED), menu())
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        reader = CacheReader(url, SIGNED)
        menus = LayeredMenuSource(reader, SnapshotReader(path), clock=clock)
        menus.find(DID)
        asked, ask = [], reader.pointer_of

        def counted(did: str) -> bytes | None:
            asked.append(did)
            return ask(did)

        monkeypatch.setattr(reader, "pointer_of", counted)
        with frozen(directory):
            for _ in range(51):
                assert menus.find(DID) == AssignedMenu(menu())
            assert menus.resting
        assert asked == [DID]
        clock.now += REST_S - 0.1
        assert menus.resting

        def asks_redis_again() -> bool:
            clock.now += REST_S
            assert menus.find(DID) == AssignedMenu(menu())
            return not menus.resting

        wait_until(asks_redis_again, 10, "Redis is asked again")

    def test_while_redis_is_away_whatever_is_newer_counts_snapshot_or_own_memory(
        self, path: Path, snapshot: SnapshotWriter, cache: str, clock: Clock, raw: redis.Redis
    ) -> None:
        writer = CacheWriter(cache, SIGNED)
        complete(writer, menu(2))
        menus = LayeredMenuSource(CacheReader(cache, SIGNED, timeout_s=10), SnapshotReader(path), clock=clock)
        # The keeper was away since version 1; this process had a call on version 2.
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu(1)], now=time.time() - 60)
        assert menus.find(DID) == AssignedMenu(menu(2))
        raw.flushall()
        assert menus.find(DID) == AssignedMenu(menu(2))
        # Now the keeper saw version 3, and then that the DID was taken away.
        snapshot.replace({DID: f"{ID}:3"}, [f"{ID}:3"], [menu(3)], now=time.time() + 1)
        assert menus.find(DID) == AssignedMenu(menu(3))
        snapshot.replace({}, [], [], now=time.time() + 2)
        assert menus.find(DID) is None

    @pytest.mark.parametrize("pointer", [b"", b"x", b"ivr_aaaaaa", b"ivr_aaaaaa:x", b"../../x:1", b"\xff:1"])
    def test_a_pointer_that_is_none_falls_back_to_the_last_good_menu(
        self,
        menus: LayeredMenuSource,
        writer: CacheWriter,
        snapshot: SnapshotWriter,
        raw: redis.Redis,
        pointer: bytes,
    ) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        complete(writer, menu())
        raw.set(did_key(DID), SIGNED.sign(did_key(DID), pointer.decode("latin-1")))
        assert menus.find(DID) == AssignedMenu(menu())

    @pytest.mark.parametrize("document", [None, "", "{}", "null", "[]", '{"format": 1}', '{"format": 99}', "\x00"])
    def test_a_document_that_is_missing_or_broken_falls_back_to_the_last_good_menu(
        self,
        menus: LayeredMenuSource,
        writer: CacheWriter,
        snapshot: SnapshotWriter,
        raw: redis.Redis,
        document: str | None,
    ) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        complete(writer, menu(2))
        if document is None:
            raw.delete(menu_key(ID, 2))
        else:
            raw.set(menu_key(ID, 2), SIGNED.sign(menu_key(ID, 2), document))
        assert menus.find(DID) == AssignedMenu(menu(1))

    def test_what_somebody_else_wrote_into_redis_is_not_believed(
        self,
        menus: LayeredMenuSource,
        writer: CacheWriter,
        snapshot: SnapshotWriter,
        raw: redis.Redis,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        snapshot.replace({DID: f"{ID}:1"}, [f"{ID}:1"], [menu()])
        complete(writer, menu())
        stranger = SignedValues(lambda: b"another secret")
        deep = "[" * 100_000
        theirs = stranger.sign(did_key(DID), "ivr_strange:1")
        for pointer in (b"ivr_strange:1", theirs, SIGNED.sign(COMPLETE, f"{ID}:1"), b" ", b"\xff"):
            raw.set(did_key(DID), pointer)
            assert menus.find(DID) == AssignedMenu(menu())
        for document in (menu(2).to_json(), stranger.sign(menu_key(ID, 2), menu(2).to_json()), deep):
            raw.set(menu_key(ID, 2), document)
            assert menus.find_version(ID, 2) is None
        raw.set(menu_key(ID, 2), SIGNED.sign(menu_key(ID, 2), deep))
        assert menus.find_version(ID, 2) is None
        ticket = "test-" + "0" * 32
        for text in (f'{{"pointer": "{ID}:1", "did": null}}', deep):
            raw.set(PREFIX + ticket, text)
            assert menus.find_ticket(ticket) is None
        raw.delete(did_key(DID))
        raw.set(COMPLETE, "everything is here")
        found = menus.find(DID)
        assert found == AssignedMenu(menu()), "a marker that is not ours says nothing of a DID that is missing"
        assert caplog.text.count("not believed") == 1, "said once, not for each call"
        assert menus.found_in["forged"] > 5

    def test_a_version_nobody_has_is_none(self, menus: LayeredMenuSource, writer: CacheWriter) -> None:
        complete(writer, menu())
        assert menus.find_version(ID, 9) is None

    def test_the_marker_alone_decides_what_a_missing_did_means(
        self, menus: LayeredMenuSource, writer: CacheWriter, raw: redis.Redis
    ) -> None:
        complete(writer, menu(), did=OTHER_DID)
        assert menus.find(DID) is None
        raw.delete(COMPLETE)
        with pytest.raises(StorageUnavailable):
            menus.find(DID)
