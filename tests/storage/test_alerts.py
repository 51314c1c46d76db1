"""Alerts as they reach people: judged by the keeper, read in the box of a real mail server, and told once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivr.domain.alerts.judging import Alert
from ivr.domain.alerts.settings import AlertSettings, QuietHours, Recipient
from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, utc_now
from ivr.domain.errors import StorageUnavailable
from ivr.domain.trunks.state import Refusal, TrunkState
from ivr.storage.disk.trunk_states import trunk_states_path, write_states
from ivr.storage.postgres.alerts import PostgresAlerts
from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.postgres.stores import PostgresStores
from keeper.alert_readings import AlertPlaces, AlertReadings
from keeper.alerts import AlertKeeper
from tests.channels import mail_channel
from tests.helpers import wait_until
from tests.mail_server import Mailbox, mail_server
from tests.service_stub import SEALER
from tests.storage.conftest import call
from tests.storage.test_messages import sending

URL = "https://ivr.example.com"


class Alerts(PostgresAlerts):
    """The store, which can be away."""

    away = False

    def state(self) -> Any:
        self._need()
        return super().state()

    def note(self, alert: Alert, messages: Any, not_before: datetime | None) -> bool:
        self._need()
        return super().note(alert, messages, not_before)

    def _need(self) -> None:
        if self.away:
            raise StorageUnavailable("Postgres is away")


@contextmanager
def readyz(voices: list[bool]) -> Iterator[tuple[str, int]]:
    """An admin app whose voices answer as the list says."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"checks": [{"name": "tts", "ok": voices[-1], "detail": "", "ms": 1}]}).encode()
            self.send_response(200 if voices[-1] else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Ready)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield ("127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class World:
    """A keeper's alerts at a clock of the test."""

    def __init__(self, stores: PostgresStores, home: Path, admin: tuple[str, int]) -> None:
        self.home, self.now, self.backlog_s = home, utc_now(), 0.0
        self.store, self.database, self.admin = Alerts(stores.database), stores.database, admin
        self.keeper = self.start()

    def start(self) -> AlertKeeper:
        """As after a kill: nothing is known but what is written."""
        places = AlertPlaces(self.home, self.admin, URL)
        readings = AlertReadings(self.database, places, lambda: self.backlog_s)
        self.keeper = AlertKeeper(self.store, readings, SEALER.seal, URL, lambda: self.now)
        return self.keeper

    def look(self, minutes: float = 0) -> None:
        self.now += timedelta(minutes=minutes)
        self.keeper.look()

    def trunk(self, standing: Any, minutes: float) -> None:
        since = (self.now - timedelta(minutes=minutes)).timestamp()
        state = TrunkState(standing, since, Refusal(403, "Forbidden", 0))
        write_states(trunk_states_path(self.home), {"carrier": state})

    def kinds(self) -> list[tuple[str, str, bool]]:
        """(kind, subject, whether it is open) of each, the oldest first."""
        found = self.store.list(limit=100).items
        return [(each.kind, each.subject, each.ended_at is None) for each in reversed(found)]


@pytest.fixture
def stores(database: str) -> Iterator[PostgresStores]:
    opened = PostgresStores(database)
    yield opened
    opened.close()


@pytest.fixture
def box(database: str, stores: PostgresStores) -> Iterator[Mailbox]:
    with mail_server() as box, sending(database):
        stores.channels.create(mail_channel(box.port), actor="tests")
        recipients = (Recipient("office", "ops@example.com"), Recipient("office"), Recipient("gone"))
        stores.alerts.put_settings(AlertSettings(recipients), actor="tests")
        yield box


@pytest.fixture
def voices() -> list[bool]:
    return [True]


@pytest.fixture
def world(stores: PostgresStores, tmp_path: Path, voices: list[bool]) -> Iterator[World]:
    with readyz(voices) as admin:
        yield World(stores, tmp_path, admin)


def _ended(at: datetime, **fields: Any) -> CallRecord:
    ends = {"ended_at": at + timedelta(seconds=9), "duration_ms": 9000, "outcome": Outcome.HUNG_UP}
    return call(started_at=at, **{**ends, **fields})


def _add(stores: PostgresStores, *records: CallRecord) -> None:
    with stores.database.transaction() as connection:
        write_calls(connection, [(record, "esl-here-1") for record in records])


def _subjects(box: Mailbox, count: int) -> list[str]:
    wait_until(lambda: len(box.mails) == count, 20, f"{count} mails")
    return [f"{mail['To']}: {mail['Subject']}" for mail in box.mails]


def test_an_alert_is_mailed_once_when_it_begins_and_once_when_it_ends_though_the_keeper_is_killed(
    world: World, box: Mailbox
) -> None:
    world.trunk("registered", 90)
    world.look()
    world.trunk("refused", 4)
    world.look()
    assert world.kinds() == [], "four minutes are not five"
    world.trunk("refused", 6)
    world.look()
    for _ in range(3):
        world.start().look()
    assert sorted(_subjects(box, 2)) == [
        "office@example.com: Digitree: Trunk carrier is down", "ops@example.com: Digitree: Trunk carrier is down",
    ]  # fmt: skip
    text = box.mails[0].get_content()
    assert "It is refused for 6 minutes; last answer: 403 Forbidden." in text
    assert f"{URL}/ui/alerts" in text
    world.trunk("registered", 0)
    world.look(minutes=1)
    world.start().look()
    assert sorted(_subjects(box, 4))[-1] == "ops@example.com: Digitree: Trunk carrier works again"
    assert world.kinds() == [("trunk_down", "carrier", False)]


def test_what_began_and_ended_while_postgres_was_away_is_told_when_it_is_back(world: World, box: Mailbox) -> None:
    world.look()
    world.store.away = True
    world.backlog_s = 700
    world.look(minutes=1)
    world.look(minutes=1)
    world.backlog_s = 0
    world.look(minutes=30)
    assert world.kinds() == []
    world.store.away = False
    world.look(minutes=1)
    assert [each.split(" wait")[0] for each in _subjects(box, 4)]
    ((kind, _, is_open),) = world.kinds()
    assert (kind, is_open) == ("journal_old", False)


def test_nothing_is_sent_in_quiet_hours_and_all_of_it_at_their_end(
    world: World, box: Mailbox, stores: PostgresStores
) -> None:
    here = world.now.astimezone(ZoneInfo("UTC"))
    until = (here + timedelta(hours=2)).replace(second=0, microsecond=0)
    quiet = QuietHours((here - timedelta(hours=1)).time().replace(microsecond=0), until.time())
    stores.alerts.put_settings(AlertSettings((Recipient("office"),), quiet), actor="tests")
    world.trunk("silent", 6)
    world.look()
    row = stores.database.fetch_one("select next_at, attempts from service_notice")
    assert row == {"next_at": until, "attempts": 0}
    assert box.mails == []
    with stores.database.transaction() as connection:
        connection.execute("update service_notice set next_at = clock_timestamp()")
    assert _subjects(box, 1) == ["office@example.com: Digitree: Trunk carrier is down"]


def test_an_agent_that_was_not_reached_is_told_and_forgotten_with_time(world: World, stores: PostgresStores) -> None:
    results = ["answered", "no_answer", "busy", "cancelled", "unreachable"]
    attempts = [AgentAttempt("sip:a@192.0.2.1", result, None, agent="sales") for result in results]
    begun = world.now - timedelta(minutes=30)
    _add(stores, *(_ended(begun + timedelta(minutes=n), agent=[each]) for n, each in enumerate(attempts)))
    world.look()
    assert world.kinds() == [("agent_down", "sales", True)]
    world.look(minutes=6 * 60)
    assert world.kinds() == [("agent_down", "sales", False)]


def test_calls_that_usually_come_are_missed_unless_they_wait_in_the_journal(
    world: World, stores: PostgresStores
) -> None:
    before = [timedelta(weeks=week, minutes=10 * n + 5) for week in (1, 2, 3, 4) for n in range(5)]
    _add(stores, *(_ended(world.now - each) for each in before))
    world.backlog_s = 61
    world.look()
    assert world.kinds() == []
    world.backlog_s = 0
    world.look(minutes=2)
    assert world.kinds() == [("no_calls", "all numbers", True)]
    _add(stores, _ended(world.now))
    world.look(minutes=2)
    assert world.kinds() == [("no_calls", "all numbers", False)]


def test_voices_and_opt_outs_are_told(world: World, stores: PostgresStores, voices: list[bool]) -> None:
    outcomes = [Outcome.OPTED_OUT] * 10 + [Outcome.HUNG_UP] * 50
    _add(stores, *(_ended(world.now - timedelta(days=2, minutes=n)) for n in range(60)))
    _add(stores, *(_ended(world.now - timedelta(minutes=n + 1), outcome=each) for n, each in enumerate(outcomes)))
    voices.append(False)
    world.look()
    world.look(minutes=4)
    assert [kind for kind, _, _ in world.kinds()] == ["opt_outs"]
    world.look(minutes=2)
    assert [kind for kind, _, _ in world.kinds()] == ["opt_outs", "voice_down"]
    voices.append(True)
    world.look(minutes=1)
    assert [is_open for _, _, is_open in world.kinds()] == [True, False]


def test_two_keepers_tell_an_alert_once(world: World, box: Mailbox, stores: PostgresStores) -> None:
    other = World(stores, world.home, world.admin)
    other.look()
    world.look()
    world.trunk("silent", 6)
    world.look()
    other.look()
    assert len(_subjects(box, 2)) == 2
    world.trunk("answers", 0)
    other.look()
    world.look()
    assert len(_subjects(box, 4)) == 4
    assert world.kinds() == [("trunk_down", "carrier", False)]
