"""What a call server does beside calls goes on, whatever fails in it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import gevent
import pytest

from esl_server import process
from esl_server.records import live_calls as live_module
from esl_server.records.live_calls import LiveCallBoard, LivePublisher
from esl_server.records.metrics import MetricsPublisher


class Broken:
    """Every use of it fails, and is counted."""

    uses = 0

    def __getattr__(self, name: str) -> object:
        self.uses += 1
        raise RuntimeError(name)


def goes_on(work: Callable[..., None], *args: object, until: Callable[[], bool]) -> None:
    """The work is alive when that is so."""
    greenlet = gevent.spawn(work, *args)
    with gevent.Timeout(20):
        while not until() and not greenlet.dead:
            gevent.sleep(0.01)
    assert not greenlet.dead
    greenlet.kill()


def test_records_are_made_safe_though_figures_cannot_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "TICK_S", 0.01)
    synced = []
    sink = SimpleNamespace(sync=lambda: synced.append(1))
    server = Broken()
    publisher = MetricsPublisher(server, Broken())  # type: ignore[arg-type]
    nothing = SimpleNamespace(catch_up=lambda: None, renew=lambda: None)
    services = SimpleNamespace(recorder=nothing, trunks=nothing)
    goes_on(process._tick, publisher, services, sink, until=lambda: len(synced) > 1)
    assert server.uses > 1


def test_live_calls_and_agents_are_shared_again_after_what_nobody_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "EVERY_S", 0.01)
    monkeypatch.setattr(process, "TICK_S", 0.01)
    writer, health = Broken(), Broken()
    goes_on(LivePublisher(LiveCallBoard(), writer).run, until=lambda: writer.uses > 1)  # type: ignore[arg-type]
    goes_on(process._share_health, health, Broken(), until=lambda: health.uses > 1)
