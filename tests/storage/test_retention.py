"""What is too old goes, and nothing else: opt-outs never, the audit log with a note of its own."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from ivr.domain.call_records import utc_now
from ivr.domain.retention import Retention
from ivr.domain.signed_heads import Anchor
from ivr.ports.menus import Prompt
from ivr.storage.disk.once_sounds import OnceSounds
from ivr.storage.disk.prompt_files import write_wav
from ivr.storage.postgres.audit_chain import chain_audit_entries, verify_audit_log
from ivr.storage.postgres.stores import PostgresStores
from keeper import retention
from keeper.retention import Pruned, RetentionKeeper, prune
from tests.helpers import as_superuser, wait_until
from tests.storage.conftest import DOCUMENT, call, opt_out, put_prompt

KEEP = Retention(calls=365, audit=120, checks=30, webhooks=7, prompts=1)
FOREVER = Retention(calls=0, audit=0, checks=0, webhooks=7, prompts=0)


@pytest.fixture
def old(stores: PostgresStores, database: str) -> PostgresStores:
    """Two calls of two years ago, one of today; two entries of the audit log of half a year ago, two of today; a
    check of two months ago; an opt-out of twelve years ago."""
    now = utc_now()
    for days in (730, 729, 0):
        stores.calls.started(call(started_at=now - timedelta(days=days)))
    with psycopg.connect(database, autocommit=True) as connection:
        for days in (180, 179, 1, 0):
            connection.execute(
                "insert into audit_log (at, actor, action, subject) values (%s, 'a', 'ivr.create', %s)",
                (now - timedelta(days=days), f"of {days} days ago"),
            )
        stores.dnc.check(["+14805550001"], actor="a")
        connection.execute("update suppression_check set at = at - interval '60 days'")
    stores.dnc.record(replace(opt_out("+14805550001"), pressed_at=now - timedelta(days=12 * 365)))
    chain_audit_entries(stores.database)
    return stores


def _prune(stores: PostgresStores, prompts: Path, keep: Retention = KEEP, *, dry: bool = False) -> Pruned:
    return prune(stores.database, prompts, keep, utc_now(), dry=dry)


def test_a_dry_run_counts_what_would_go_and_lets_nothing_go(old: PostgresStores, tmp_path: Path) -> None:
    counted = _prune(old, tmp_path, dry=True)
    assert counted == Pruned(calls=2, audit=2, checks=1)
    assert _prune(old, tmp_path, dry=True) == counted
    assert _prune(old, tmp_path) == counted
    assert _prune(old, tmp_path) == Pruned()


def test_what_is_kept_for_good_stays(old: PostgresStores, tmp_path: Path) -> None:
    assert _prune(old, tmp_path, FOREVER) == Pruned()


def test_an_opt_out_stays_whatever_its_age(old: PostgresStores, tmp_path: Path) -> None:
    _prune(old, tmp_path)
    (entry,) = old.dnc.list().items
    assert entry.number == "+14805550001"


def test_the_audit_log_says_what_went_and_is_right(old: PostgresStores, tmp_path: Path) -> None:
    before = verify_audit_log(old.database)
    _prune(old, tmp_path)
    chain_audit_entries(old.database)
    after = verify_audit_log(old.database, anchors=[Anchor(before.events, before.head_hash, "noted")])
    assert (after.fault, after.pruned, after.events) == (None, 2, before.events + 1)
    newest = old.audit.list().items[0]
    assert (newest.actor, newest.action) == ("retention", "audit.prune")
    assert newest.after["entries"] == 2


def test_the_database_lets_no_young_entry_go(old: PostgresStores, database: str) -> None:
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("delete from audit_log where at > now() - interval '89 days'")
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("update audit_log set actor = 'b' where at < now() - interval '100 days'")


def test_an_old_entry_that_went_without_a_word_is_missing(old: PostgresStores, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("delete from audit_log where subject = 'of 180 days ago'")
    assert "is missing in the audit log" in str(verify_audit_log(old.database).fault)


@pytest.mark.parametrize(("days", "fault"), [(1, "younger than 90 days"), (100, "signed at noon")])
def test_who_owns_the_database_cannot_call_the_deletion_of_young_entries_retention(
    old: PostgresStores, database: str, days: int, fault: str
) -> None:
    said = {"through": 3, "before": (utc_now() - timedelta(days=days)).isoformat(), "entries": 3}
    old.audit.add("retention", "audit.prune", "audit", after=said)
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from audit_log where subject = 'of 1 days ago'")
    chain_audit_entries(old.database)
    report = verify_audit_log(old.database)
    head = Anchor(2, "a" * 64, "signed at noon", utc_now() - timedelta(days=2))
    assert fault in str(verify_audit_log(old.database, anchors=[head]).fault), report


def test_the_keeper_lets_go_by_itself_and_says_what_went(
    old: PostgresStores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "FIRST_S", 0.01)
    monkeypatch.setattr(retention, "EVERY_S", 0.01)
    left = tmp_path / OnceSounds(tmp_path).keep(b"\0\0").file
    os.utime(left, (time.time() - 3600,) * 2)
    stopping = threading.Event()
    keeping = threading.Thread(target=RetentionKeeper(old.database, tmp_path, KEEP).run, args=(stopping,))
    with caplog.at_level("INFO", "keeper.retention"):
        keeping.start()
        try:
            wait_until(lambda: "too old" in caplog.text, 20, "something went")
        finally:
            stopping.set()
            keeping.join()
    assert [record.args for record in caplog.records if record.levelname == "INFO"] == [
        (1,),
        (Pruned(calls=2, audit=2, checks=1),),
    ], "said once, and nothing more goes"
    assert not left.exists(), "the sound of a call whose process died"
    assert _prune(old, tmp_path) == Pruned()


def _old_file(directory: Path, letter: str) -> str:
    path = directory / f"{letter * 32}.wav"
    write_wav(path, bytes(1600))
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    return path.name


def test_prompt_files_that_nothing_plays_go_after_their_time_and_those_of_proofs_stay(
    stores: PostgresStores, database: str, tmp_path: Path
) -> None:
    played, replaced, proof, unplayed, first, second = (_old_file(tmp_path, letter) for letter in "abcd01")
    young = tmp_path / f"{'e' * 32}.wav"
    write_wav(young, bytes(1600))
    (tmp_path / "system").mkdir()
    menu, gone = (stores.menus.create(ivr_id, DOCUMENT, actor="a").ivr_id for ivr_id in ("ivr_a", "ivr_b"))
    for ivr_id, file in ((menu, replaced), (menu, played), (gone, unplayed)):
        put_prompt(
            stores.menus,
            Prompt(
                ivr_id=ivr_id, audio="welcome.wav", file=file, source="upload", duration_ms=100, cost_usd=Decimal(0),
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            ),
            actor="a",
        )  # fmt: skip
    stores.dnc.record(replace(opt_out("+14805550001"), prompt_file=proof))
    stores.dnc.record(replace(opt_out("+14805550002"), prompt_file=f"{first}+{second}"))
    assert _prune(stores, tmp_path).prompts == 0
    stores.menus.delete(gone, actor="a")
    (binned,) = stores.bin.list().items
    stores.bin.delete(binned.bin_id, actor="a")
    assert _prune(stores, tmp_path).prompts == 0, "calls of that menu may still be under way"
    with psycopg.connect(database) as connection:
        connection.execute("update unplayed_prompt set since = since - interval '25 hours'")
    assert _prune(stores, tmp_path, dry=True).prompts == 1
    assert _prune(stores, tmp_path).prompts == 1
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == sorted(
        [played, replaced, proof, young.name, first, second]
    )


def test_machines_with_files_of_their_own_let_each_go_after_its_time(
    stores: PostgresStores, database: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    _old_file(here, "a")
    _old_file(there, "b")
    for _ in range(2):
        assert [_prune(stores, each).prompts for each in (here, there)] == [0, 0]
    with psycopg.connect(database) as connection:
        connection.execute("update unplayed_prompt set since = since - interval '25 hours'")
    assert [_prune(stores, each).prompts for each in (here, there)] == [1, 1]
    again = _old_file(here, "a")
    assert _prune(stores, here).prompts == 0, f"{again} came back a moment ago"
