"""Names are resolved in threads, once for all who ask at the same time, and no call waits longer than it may."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import gevent
import pytest

from esl_server import resolver
from esl_server.resolver import Resolver
from esl_server.services.client import NetworkServices
from ivr.clients.service_http import ServiceHttp
from tests.service_stub import SEALER, service


@dataclass
class System:
    """The system's resolver: `held` until the test lets it go."""

    asked: list[str] = field(default_factory=list)
    goes_on: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def find(self, host: str, port: int, *_: int) -> list[tuple[object, ...]]:
        self.asked.append(host)
        assert self.goes_on.wait(30)
        if self.fails:
            raise socket.gaierror(-2, "Name or service not known")
        return [(2, 1, 6, "", ("192.0.2.1", port)), (10, 1, 6, "", ("2001:db8::1", port, 0, 0))]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    system = System()
    monkeypatch.setattr(resolver, "_native_getaddrinfo", system.find)
    yield system
    system.goes_on.set()


ADDRESSES = ["192.0.2.1", "2001:db8::1"]


def test_those_who_ask_at_the_same_time_are_answered_together(system: System) -> None:
    resolve = Resolver()
    waiting = [gevent.spawn(resolve, "a.test", 80) for _ in range(5)]
    gevent.sleep(0)
    system.goes_on.set()
    gevent.joinall(waiting, timeout=30)
    assert [each.value for each in waiting] == [ADDRESSES] * 5
    assert system.asked == ["a.test"]


def test_what_was_found_is_used_for_a_time(system: System) -> None:
    now = [0.0]
    resolve = Resolver(kept_s=10, clock=lambda: now[0])
    system.goes_on.set()
    assert resolve("a.test", 80) == ADDRESSES
    now[0] = 9.9
    assert resolve("a.test", 80) == ADDRESSES
    assert resolve("b.test", 80) == ADDRESSES
    now[0] = 10.0
    assert resolve("a.test", 80) == ADDRESSES
    assert system.asked == ["a.test", "b.test", "a.test"]


def test_without_a_time_each_asks_anew(system: System) -> None:
    resolve = Resolver()
    system.goes_on.set()
    for _ in range(2):
        resolve("a.test", 80)
    assert system.asked == ["a.test"] * 2


def test_a_failure_is_raised_and_not_kept(system: System) -> None:
    resolve = Resolver(kept_s=10)
    system.goes_on.set()
    system.fails = True
    with pytest.raises(socket.gaierror):
        resolve("a.test", 80)
    system.fails = False
    assert resolve("a.test", 80) == ADDRESSES


@pytest.mark.parametrize(("host", "found"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("2130706433", "127.0.0.1")])
@pytest.mark.usefixtures("system")
def test_an_address_needs_no_thread(host: str, found: str) -> None:
    assert Resolver()(host, 80) == [found]


def test_a_name_that_nobody_resolves_takes_the_time_of_its_service_and_no_more(system: System) -> None:
    class Known:
        def find(self, name: str) -> object:
            return service("http://slow.test/", timeout_s=0.3)

    services = NetworkServices(Known(), ServiceHttp(SEALER.find, resolve=Resolver()), lambda *_: True)  # type: ignore[arg-type]
    waiting = [gevent.spawn(services.ask, "crm", {"n": n}, "call_1") for n in range(3)]
    gevent.joinall(waiting, timeout=30)
    assert [each.value.failure for each in waiting] == ["timeout"] * 3
    assert system.asked == ["slow.test"]
