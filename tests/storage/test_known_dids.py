"""A process that watches Redis asks for a DID once, and never believes what Redis has since told otherwise."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.storage.redis.known_dids import GOOD_S, KEPT, KEPT_S, KnownDids
from ivr.storage.redis.menu_cache import CacheReader, CacheWriter, connect, did_key
from launcher.embedded.redis import embedded_redis
from tests.helpers import SIGNED, wait_until
from tests.storage.conftest import DID, DOCUMENT, OTHER_DID, frozen, is_good, patiently, watched

ID = "ivr_aaaaaa"


def menu(version: int) -> PublishedMenu:
    return PublishedMenu(ID, version, parse_menu(DOCUMENT), {"welcome.wav": PromptFile("a" * 32 + ".wav", 5)})


@pytest.fixture
def asked(cache: str) -> Iterator[Callable[[], int]]:
    """How many look-ups Redis has answered."""
    with redis.Redis.from_url(cache) as client:
        yield lambda: client.info("stats")["keyspace_hits"]


def test_a_did_is_asked_for_once(cache: str, writer: CacheWriter, asked: Callable[[], int]) -> None:
    writer.swap([(menu(1), {DID: ""})])
    reader = watched(cache)
    assert reader.pointer_of(DID) == f"{ID}:1".encode()
    before = asked()
    for _ in range(100):
        assert reader.pointer_of(DID) == f"{ID}:1".encode()
    assert asked() == before


def test_who_waits_for_an_answer_that_is_his_does_not_ask_again(
    cache: str, writer: CacheWriter, asked: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.swap([(menu(1), {DID: "", OTHER_DID: ""})])
    reader = watched(cache)
    before = asked()
    ask, go_on = reader._lookups._values, threading.Event()

    def slow(keys: list[bytes]) -> list[bytes | None]:
        go_on.wait(60)
        return ask(keys)

    monkeypatch.setattr(reader._lookups, "_values", slow)
    with ThreadPoolExecutor(20) as callers:
        first = callers.submit(reader.pointer_of, DID)
        wait_until(lambda: reader._lookups._turn.locked(), 5, "he asks")
        others = [callers.submit(reader.pointer_of, DID) for _ in range(10)]
        another = callers.submit(reader.pointer_of, OTHER_DID)
        wait_until(lambda: len(reader._lookups._waiting) == 11, 5, "all wait")
        go_on.set()
        assert {each.result(30) for each in [first, *others, another]} == {f"{ID}:1".encode()}
    assert asked() - before == 2


def points_to(reader: CacheReader, did: str, version: int) -> bool:
    return reader.pointer_of(did) == f"{ID}:{version}".encode()


def test_a_new_version_and_an_unbound_did_are_told_at_once(cache: str, writer: CacheWriter) -> None:
    reader = watched(cache)
    for version in range(1, 100):
        writer.swap([(menu(version), {DID: "", OTHER_DID: ""})])
        for did in (DID, OTHER_DID):
            wait_until(partial(points_to, reader, did, version), 1, f"the new version at {did}")
    writer.swap([], unbound=[DID])
    wait_until(lambda: reader.pointer_of(DID) is None, 1, "it leads nowhere")
    assert reader.pointer_of(OTHER_DID) == b"ivr_aaaaaa:99"


def test_an_emptied_redis_leaves_nothing_known(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as url:
        CacheWriter(url, SIGNED).swap([(menu(1), {DID: ""})])
        reader = watched(url)
        assert reader.pointer_of(DID) is not None
        with redis.Redis.from_url(url) as client:
            client.flushall()
        wait_until(lambda: reader.pointer_of(DID) is None, 1, "forgotten")


def test_a_frozen_redis_is_believed_no_longer_than_it_is_heard(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as url:
        CacheWriter(url, SIGNED).swap([(menu(1), {DID: ""})])
        reader = watched(url, timeout_s=0.2)
        assert patiently(reader.pointer_of, DID) is not None
        with frozen(tmp_path):
            wait_until(lambda: not is_good(reader), GOOD_S + 2, "nothing is heard")
            with pytest.raises(StorageUnavailable):
                reader.pointer_of(DID)
        wait_until(lambda: is_good(reader), 10, "heard again")
        assert patiently(reader.pointer_of, DID) is not None


def test_what_was_known_goes_with_the_connection(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as url:
        CacheWriter(url, SIGNED).swap([(menu(1), {DID: ""})])
        reader = watched(url)
        assert reader.pointer_of(DID) is not None
        assert reader._known._values
        with redis.Redis.from_url(url) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        wait_until(lambda: not reader._known._values, 2, "forgotten with its connection")
    with pytest.raises(StorageUnavailable):
        reader.pointer_of(DID)


def test_the_news_are_there_when_the_writer_has_his_answer(cache: str, writer: CacheWriter) -> None:
    """So a call made after the answer to a PATCH comes behind them."""
    watching = connect(cache, timeout_s=10).connection_pool
    connection: Any = watching.connection_class(**{**watching.connection_kwargs, "protocol": 3})
    connection.connect()
    connection.send_command("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", did_key(""))
    connection.read_response()
    try:
        for version in range(1, 200):
            writer.swap([(menu(version), {DID: "", OTHER_DID: ""})])
            assert select.select([connection._sock], [], [], 0)[0], version
            connection._sock.recv(65536)
    finally:
        connection.disconnect()


def test_a_redis_without_tracking_is_asked_each_time(
    cache: str, writer: CacheWriter, asked: Callable[[], int]
) -> None:
    writer.swap([(menu(1), {DID: ""})])
    reader = CacheReader(cache, SIGNED, timeout_s=10)
    with redis.Redis.from_url(cache) as client:
        client.execute_command("ACL", "SETUSER", "default", "-client")
        try:
            with pytest.raises(redis.ResponseError):
                reader._known._listen()
        finally:
            client.execute_command("ACL", "SETUSER", "default", "+@all")
    before = asked()
    for _ in range(3):
        assert reader.pointer_of(DID) == f"{ID}:1".encode()
    assert asked() == before + 3


class TestWithoutRedis:
    now = 0.0

    def known(self) -> KnownDids:
        known = KnownDids(None, "p:", clock=lambda: self.now)
        known._good_until = 1.5
        return known

    def test_an_answer_older_than_the_news_is_not_kept(self) -> None:
        known = self.known()
        news = known.news
        known._heed([b"invalidate", [b"p:1"]])
        known.keep(b"p:1", b"old", news)
        assert known.find(b"p:1") is None
        known.keep(b"p:1", b"new", known.news)
        assert known.find(b"p:1") == b"new"

    def test_nothing_is_kept_or_believed_when_redis_is_not_heard(self) -> None:
        known = self.known()
        known.keep(b"p:1", b"x", known.news)
        self.now = 1.5
        assert known.find(b"p:1") is None
        known.keep(b"p:2", b"x", known.news)
        assert b"p:2" not in known._values

    def test_it_does_not_grow_without_end(self) -> None:
        known = self.known()
        for number in range(KEPT + 1):
            known.keep(b"p:%d" % number, b"x", known.news)
        assert list(known._values) == [b"p:%d" % KEPT]

    def test_what_another_server_may_have_said_does_not_last(self) -> None:
        """Heard again and again, and still forgotten once in KEPT_S."""
        known = self.known()

        class Sock:
            def recv(_, _most: int) -> bytes:
                self.now += 1.0
                if self.now > KEPT_S + 2:
                    return b""
                known.keep(b"p:1", b"x", known.news)
                return b"+PONG\r\n"

            def sendall(self, data: bytes) -> None: ...

        seen = known.news
        with pytest.raises(redis.ConnectionError):
            known._hear_all(Sock())  # type: ignore[arg-type]
        assert known.news == seen + 1
