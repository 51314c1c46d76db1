"""All who look up a DID at the same moment ask Redis together; whatever it answers, each of them is told."""

from __future__ import annotations

import socket
import threading

import pytest

from ivr.domain.errors import StorageUnavailable
from ivr.storage.redis.menu_cache import CacheReader
from tests.helpers import SIGNED, wait_until


def test_an_answer_that_is_none_of_redis_leaves_nobody_waiting():
    """The first asks alone, the other two together: they get garbage, and later a server that is well again."""
    server = socket.create_server(("127.0.0.1", 0))
    asked, go_on = threading.Event(), threading.Event()

    def serve() -> None:
        first, _ = server.accept()
        first.recv(1000)
        asked.set()
        go_on.wait(60)
        first.sendall(b"$-1\r\n")
        first.recv(1000)
        first.sendall(b"?what\r\n")
        while True:
            try:
                again, _ = server.accept()
            except OSError:
                return
            while again.recv(1000):
                again.sendall(b"-ERR wrong number of arguments\r\n")

    reader = CacheReader(f"redis://127.0.0.1:{server.getsockname()[1]}", SIGNED, timeout_s=60)
    told: list[object] = []

    def ask() -> None:
        try:
            told.append(reader.pointer_of("+14155550100"))
        except StorageUnavailable as error:
            told.append(error)

    threading.Thread(target=serve, daemon=True).start()
    callers = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    try:
        callers[0].start()
        assert asked.wait(60)
        for caller in callers[1:]:
            caller.start()
        wait_until(lambda: len(reader._lookups._waiting) == 2, 5, "two wait")
        go_on.set()
        for caller in callers:
            caller.join(60)
        assert [type(each) for each in told] == [type(None), StorageUnavailable, StorageUnavailable]
    finally:
        server.close()
        reader.close()


def test_who_is_ended_while_he_asks_for_others_leaves_them_an_error():
    class Ended(BaseException):
        pass

    reader = CacheReader("redis://127.0.0.1:1", SIGNED)
    lookups = reader._lookups
    turn = threading.Event()

    def values(keys: list[bytes]) -> list[bytes | None]:
        turn.wait(60)
        raise Ended

    lookups._values = values  # type: ignore[method-assign]
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            lookups.get(b"x")
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    callers = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for caller in callers:
        caller.start()
    turn.set()
    for caller in callers:
        caller.join(60)
    assert len(errors) == 3
    with pytest.raises(StorageUnavailable):
        CacheReader("redis://127.0.0.1:1", SIGNED).pointer_of("+1")
