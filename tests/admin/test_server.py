"""The process itself: two workers under gunicorn with gevent."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE
from tests.admin.running import RunningAdmin, run_admin
from tests.conftest import empty_tables
from tests.helpers import wait_until
from tests.ports import free_port


@pytest.fixture(scope="module")
def admin(
    migrated_postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningAdmin]:
    with running_admin(migrated_postgres_url, redis_url, tmp_path_factory.mktemp("admin")) as running:
        yield running


@contextmanager
def running_admin(database: str, cache: str, home: Path) -> Iterator[RunningAdmin]:
    from ivr.storage.postgres.stores import PostgresStores

    empty_tables(database)
    stores = PostgresStores(database)
    key = stores.keys.create("server tests")[1]
    stores.close()
    env = {"DATABASE_URL": database, "REDIS_URL": cache, "DIGITREE_TTS": "127.0.0.1:1"}
    with run_admin(home, free_port(), key, env) as running:
        yield running


def _head(admin: RunningAdmin, method: str, path: str, *headers: str) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {admin.key}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_the_pages_requests_work_over_the_wire(admin: RunningAdmin) -> None:
    menu = admin.http.post("/ivr", json=PAGE_TREE).json()
    assert admin.http.post(f"/ivr/{menu['id']}/assign", json={"did": PAGE_DID}).json()["status"] == "live"
    assert admin.http.patch(f"/ivr/{menu['id']}", json=PAGE_PATCH).json()["version"] == 2
    away = admin.http.post(f"/ivr/{menu['id']}/audio", json={"node": "welcome", "text": "Hello."})
    assert (away.status_code, away.json()["code"]) == (503, "tts_unavailable")


def test_a_chunked_body_over_the_limit_is_413(admin: RunningAdmin) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    answer = admin.http.post("/ivr", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 5 + b"\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", 400),
        (b"POST /ivr HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /ivr HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:99999\r\nConnection: close\r\n\r\n", 400),
    ],
)
def test_what_is_no_http_is_a_problem_document_too(admin: RunningAdmin, sent: bytes, status: int) -> None:
    answer = admin.raw(sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == str(status).encode()
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_options_of_the_server_itself_is_answered(admin: RunningAdmin) -> None:
    for host in ("x", "x:", f"127.0.0.1:{admin.port}"):
        answer = admin.raw(f"OPTIONS * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 204 ")
        assert b"\r\nAllow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n" in answer


def test_a_request_that_is_too_long_is_told_the_limit(admin: RunningAdmin) -> None:
    too_long = admin.raw(b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"a path with its query may have some 4,094 bytes" in too_long
    too_many = admin.raw(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n")
    assert b"a request may have 64 headers of up to 8,190 bytes" in too_many


def test_a_broken_chunked_body_is_a_4xx(admin: RunningAdmin) -> None:
    head = _head(admin, "POST", "/ivr", "Content-Type: application/json", "Transfer-Encoding: chunked")
    answer = admin.raw(head, b"zz\r\n{}\r\n")
    assert answer.startswith(b"HTTP/1.1 4")


def test_a_body_cut_short_is_a_4xx_and_changes_nothing(admin: RunningAdmin) -> None:
    before = len(admin.http.get("/ivr?limit=200").json()["items"])
    body = json.dumps(PAGE_TREE).encode()
    head = _head(admin, "POST", "/ivr", "Content-Type: application/json", f"Content-Length: {len(body) + 10}")
    answer = admin.raw(head, body)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert len(admin.http.get("/ivr?limit=200").json()["items"]) == before


def _lines(admin: RunningAdmin, *words: str) -> list[str]:
    return [line for line in admin.log.read_text().splitlines() if all(word in line for word in words)]


def test_hostile_requests_are_one_escaped_line_in_the_log(admin: RunningAdmin) -> None:
    admin.http.get("/ivr/%0aERROR%20forged%1b[31m")
    lines = wait_until(lambda: _lines(admin, "forged", "admin.access"), 5, "the log line")
    assert len(lines) == 1
    assert not any("\x1b" in line or line.startswith("ERROR") for line in _lines(admin, "forged"))
    assert admin.key not in admin.log.read_text()


def test_a_hundred_idle_connections_hinder_nobody(admin: RunningAdmin) -> None:
    idle = [admin.connect() for _ in range(100)]
    try:
        for client in idle[:50]:
            client.sendall(b"GET /healthz HT")
        assert admin.http.get("/healthz").status_code == 200
    finally:
        for client in idle:
            client.close()


def test_patches_at_once_all_count_and_the_cache_has_the_last(admin: RunningAdmin, redis_url: str) -> None:
    import redis

    menu = admin.http.post("/ivr", json=PAGE_TREE).json()
    did = "+14155550177"
    admin.http.post(f"/ivr/{menu['id']}/assign", json={"did": did})
    statuses: list[int] = []

    def patch(number: int) -> None:
        nodes = {f"n{number}": {"action": "hangup"}}
        statuses.append(admin.http.patch(f"/ivr/{menu['id']}", json={"nodes": nodes}).status_code)

    threads = [threading.Thread(target=patch, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 12
    after = admin.http.get(f"/ivr/{menu['id']}").json()
    assert after["version"] == 13
    assert {f"n{number}" for number in range(12)} <= set(after["nodes"])
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.get(f"digitree:did:{did}").rpartition(" ")[0] == f"{menu['id']}:13"
        document = json.loads(client.get(f"digitree:tree:{menu['id']}:13").rpartition(" ")[0])
    assert document["nodes"] == after["nodes"]


def test_a_killed_worker_is_replaced(admin: RunningAdmin) -> None:
    workers = _children(admin.process.pid)
    assert len(workers) >= 1
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: len(set(_children(admin.process.pid)) - {workers[0]}) == len(workers), 10, "a new worker")
    wait_until(lambda: _status(admin) == 200, 10, "it answers")


def test_metrics_are_those_of_all_workers(admin: RunningAdmin) -> None:
    def count() -> float:
        lines = admin.http.get("/metrics").text.splitlines()
        wanted = 'digitree_http_requests_total{method="GET",route="/voices",status="503"}'
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(wanted))

    before = count()
    for _ in range(10):
        with admin.connect() as client:  # a connection each, so that both workers get some
            client.sendall(_head(admin, "GET", "/voices"))
            while client.recv(65536):
                pass
    assert count() - before == 10


def _status(admin: RunningAdmin) -> int:
    import httpx

    try:
        return admin.http.get("/healthz").status_code
    except httpx.TransportError:
        return 0


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_an_import_is_answered_when_the_server_is_stopped_meanwhile(database: str, cache: str, home: Path) -> None:
    """A million lines take longer than a stopping server waits; the client is told, and nothing is imported."""
    lines = "".join(f"+1{2_020_000_000 + n}\n" for n in range(1_000_000)).encode()
    name = "stopped_meanwhile"
    with running_admin(database, cache, home) as admin, ThreadPoolExecutor(1) as threads:
        headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {admin.key}"}
        url = f"http://127.0.0.1:{admin.port}/dnc/import?name={name}"
        sent = threads.submit(httpx.post, url, content=lines, headers=headers, timeout=120, trust_env=False)
        wait_until(lambda: admin.http.get(f"/dnc/imports/{name}").status_code == 200, 60, "the import has begun")
        admin.process.terminate()
        answer = sent.result()
        assert (answer.status_code, answer.json()["code"]) == (503, "stopping")
        assert answer.headers["Retry-After"] == "10"
        assert admin.process.wait(60) == 0
