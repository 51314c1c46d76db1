"""Services in Postgres, and how calls get to know of them: Redis, and this machine's disk."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from ivr.domain.errors import ServiceInUse, ServiceTaken, StorageUnavailable
from ivr.domain.service_definition import Service
from ivr.domain.service_table import table_text
from ivr.domain.signed_values import ForgedValue
from ivr.storage.disk.text_snapshot import SERVICES_NAME, read_text, write_text
from ivr.storage.postgres.services import services_text
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.service_health import Noted, ServiceHealth
from ivr.storage.redis.services import ServicesReader, ServicesWriter
from ivr.storage.service_source import RENEW_S, ServiceSource
from ivr.storage.text_publisher import TextPublisher
from keeper.published_texts import PublishedTextKeeper
from tests.helpers import SIGNED
from tests.service_stub import service

CRM = service("https://crm.example.com/", headers={"X-A": "1"}, allow_private=False)
MENU = {
    "name": "m",
    "nodes": {"ask": {"audio": "a.wav", "gather": {"1": "bye"}}, "bye": {"action": "hangup"}},
}


@pytest.fixture
def writer(cache: str) -> Iterator[ServicesWriter]:
    writer = ServicesWriter(cache, SIGNED)
    yield writer
    writer.close()


@pytest.fixture
def reader(cache: str) -> Iterator[ServicesReader]:
    reader = ServicesReader(cache, SIGNED, timeout_s=10)
    yield reader
    reader.close()


def test_a_service_is_kept_whole_and_its_name_is_taken(stores: PostgresStores) -> None:
    stored = stores.services.create(CRM, actor="key_1")
    assert stored.service == CRM
    assert stores.services.find("crm") == stored
    with pytest.raises(ServiceTaken):
        stores.services.create(replace(CRM, url="https://other.example"), actor="key_1")
    assert stores.services.find("crm") == stored
    assert stores.services.existing(["crm", "pay"]) == {"crm"}


def test_what_is_not_there_is_not_found_by_anything(stores: PostgresStores) -> None:
    assert stores.services.find("crm") is None
    assert stores.services.edit("crm", lambda each: each, actor="key_1") is None
    assert stores.services.delete("crm", actor="key_1") is False
    assert stores.services.existing([]) == set()


def test_a_service_that_a_menu_names_goes_by_force_alone(
    stores: PostgresStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.services.create(CRM, actor="key_1")
    stores.services.create(replace(CRM, name="pay"), actor="key_1")
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    with stores.database.transaction() as connection:
        nodes = {**MENU["nodes"], "crm": {"action": "request", "service": "crm"}}  # type: ignore[dict-item]
        connection.execute("update ivr_version set document = %s", (json.dumps({**MENU, "nodes": nodes}),))
    with pytest.raises(ServiceInUse, match="ivr_abcdef"):
        stores.services.delete("crm", actor="key_1")
    assert stores.services.delete("pay", actor="key_1") is True
    assert stores.services.delete("crm", actor="key_1", force=True) is True


def test_services_are_listed_by_name(stores: PostgresStores) -> None:
    for name in ("b", "a", "c"):
        stores.services.create(replace(CRM, name=name), actor="key_1")
    page = stores.services.list(limit=2)
    rest = stores.services.list(limit=2, cursor=page.next_cursor)
    assert [each.service.name for each in (*page.items, *rest.items)] == ["a", "b", "c"]


def test_whoever_publishes_next_writes_what_is_stored_then(
    stores: PostgresStores, writer: ServicesWriter, reader: ServicesReader
) -> None:
    publisher = TextPublisher(stores.database, writer, services_text)
    publisher.publish()
    assert reader.text() == b"{}"
    stores.services.create(CRM, actor="key_1")
    publisher.publish()
    assert reader.text() == table_text([CRM]).encode()
    stores.services.delete("crm", actor="key_1")
    publisher.publish()
    assert reader.text() == b"{}"


def test_a_redis_that_was_emptied_or_forged_is_filled_again(
    stores: PostgresStores, writer: ServicesWriter, reader: ServicesReader, cache: str, tmp_path: Path
) -> None:
    stores.services.create(CRM, actor="key_1")
    keeper = PublishedTextKeeper(stores.database, writer, services_text, tmp_path / SERVICES_NAME)
    with pytest.raises(StorageUnavailable):
        reader.text()
    keeper.look()
    with redis.Redis.from_url(cache) as connection:
        connection.set("digitree:services", b'{"crm": {}} ' + b"x" * 22)
        with pytest.raises(ForgedValue):
            reader.text()
        keeper.look()
        assert reader.text() == table_text([CRM]).encode()
        connection.delete("digitree:services")
    keeper.look()
    assert reader.text() == read_text(tmp_path / SERVICES_NAME) == table_text([CRM]).encode()


def test_the_file_is_kept_in_step_while_redis_is_away(stores: PostgresStores, tmp_path: Path) -> None:
    stores.services.create(CRM, actor="key_1")
    away = ServicesWriter("redis://127.0.0.1:1/0", SIGNED)
    with pytest.raises(StorageUnavailable):
        PublishedTextKeeper(stores.database, away, services_text, tmp_path / SERVICES_NAME).look()
    assert read_text(tmp_path / SERVICES_NAME) == table_text([CRM]).encode()
    assert (tmp_path / SERVICES_NAME).stat().st_mode & 0o777 == 0o600
    away.close()


class Cache:
    """What Redis says."""

    def __init__(self, *services: Service) -> None:
        self.found: bytes | Exception = table_text(services).encode()
        self.asked = 0

    def text(self) -> bytes:
        self.asked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def source(tmp_path: Path) -> Callable[[Cache], tuple[ServiceSource, list[float], Path]]:
    def make(cache: Cache) -> tuple[ServiceSource, list[float], Path]:
        now = [0.0]
        return ServiceSource(cache, tmp_path / SERVICES_NAME, clock=lambda: now[0]), now, tmp_path / SERVICES_NAME

    return make


Make = Callable[[Cache], tuple[ServiceSource, list[float], Path]]


def test_redis_is_asked_once_a_second_whatever_is_asked(source: Make) -> None:
    cache = Cache(CRM)
    known, now, _ = source(cache)
    assert [known.find("crm") for _ in range(5)] == [CRM] * 5
    assert cache.asked == 1
    cache.found = table_text([replace(CRM, timeout_s=1.0)]).encode()
    assert known.find("crm") == CRM
    now[0] += RENEW_S
    assert known.find("crm") == replace(CRM, timeout_s=1.0)


def test_a_name_that_is_not_known_is_looked_for_sooner(source: Make) -> None:
    cache = Cache()
    known, now, _ = source(cache)
    assert known.find("crm") is None
    cache.found = table_text([CRM]).encode()
    assert known.find("crm") is None
    now[0] += 0.1
    assert known.find("crm") == CRM


def test_calls_of_a_new_process_wait_for_the_first_answer_of_redis(tmp_path: Path) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow(Cache):
        def text(self) -> bytes:
            asked.set()
            assert answer.wait(30)
            return super().text()

    cache = Slow(CRM)
    known, found = ServiceSource(cache, tmp_path / SERVICES_NAME), []
    threads = [threading.Thread(target=lambda: found.append(known.find("crm"))) for _ in range(3)]
    for each in threads:
        each.start()
    assert asked.wait(30)
    assert found == []
    answer.set()
    for each in threads:
        each.join()
    assert found == [CRM] * 3
    assert cache.asked == 1


@pytest.mark.parametrize(
    "failure", [StorageUnavailable("away"), ForgedValue("digitree:services"), ValueError("no table")]
)
def test_without_redis_the_copy_on_disk_counts_and_then_what_is_known(source: Make, failure: Exception) -> None:
    cache = Cache(CRM)
    known, now, path = source(cache)
    assert known.find("crm") == CRM
    cache.found = failure
    now[0] += RENEW_S
    assert known.find("crm") == CRM
    write_text(path, table_text([replace(CRM, timeout_s=1.0)]))
    now[0] += RENEW_S
    assert known.find("crm") == replace(CRM, timeout_s=1.0)
    path.write_text("{")
    now[0] += RENEW_S
    assert known.find("crm") == replace(CRM, timeout_s=1.0)


def test_a_process_that_starts_without_redis_knows_the_services_of_the_disk(source: Make) -> None:
    cache = Cache()
    cache.found = StorageUnavailable("away")
    known, _, path = source(cache)
    write_text(path, table_text([CRM]))
    assert known.find("crm") == CRM


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run" / SERVICES_NAME
    write_text(path, "{}")

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", no_room)
    with pytest.raises(OSError, match="No space"):
        write_text(path, table_text([CRM]))
    assert [each.name for each in path.parent.iterdir()] == [SERVICES_NAME]
    assert path.read_text() == "{}"


@pytest.fixture
def health(cache: str) -> Iterator[ServiceHealth]:
    health = ServiceHealth(cache, timeout_s=10)
    yield health
    health.close()


def test_failures_of_all_processes_are_counted_together(health: ServiceHealth) -> None:
    assert health.exchange({"crm": Noted(failures=3)}, 5, 60) == frozenset()
    assert health.exchange({"crm": Noted(failures=2), "pay": Noted(failures=1)}, 5, 60) == {"crm"}
    assert health.exchange({}, 5, 60) == {"crm"}
    assert health.exchange({"crm": Noted(answered=True)}, 5, 60) == frozenset()
    assert health.exchange({"crm": Noted(answered=True, failures=4)}, 5, 60) == frozenset()


def test_an_open_service_is_open_until_its_time(health: ServiceHealth) -> None:
    assert health.exchange({"crm": Noted(failures=5)}, 5, -1) == frozenset()
    assert health.exchange({"crm": Noted(failures=1)}, 5, 60) == {"crm"}


def test_without_redis_it_says_so() -> None:
    away = ServiceHealth("redis://127.0.0.1:1/0")
    with pytest.raises(StorageUnavailable):
        away.exchange({}, 5, 60)
    away.close()
