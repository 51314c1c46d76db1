"""Signed heads of chains: whoever owns the database cannot cut a chain off or compute it again unseen."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.domain.audit_chain import FIRST_HASH, audit_hash
from ivr.domain.errors import StorageError
from ivr.domain.signed_heads import Anchor, HeadSigner, SignedHead
from ivr.storage.disk.witness_file import WitnessFile, read_witness
from ivr.storage.postgres.audit_chain import chain_audit_entries, verify_audit_log
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.dnc_verify import verify_list
from ivr.storage.postgres.signed_heads import signed_heads
from ivr.storage.postgres.stores import PostgresStores
from keeper.head_signer import HeadKeeper
from keeper.keeper import Keeper
from tests.helpers import SIGNED, wait_until
from tests.helpers import as_superuser as superuser_url
from tests.storage.conftest import opt_out
from tests.storage.test_dnc_chain import as_superuser, fill
from tests.storage.webhook_receiver import hook, receiving, sending

SIGNER = HeadSigner(b"s" * 32)


@pytest.fixture
def database(database: str) -> str:
    """In the role that may do all: the application's may not even try."""
    return superuser_url(database)


@pytest.fixture
def heads(stores: PostgresStores, tmp_path: Path) -> HeadKeeper:
    return HeadKeeper(stores.database, SIGNER, WitnessFile(tmp_path / "witness" / "heads.jsonl"))


def witnessed(tmp_path: Path, chain: str) -> list[Anchor]:
    found = [head for _, head in read_witness(tmp_path / "witness" / "heads.jsonl") if head is not None]
    assert all(head.is_genuine() for head in found)
    return [Anchor(head.seq, head.hash, f"signed at {head.at}") for head in found if head.chain == chain]


def test_a_head_is_signed_once_and_again_when_its_chain_grows(
    stores: PostgresStores, heads: HeadKeeper, tmp_path: Path
) -> None:
    fill(stores, 3)
    heads.look()
    heads.look()
    assert [anchor.seq for anchor in witnessed(tmp_path, "dnc/default")] == [3]
    stores.dnc.record(opt_out("+14805550009"))
    heads.look()
    assert [anchor.seq for anchor in witnessed(tmp_path, "dnc/default")] == [3, 4]
    kept = signed_heads(stores.database, "dnc/default")
    assert [head.seq for head in kept] == [3, 4]
    of = stores.dnc.find_list("default")
    assert of is not None
    assert of.signed_head == kept[-1]


def test_webhooks_carry_each_signed_head_away_once(
    stores: PostgresStores, heads: HeadKeeper, database: str, tmp_path: Path
) -> None:
    with receiving() as receiver:
        hook(stores, receiver.url, "chain.signed")
        fill(stores, 3)
        for _ in range(2):
            heads.look()
        with sending(database):
            wait_until(lambda: len(receiver.got) == 2, 20, "the heads of the list and of the audit log came")
            stores.dnc.record(opt_out("+14805550009"))
            heads.look()
            wait_until(lambda: len(receiver.got) == 3, 20, "the next head of the list came")
        told = [SignedHead(**body["data"]) for body in receiver.bodies()]
    assert all(head.is_genuine() for head in told)
    assert [head.seq for head in told if head.chain == "dnc/default"] == [3, 4]
    assert [head.key for head in told] == [SIGNER.key] * 3


def _recompute(connection: Connection) -> None:
    connection.execute("truncate suppression_event, suppression, suppression_list")


def _cut_off(connection: Connection) -> None:
    connection.execute("delete from suppression_event where seq > 3")
    connection.execute("delete from suppression where entry_id in ('+14805550003', '+14805550004')")
    connection.execute(
        "update suppression_list set head_seq = 3,"
        " head_hash = (select hash from suppression_event where seq = 3 and list_id = 'default')"
    )


@pytest.mark.parametrize(
    ("tamper", "again", "fault"),
    [
        (_cut_off, 0, "the end was cut off: event 5 was signed at"),
        (_cut_off, 4, "event 5 does not have the hash that was signed at"),
        (_recompute, 7, "event 5 does not have the hash that was signed at"),
        (_recompute, 2, "the end was cut off: event 5 was signed at"),
    ],
)
def test_what_the_chain_itself_cannot_show_its_signed_heads_do(
    stores: PostgresStores,
    heads: HeadKeeper,
    tmp_path: Path,
    tamper: Callable[[Connection], None],
    again: int,
    fault: str,
) -> None:
    fill(stores, 5)
    heads.look()
    with as_superuser(stores) as connection:
        tamper(connection)
    for n in range(again):
        stores.dnc.record(opt_out(f"+1480556{n:04d}", after_s=n, event_id=f"later_{n}"))
    assert verify_list(stores.database, "default").fault is None, "the chain alone shows nothing"
    report = verify_list(stores.database, "default", anchors=witnessed(tmp_path, "dnc/default"))
    assert fault in str(report.fault)


