"""Stores over real servers, and servers of a test's own for what would harm the shared ones."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from ivr.domain.call_records import CallRecord, new_id
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.numbers import E164
from ivr.ports.menus import MenuStore, Prompt, StoredMenu
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.menu_cache import CacheReader, CacheWriter
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis, redis_program
from tests.cluster import copy_migrated_cluster
from tests.helpers import SIGNED, pids_in, wait_until

T = TypeVar("T")
DOCUMENT: dict[str, Any] = {
    "name": "Plumber",
    "nodes": {
        "welcome": {"audio": "welcome.wav", "gather": {"1": "agent", "9": "dnc"}, "timeout_node": "welcome"},
        "agent": {"action": "transfer"},
        "dnc": {"action": "suppress"},
    },
}
DID, OTHER_DID = "+14155550100", "+14155550101"
AT = datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC)


def put_prompt(menus: MenuStore, prompt: Prompt, *, actor: str, parts: Sequence[Prompt] = ()) -> StoredMenu:
    """The prompt of a menu whose document stays."""
    return menus.put_prompts(prompt.ivr_id, lambda stored: (stored.document, [*parts, prompt]), actor=actor)


@pytest.fixture
def stores(database: str) -> Iterator[PostgresStores]:
    stores = PostgresStores(database)
    yield stores
    stores.close()


@pytest.fixture
def writer(cache: str) -> Iterator[CacheWriter]:
    writer = CacheWriter(cache, SIGNED)
    yield writer
    writer.close()


@pytest.fixture
def reader(cache: str) -> Iterator[CacheReader]:
    # Calls wait a fifth of a second, which a busy machine may need.
    reader = CacheReader(cache, SIGNED, timeout_s=10)
    yield reader
    reader.close()


def watched(url: str, timeout_s: float = 10) -> CacheReader:
    """One that Redis tells of changes, as an ESL process has it. Its thread ends with the tests' process."""
    reader = CacheReader(url, SIGNED, timeout_s=timeout_s)
    threading.Thread(target=reader.watch, daemon=True).start()
    wait_until(lambda: is_good(reader), 10, "Redis was heard")
    return reader


def is_good(reader: CacheReader) -> bool:
    return reader._known._clock() < reader._known._good_until


@pytest.fixture
def publisher(stores: PostgresStores, writer: CacheWriter) -> CachePublisher:
    """With a cache that is complete, as after the keeper's first look."""
    publisher = CachePublisher(stores.database, writer)
    publisher.rebuild()
    return publisher


@pytest.fixture
def make_menu(stores: PostgresStores) -> Callable[..., str]:
    """A stored menu, live on the given DIDs; returns its id."""

    def make(*dids: str, document: dict[str, Any] = DOCUMENT) -> str:
        ivr_id = new_id("ivr")
        stores.menus.create(ivr_id, document, actor="test")
        for did in dids:
            stores.menus.assign(ivr_id, did, actor="test")
        return ivr_id

    return make


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(url, data directory) of a migrated Postgres that a test may freeze."""
    directory = tmp_path_factory.mktemp("own-postgres") / "pg"
    copy_migrated_cluster(directory)
    with embedded_postgres(directory, durable=False) as url:
        yield url, directory


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    directory = tmp_path_factory.mktemp("own-redis")
    with embedded_redis(directory) as url:
        yield url, directory


@contextmanager
def frozen(directory: Path) -> Iterator[None]:
    """SIGSTOP for every process that works in this directory."""
    processes = processes_of(directory)
    assert processes
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.send_signal(signal.SIGCONT)


def patiently(ask: Callable[..., T], *about: object) -> T:
    """What it answers once the server does: on a busy machine one that was frozen may be slow to come back."""

    def answered() -> list[T]:
        try:
            return [ask(*about)]
        except StorageUnavailable:
            return []

    return wait_until(answered, 20, "the server answers")[0]


def processes_of(directory: Path) -> list[psutil.Process]:
    found = []
    for pid in pids_in(directory):
        # One that has ended since then is none of them.
        with suppress(psutil.NoSuchProcess):
            if (process := psutil.Process(pid)).name() in ("postgres", redis_program().name):
                found.append(process)
    return found


def opt_out(number: str | None = "+14805551234", *, after_s: float = 0, **fields: Any) -> OptOut:
    given: dict[str, Any] = {"event_id": new_id("optout"), "source": "ani", "number_raw": number or "anonymous"}
    given["pressed_at"] = AT + timedelta(seconds=after_s)
    return OptOut(number=E164(number) if number else None, **{**given, **fields})


def call(**fields: Any) -> CallRecord:
    given: dict[str, Any] = {
        "call_id": new_id("call"), "channel_uuid": "u", "did": E164(DID), "did_raw": DID,
        "ani": E164("+14805551234"), "ani_raw": "+14805551234", "started_at": AT,
    }  # fmt: skip
    return CallRecord(**{**given, **fields})
