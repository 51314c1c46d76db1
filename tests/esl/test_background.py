"""What a call server does beside calls goes on, whatever fails in it."""

from __future__ import annotations

from types import SimpleNamespace

import gevent
import pytest

from esl_server import live as live_module
from esl_server import process
from esl_server.live import LiveCalls, LivePublisher


class Broken:
    """Every use of it fails."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


def run_for_a_moment(work, *args: object) -> gevent.Greenlet:
    greenlet = gevent.spawn(work, *args)
    gevent.sleep(0.1)
    assert not greenlet.dead
    greenlet.kill()
    return greenlet


def test_records_are_made_safe_though_figures_cannot_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "TICK_S", 0.01)
    synced = []
    sink = SimpleNamespace(sync=lambda: synced.append(1))
    services = SimpleNamespace(figures=Broken(), recorder=SimpleNamespace(retry=lambda: None))
    run_for_a_moment(process._tick, Broken(), services, sink)
    assert len(synced) > 1


def test_live_calls_and_agents_are_shared_again_after_what_nobody_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "EVERY_S", 0.01)
    monkeypatch.setattr(process, "TICK_S", 0.01)
    run_for_a_moment(LivePublisher(LiveCalls(), Broken()).run)  # type: ignore[arg-type]
    run_for_a_moment(process._share_health, Broken(), Broken())