def test_a_chain_that_was_tampered_with_is_not_signed_any_more_and_the_log_says_so(
    stores: PostgresStores, heads: HeadKeeper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(stores, 5)
    heads.look()
    with as_superuser(stores) as connection:
        _cut_off(connection)
    fill(stores, 5)
    stores.dnc.record(opt_out("+14805550009"))
    heads.look()
    assert heads.broken == 1
    assert "event 5 was signed and is no longer what it was" in caplog.text
    assert [anchor.seq for anchor in witnessed(tmp_path, "dnc/default")] == [5]


def test_a_database_that_forgot_its_signed_heads_is_reminded_by_the_witness_file(
    stores: PostgresStores, heads: HeadKeeper, tmp_path: Path
) -> None:
    fill(stores, 5)
    heads.look()
    with as_superuser(stores) as connection:
        _recompute(connection)
        connection.execute("truncate signed_head")
    fill(stores, 6)
    later = HeadKeeper(stores.database, SIGNER, WitnessFile(tmp_path / "witness" / "heads.jsonl"))
    later.look()
    assert later.broken == 1
    assert [anchor.seq for anchor in witnessed(tmp_path, "dnc/default")] == [5]


def test_a_torn_line_of_the_witness_file_takes_no_other_with_it(
    stores: PostgresStores, heads: HeadKeeper, tmp_path: Path
) -> None:
    fill(stores, 1)
    heads.look()
    path = tmp_path / "witness" / "heads.jsonl"
    path.write_text(path.read_text() + '{"chain":"dnc/def')
    stores.dnc.record(opt_out("+14805550009"))
    heads.look()
    assert [head.seq if head else None for _, head in read_witness(path)] == [1, None, 2]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_witness_file_that_takes_nothing_leaves_the_head_unsigned_everywhere(
    stores: PostgresStores, tmp_path: Path
) -> None:
    (tmp_path / "witness").write_text("in the way")
    fill(stores, 1)
    with pytest.raises(OSError, match=r"heads\.jsonl|witness"):
        HeadKeeper(stores.database, SIGNER, WitnessFile(tmp_path / "witness" / "heads.jsonl")).look()
    assert signed_heads(stores.database, "dnc/default") == []


def test_a_keeper_signs_what_is_there_when_it_stops(
    stores: PostgresStores, migrated_postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    fill(stores, 2)
    keeper = Keeper(
        journal=tmp_path / "journal",
        database_url=migrated_postgres_url,
        redis_url=redis_url,
        signed=SIGNED,
        snapshot=tmp_path / "snapshot",
        status=tmp_path / "run" / "keeper.json",
        signer=SIGNER,
        witness=tmp_path / "witness" / "heads.jsonl",
    )
    keeper.start()
    keeper.stop()
    assert [anchor.seq for anchor in witnessed(tmp_path, "dnc/default")] == [2]


class TestAuditLog:
    def test_an_entrys_hash_can_be_had_with_a_few_lines_of_anybodys_python(self) -> None:
        entry = {"id": 5, "seq": 1, "previous_hash": FIRST_HASH, "actor": "key_1", "action": "ivr.patch"}
        entry |= {"subject": "ivr_1", "before": None, "after": '{"name": "\u00fc"}'}
        text = json.dumps(
            {**entry, "at": "2026-03-09T12:00:00.000001Z"}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        at = datetime(2026, 3, 9, 12, 0, 0, 1, tzinfo=UTC)
        assert audit_hash({**entry, "at": at}) == hashlib.sha256(text.encode()).hexdigest()

    def test_entries_are_chained_once_whoever_writes_at_the_same_time(self, stores: PostgresStores) -> None:
        def write(name: str) -> None:
            for n in range(30):
                stores.audit.add(name, "test", f"subject_{n}", after={"n": n})
                chain_audit_entries(stores.database)

        threads = [threading.Thread(target=write, args=(f"key_{n}",)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        chain_audit_entries(stores.database)
        report = verify_audit_log(stores.database)
        assert (report.fault, report.events) == (None, 90)

    @pytest.mark.parametrize(
        ("sql", "fault"),
        [
            ("update audit_log set actor = 'me' where subject = 'ivr_2'", "was changed"),
            ("update audit_log set after = '{}' where subject = 'ivr_2'", "was changed"),
            ("delete from audit_log where subject = 'ivr_2'", "is missing in the audit log"),
            ("delete from audit_chain where seq = 3", "event 3 is missing"),
            (
                "insert into audit_log (actor, action, subject) values ('me', 'x', 'y')",
                "was put into the audit log unseen",
            ),
        ],
    )
    def test_what_was_done_to_it_is_found(self, stores: PostgresStores, sql: str, fault: str) -> None:
        for n in range(5):
            stores.audit.add("key_1", "test", f"ivr_{n}", before={"n": n}, after=[n])
        chain_audit_entries(stores.database)
        assert verify_audit_log(stores.database).fault is None
        with as_superuser(stores) as connection:
            connection.execute(sql)
        assert fault in str(verify_audit_log(stores.database).fault)

    def test_an_end_cut_off_is_found_by_its_signed_head(
        self, stores: PostgresStores, heads: HeadKeeper, tmp_path: Path
    ) -> None:
        for n in range(5):
            stores.audit.add("key_1", "test", f"ivr_{n}")
        heads.look()
        with as_superuser(stores) as connection:
            connection.execute("delete from audit_chain where seq > 3")
            connection.execute("delete from audit_log where subject in ('ivr_3', 'ivr_4')")
        assert verify_audit_log(stores.database).fault is None
        report = verify_audit_log(stores.database, anchors=witnessed(tmp_path, "audit"))
        assert "the end was cut off: event 5 was signed" in str(report.fault)

    @pytest.mark.parametrize(
        "sql",
        [
            "update audit_log set actor = 'me'",
            "delete from audit_log",
            "truncate audit_log",
            "update audit_chain set hash = ''",
            "delete from audit_chain",
            "truncate audit_chain",
            "update signed_head set hash = ''",
            "delete from signed_head",
            "truncate signed_head",
        ],
    )
    def test_the_database_lets_nothing_be_changed_or_deleted(
        self, stores: PostgresStores, heads: HeadKeeper, sql: str
    ) -> None:
        stores.audit.add("key_1", "test", "ivr_1")
        heads.look()
        with pytest.raises(StorageError, match="kept as it was written"), stores.database.transaction() as connection:
            connection.execute(sql)
