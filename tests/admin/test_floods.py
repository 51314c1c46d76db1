"""What somebody without a key can do by opening connections and asking much at once, against the real process."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import httpx
import pytest

from admin.http import crowd, waiting_clients
from tests.admin.pages import PAGE_TREE
from tests.admin.running import RunningAdmin
from tests.admin.test_server import running_admin
from tests.helpers import wait_until

WORKERS = 2
# gunicorn gives up waiting for a head after this.
HEAD_S = 15
HALF_A_HEAD = b"GET /ivr HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /ui/login HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 1000\r\n\r\nname=a"
)


@pytest.fixture(scope="module")
def admin(
    migrated_postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningAdmin]:
    with running_admin(migrated_postgres_url, redis_url, tmp_path_factory.mktemp("floods")) as running:
        yield running


@pytest.mark.parametrize("half", [HALF_A_HEAD, HALF_A_BODY], ids=["heads", "bodies"])
def test_two_thousand_half_sent_requests_keep_nobody_waiting(admin: RunningAdmin, half: bytes) -> None:
    with ExitStack() as stack:
        opened = []
        for _ in range(2000):
            client = stack.enter_context(admin.connect())
            with suppress(OSError):  # dropped before it said anything
                client.sendall(half)
            client.setblocking(False)
            opened.append(client)
        allowed = WORKERS * waiting_clients.OF_ADDRESS
        # Before gunicorn gives up waiting for a head.
        wait_until(lambda: sum(map(_is_open, opened)) <= allowed, HEAD_S - 3, "all but a few were dropped")
        for _ in range(20):
            # Each on a connection of its own, from the attacker's address.
            answer = httpx.get(f"{admin.url}/ivr", headers=admin.http.headers, timeout=30, trust_env=False)
            assert answer.status_code == 200


def _is_open(client: socket.socket) -> bool:
    try:
        return client.recv(4096, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_a_client_that_is_slow_with_its_request_is_served_in_between(admin: RunningAdmin) -> None:
    with admin.connect() as slow:
        slow.sendall(HALF_A_HEAD)
        for _ in range(waiting_clients.OF_ADDRESS // 2):
            admin.connect().close()
        slow.sendall(f"x\r\nConnection: close\r\nAuthorization: Bearer {admin.key}\r\n\r\n".encode())
        assert slow.recv(65536).startswith(b"HTTP/1.1 200")


def test_two_hundred_clients_at_once_are_served_or_told_to_come_again(admin: RunningAdmin) -> None:
    # A connection for each request: one that is kept may be closed by the server just when it is used again.
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)
    with httpx.Client(
        base_url=admin.url, headers=admin.http.headers, limits=limits, timeout=60, trust_env=False
    ) as client, ThreadPoolExecutor(200) as threads:

        def ask(_: int) -> tuple[int, str]:
            answer = client.post("/ivr", json=PAGE_TREE)
            return answer.status_code, answer.headers.get("Retry-After", "")

        answers = [threads.submit(ask, n) for n in range(400)]
        health = [admin.http.get("/healthz").status_code for _ in range(20)]
        found = Counter(answer.result() for answer in answers)
    assert set(health) == {200}
    assert found[503, str(crowd.RETRY_AFTER_S)] > 0, found
    assert found[201, ""] > 0, found
    assert found[503, str(crowd.RETRY_AFTER_S)] + found[201, ""] == 400, found
    assert admin.http.get("/ivr").status_code == 200
    assert "digitree_http_shed_total" in admin.http.get("/metrics").text
