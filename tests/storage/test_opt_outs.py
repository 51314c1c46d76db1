"""An opt-out is kept by the first store that takes it, and somebody is told at each step down."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.storage.disk.journal import Journal
from ivr.storage.disk.segments import Record, read_segment, segments
from ivr.storage.opt_out_sink import OptOutSink
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.dnc import PostgresDnc
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.menu_cache import CacheWriter
from tests.helpers import SIGNED
from tests.storage.conftest import opt_out

NUMBER = "+14805551234"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", "w")


@pytest.fixture
def full_journal(tmp_path: Path) -> Journal:
    (tmp_path / "file").write_text("in the way")
    return Journal(tmp_path / "file" / "journal", "w")


@pytest.fixture
def no_postgres(tmp_path: Path) -> PostgresDnc:
    return PostgresDnc(Database(f"postgresql://x@/x?host={tmp_path}"))


def no_disk(_work: Callable[[], None]) -> None:
    raise TimeoutError


def written(directory: Path) -> list[Record]:
    return [each for segment in segments(directory) for each, _ in read_segment(segment.path)[0]]  # type: ignore[misc]


def test_the_journal_takes_it_and_it_is_synced_before_anything_else_happens(journal: Journal, tmp_path: Path) -> None:
    event = opt_out()
    assert OptOutSink(journal, None, None).record(event) == "journal"
    (record,) = written(tmp_path / "journal")
    assert (record.kind, record.document) == ("opt_out", event.to_json())
    assert journal.is_durable(1)


def test_when_the_disk_is_full_postgres_takes_it(
    full_journal: Journal, stores: PostgresStores, caplog: pytest.LogCaptureFixture
) -> None:
    assert OptOutSink(full_journal, stores.dnc, None).record(opt_out()) == "postgres"
    assert stores.dnc.find(NUMBER) is not None
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert NUMBER in caplog.text


def test_when_the_disk_hangs_postgres_takes_it_and_the_journal_s_copy_changes_nothing(
    journal: Journal, stores: PostgresStores
) -> None:
    event = opt_out()
    assert OptOutSink(journal, stores.dnc, None, run_blocking=no_disk).record(event) == "postgres"
    assert not stores.dnc.record(event)


def test_when_postgres_is_away_too_redis_takes_it(
    full_journal: Journal, no_postgres: PostgresDnc, writer: CacheWriter
) -> None:
    event = opt_out()
    assert OptOutSink(full_journal, no_postgres, writer).record(event) == "redis"
    assert [json.loads(writer.opt_out(raw)) for raw in writer.peek_opt_outs()] == [event.to_json()]


def test_when_nobody_takes_it_the_alarm_has_all_there_is_to_enter_it_by_hand(
    full_journal: Journal, no_postgres: PostgresDnc, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    no_redis = CacheWriter(f"unix://{tmp_path}/nobody", SIGNED)
    event = opt_out(call_id="call_1", did="+14155550100")
    with pytest.raises(StorageUnavailable):
        OptOutSink(full_journal, no_postgres, no_redis).record(event)
    alarm = caplog.records[-1]
    assert alarm.levelno == logging.CRITICAL
    assert json.loads(alarm.getMessage().partition(": ")[2]) == event.to_json()
    assert [record.levelno for record in caplog.records[:-1]] == [logging.ERROR] * 3


@pytest.mark.parametrize("raw", ["\r\nERROR forged line", "\x1b[2J", "\u2028x", "\ud800"])
def test_what_a_caller_sent_breaks_no_log_line(
    full_journal: Journal, caplog: pytest.LogCaptureFixture, raw: str
) -> None:
    event = OptOut("optout_1", None, raw, "ani", opt_out().pressed_at)
    with pytest.raises(StorageUnavailable):
        OptOutSink(full_journal, None, None).record(event)
    for record in caplog.records:
        assert record.getMessage().isprintable()
        assert record.getMessage().isascii()


def test_the_same_opt_out_in_all_three_stores_is_one_event(
    journal: Journal, full_journal: Journal, stores: PostgresStores, writer: CacheWriter, tmp_path: Path
) -> None:
    from keeper.flush import flush_all
    from keeper.redis_drain import drain_opt_outs

    event = opt_out()
    OptOutSink(journal, stores.dnc, writer).record(event)
    OptOutSink(full_journal, stores.dnc, writer).record(event)
    OptOutSink(full_journal, None, writer).record(event)
    directory = tmp_path / "journal"
    assert drain_opt_outs(directory, stores.database, writer) == 1
    assert flush_all(directory, stores.database, budget_s=5) == 1
    assert writer.count_opt_outs() == 0
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert entry.events == 1
