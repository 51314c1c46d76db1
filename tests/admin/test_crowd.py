"""How many requests are served at once, and which connections are dropped: without a server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest

from admin.http.crowd import Crowd, Shedding
from admin.http.problems import ApiError
from admin.http.waiting_clients import WaitingClients
from ivr.settings import parse_networks
from tests.helpers import wait_until


def _ask(app: Shedding, path: str = "/ivr", body: Any = None) -> str:
    statuses: list[str] = []
    list(app({"PATH_INFO": path, "wsgi.input": body or BytesIO()}, lambda status, _headers: statuses.append(status)))
    return statuses[0]


class _Slow:
    """An app whose answers wait for `go_on`; `inside`: requests that wait."""

    def __init__(self) -> None:
        self.go_on, self.inside = threading.Event(), 0
        self._lock = threading.Lock()

    def __call__(self, _environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            self.inside += 1
        assert self.go_on.wait(20)
        start_response("200 OK", [])
        return []


def test_who_comes_when_all_places_and_the_queue_are_taken_is_refused_at_once() -> None:
    slow = _Slow()
    app = Shedding(slow, Crowd(at_once=2, queue=3, patience_s=20))
    with ThreadPoolExecutor(5) as threads:
        answers = [threads.submit(_ask, app) for _ in range(5)]
        wait_until(lambda: slow.inside == 2 and len(app._crowd._queue) == 3, 10, "all places are taken")
        assert _ask(app) == "503 Service Unavailable"
        slow.go_on.set()
        assert [answer.result() for answer in answers] == ["200 OK"] * 5
    assert _ask(app) == "200 OK"


def test_who_waited_too_long_in_the_queue_is_refused_and_leaves_it() -> None:
    crowd = Crowd(at_once=1, queue=1, patience_s=0.01)
    assert crowd.enter()
    assert not crowd.enter()
    crowd.leave()
    assert crowd.enter(), "the place went to nobody who had left"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/ui/static/app.css", "/docs/docs.js"])
def test_health_and_the_assets_of_pages_are_served_in_any_crowd(path: str) -> None:
    def app(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return []

    full = Shedding(app, Crowd(at_once=0, queue=0))
    assert _ask(full, path) == "200 OK"
    assert _ask(full, "/ivr") == "503 Service Unavailable"


def test_a_body_that_does_not_come_keeps_nobody_out() -> None:
    crowd = Crowd(at_once=1, queue=0)
    come, reading = threading.Event(), threading.Event()

    class Late(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reading.set()
            assert come.wait(20)
            return b"{}"

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input"].read(10)
        start_response("200 OK", [])
        return []

    shedding = Shedding(app, crowd)
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(_ask, shedding, "/ivr", Late())
        assert reading.wait(20)
        assert _ask(shedding) == "200 OK"
        come.set()
        assert late.result() == "200 OK"


def test_whose_body_comes_when_all_places_are_taken_is_refused_as_a_new_request_is() -> None:
    """Each had a place for a moment before its body came."""
    crowd = Crowd(at_once=1, queue=1, patience_s=20)
    working, done, reading, come = threading.Event(), threading.Event(), threading.Semaphore(0), threading.Event()

    class Late(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reading.release()
            assert come.wait(20)
            return b"{}"

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read(2)
        except ApiError as error:
            start_response(f"{error.status} {error.code}", [])
            return []
        working.set()
        assert done.wait(20)
        start_response("200 OK", [])
        return []

    shedding = Shedding(app, crowd)
    with ThreadPoolExecutor(6) as threads:
        answers = [threads.submit(_ask, shedding, "/ivr", Late()) for _ in range(6)]
        for _ in answers:
            assert reading.acquire(timeout=20)
        come.set()
        assert working.wait(20)
        wait_until(lambda: sum(answer.done() for answer in answers) == 4, 20, "all but one at work and one who waits")
        done.set()
        assert Counter(answer.result() for answer in answers) == {"200 OK": 2, "503 too_busy": 4}
    assert _ask(shedding, "/ivr", BytesIO(b"{}")) == "200 OK", "every place is free again"


def test_who_comes_back_is_before_new_ones_and_behind_those_who_came_back_earlier() -> None:
    crowd = Crowd(at_once=1, queue=5, patience_s=20)
    assert crowd.enter()
    order: list[str] = []

    def wait(name: str, enter: Callable[[], object]) -> None:
        enter()
        order.append(name)
        crowd.leave()

    with ThreadPoolExecutor(3) as threads:
        waiting = []
        for name, enter, queue in (
            ("new", crowd.enter, crowd._queue),
            ("first back", crowd.come_back, crowd._returning),
            ("second back", crowd.come_back, crowd._returning),
        ):
            before = len(queue)
            waiting.append(threads.submit(wait, name, enter))
            wait_until(lambda: len(queue) > before, 20, name)  # noqa: B023
        crowd.leave()
        for each in waiting:
            each.result()
    assert order == ["first back", "second back", "new"]


class _Connection:
    def __init__(self, name: str) -> None:
        self.name, self.closed = name, False

    def shutdown(self, _how: int) -> None:
        self.closed = True


def test_of_an_address_with_too_many_waiting_the_one_that_waited_longest_goes() -> None:
    clients = WaitingClients(parse_networks("10.0.0.1"), of_address=2, in_all=5)
    mine = [_Connection(f"mine {n}") for n in range(4)]
    other, proxied = _Connection("other"), [_Connection(f"proxied {n}") for n in range(3)]
    clients.add(other, "192.0.2.2")
    for each in mine:
        clients.add(each, "192.0.2.1")
    assert [each.closed for each in mine] == [True, True, False, False]
    assert not other.closed
    for each in proxied:
        clients.add(each, "10.0.0.1")
    assert not any(each.closed for each in proxied), "a trusted proxy limits its clients itself"
    assert other.closed, "too many in all: the oldest goes"
    assert (len(clients), clients.dropped) == (5, 3)
    for each in [*mine, other, *proxied]:
        clients.remove(each)
    assert len(clients) == 0


def test_a_network_of_ipv6_is_one_client() -> None:
    clients = WaitingClients([], of_address=1, in_all=5)
    one, two = _Connection("one"), _Connection("two")
    clients.add(one, "2001:db8::1")
    clients.add(two, "2001:db8::ffff")
    assert (one.closed, two.closed) == (True, False)
