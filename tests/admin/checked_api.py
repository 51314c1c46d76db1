"""Schemathesis against the running app with the real voice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.numbers import E164
from tests.admin.pages import PAGE_DID
from tests.admin.running import RunningAdmin, greeting_call_server, keep_fresh, make_ready, run_admin
from tests.tts.conftest import start_speech

CONFIG = Path(__file__).parent / "schemathesis.toml"
SEED = "20260309"


@pytest.fixture
def admin(
    database: str, cache: str, home: Path, free_port: int, make_free_port: Callable[[], int]
) -> Iterator[RunningAdmin]:
    from ivr.domain.signed_values import SignedValues
    from ivr.storage.menu_publisher import CachePublisher
    from ivr.storage.postgres.stores import PostgresStores
    from ivr.storage.redis.menu_cache import CacheWriter

    stores, writer = PostgresStores(database), CacheWriter(cache, SignedValues(SEED.encode))
    key = stores.keys.create("schemathesis")[1]
    CachePublisher(stores.database, writer).rebuild()
    stores.calls.ended(
        CallRecord(
            call_id="call_1",
            channel_uuid="u",
            did=E164(PAGE_DID),
            did_raw=PAGE_DID,
            ani=None,
            ani_raw="anonymous",
            started_at=datetime.now(UTC),
            ended_at=datetime.now(UTC),
            duration_ms=5,
            outcome=Outcome.CALLER_HUNG_UP,
            path=[Step("welcome", 1, "hang_up", None, 400, 5)],
        )
    )
    speech = start_speech(home, home / "speech.log", SEED)
    make_ready(home)
    keep_fresh(home)
    address = speech.url.removeprefix("http://")
    env = {"DATABASE_URL": database, "REDIS_URL": cache, "DIGITREE_TTS": address}
    env |= {"DIGITREE_PHONE": f"127.0.0.1:{make_free_port()}", "DIGITREE_SECRET": SEED}
    try:
        with (
            greeting_call_server() as esl,
            phone(home, {**env, "DIGITREE_ESL": esl}),
            run_admin(home, free_port, key, {**env, "DIGITREE_ESL": esl}) as running,
        ):
            yield running
    finally:
        speech.stop()
        stores.close()
        writer.close()


@contextmanager
def phone(home: Path, env: dict[str, str]) -> Iterator[None]:
    """Its calls come to nothing, which is an end like others."""
    settings = {"DIGITREE_HOME": str(home), **env}
    process = subprocess.Popen([sys.executable, "-m", "devswitch.phone"], env={**os.environ, **settings})
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def run_schemathesis(admin: RunningAdmin, config: Path, *arguments: str) -> None:
    """Fails with schemathesis' own report."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
        *("run", f"{admin.url}/openapi.json", "--header", f"Authorization: Bearer {admin.key}"),
        *("--checks", "all", "--seed", SEED, "--no-color", "--continue-on-failure", "--generation-database", "none"),
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=admin.log.parent)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:] + admin.log.read_text()[-2000:]
    assert "mostly returned 429" not in done.stdout
    assert "returned only 401/403" not in done.stdout
