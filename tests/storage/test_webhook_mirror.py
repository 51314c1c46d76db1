"""A receiver that follows docs/operations.md has the same numbers as the lists, whatever fails on the way."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg

from ivr.domain.dnc.events import DncEvent
from ivr.domain.dnc.import_file import NumberFile
from ivr.storage.disk.journal import Journal, make_writer_name
from ivr.storage.disk.segments import segments
from ivr.storage.postgres.stores import PostgresStores
from tests.helpers import wait_until
from tests.storage.conftest import opt_out
from tests.storage.webhook_receiver import SECRET, hook

CHANGES = 1000
KEEPERS = 5
LISTS = ("default", "other")
FATES = ("taken", "taken, then 500", "500", "dropped", "slow")
NUMBERS = [f"+1480555{number:04d}" for number in range(250)]
# Retries that are due later than this are made due at once: the test has no day.
SOON = """
    update webhook_delivery set next_at = clock_timestamp()
    where state = 'waiting' and (status is not null or error is not null)
        and abs(extract(epoch from next_at - tried_at) - 120) > 0.05
"""
# What a killed keeper had under way.
ORPHANS = "update webhook_delivery set next_at = clock_timestamp() where state = 'waiting'"


class Mirror:
    """Step 2 to 4 of "A copy of a do-not-call list". `gaps` counts messages that came too early."""

    def __init__(self, stores: PostgresStores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self.numbers: dict[str, set[str]] = {name: set() for name in LISTS}
        self.last = dict.fromkeys(LISTS, 0)
        self.gaps = 0

    def take(self, message: dict[str, Any]) -> None:
        data, is_import = message["data"], message["type"] == "dnc.imported"
        name, first = data["list_id"], data["from_seq"] if is_import else data["seq"]
        with self._lock:
            if first <= self.last[name]:
                return
            self.gaps += first != self.last[name] + 1
            if is_import:
                for event in self._stores.dnc.changes(name, self.last[name], limit=500):
                    self._apply(name, event.number, event.kind == "opt_out", event.seq)
                assert self.last[name] >= data["to_seq"]
            else:
                self._apply(name, data["number"], message["type"] == "dnc.added", data["seq"])

    def _apply(self, name: str, number: str | None, is_listed: bool, seq: int | None) -> None:
        assert seq is not None
        self.last[name] = seq
        if number is not None:
            (self.numbers[name].add if is_listed else self.numbers[name].discard)(number)


@contextmanager
def faulty_receiver(mirror: Mirror, chance: random.Random) -> Iterator[str]:
    """One request in twelve fails, some of them after the message was taken; some are slow. Every 200th begins a time
    in which nothing is answered."""
    served = 0

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal served
            served += 1
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fate = chance.choices(FATES, (90, 3, 3, 2, 2))[0] if served % 200 > 6 else "dropped"
            if fate == "dropped":
                self.close_connection = True
                return
            if fate == "slow":
                time.sleep(0.3)
            if fate != "500":
                mirror.take(message)
            self.send_response(200 if fate in ("taken", "slow") else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def killed_keepers(home: Path, database: str, redis: str) -> Iterator[threading.Event]:
    """A keeper that is killed again and again, until the event is set; then one more that may stay."""
    environment = {
        **os.environ, "DIGITREE_HOME": str(home), "DATABASE_URL": database, "REDIS_URL": redis,
        "DIGITREE_SECRET": SECRET, "DIGITREE_OUTBOUND_PRIVATE": "true",
    }  # fmt: skip
    keepers = [subprocess.Popen([sys.executable, "-m", "keeper"], env=environment)]
    calm, over = threading.Event(), threading.Event()

    def torment() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            killed_at = time.monotonic()
            while not over.wait(0.1):
                connection.execute(SOON)
                if time.monotonic() - killed_at > 5 and not calm.is_set() and len(keepers) < KEEPERS:
                    killed_at = time.monotonic()
                    keepers[-1].kill()
                    keepers[-1].wait()
                    connection.execute(ORPHANS)
                    keepers.append(subprocess.Popen([sys.executable, "-m", "keeper"], env=environment))

    thread = threading.Thread(target=torment)
    thread.start()
    try:
        yield calm
    finally:
        over.set()
        thread.join()
        keepers[-1].kill()
        keepers[-1].wait()


def change_lists(stores: PostgresStores, journal: Journal, chance: random.Random) -> None:
    """CHANGES random changes: by hand, by import, by release, by callers."""
    for count in range(CHANGES):
        name, number = chance.choice(LISTS), chance.choice(NUMBERS)
        kind = chance.choices(("add", "release", "import", "call"), (30, 30, 5, 35))[0]
        if kind == "add":
            stores.dnc.record(opt_out(number, event_id=f"optout_{count}", list_id=name, source="api"))
        elif kind == "release":
            stores.dnc.release(number, actor="test", reason="asked for it", list_id=name)
        elif kind == "import":
            lines = "\n".join(["number", *chance.sample(NUMBERS, 4)])
            stores.dnc.import_numbers(NumberFile(BytesIO(lines.encode())), actor="test", list_id=name)
        else:
            keyed = number if chance.random() < 0.9 else None  # withheld
            journal.append("opt_out", opt_out(keyed, event_id=f"optout_{count}").to_json())
            time.sleep(0.02)


def listed(stores: PostgresStores, name: str) -> set[str]:
    return {each.number for each in stores.dnc.export(name) if each.number and each.released_at is None}


def test_a_copy_made_from_webhooks_equals_the_list_under_faults(
    stores: PostgresStores, database: str, cache: str, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # of a failure
    chance = random.Random(seed)
    stores.dnc.create_list("other", "list")
    mirror = Mirror(stores)
    (tmp_path / "journal").mkdir()
    journal = Journal(tmp_path / "journal", make_writer_name("test"))
    with faulty_receiver(mirror, random.Random(seed + 1)) as url:
        hook(stores, url, "dnc.added", "dnc.released", "dnc.imported")
        with killed_keepers(tmp_path, database, cache) as calm:
            change_lists(stores, journal, chance)
            journal.close()
            calm.set()
            wait_until(lambda: not segments(tmp_path / "journal"), 120, "the journal is in Postgres")
            wait_until(lambda: states(database) == {"delivered"}, 300, "everything is delivered")
    for name in LISTS:
        assert mirror.numbers[name] == listed(stores, name)
        assert mirror.last[name] == last_event(stores, name).seq
    assert mirror.gaps == 0, "a message came before another one of its list"


def states(database: str) -> set[str]:
    with psycopg.connect(database, autocommit=True) as connection:
        return {row[0] for row in connection.execute("select distinct state from webhook_delivery")}


def last_event(stores: PostgresStores, name: str) -> DncEvent:
    (found,) = [each for each in stores.dnc.lists() if each.list_id == name]
    return stores.dnc.changes(name, found.head_seq - 1, limit=2)[0]
