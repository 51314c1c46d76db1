"""The chain of the audit log, without a database."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.domain.audit_chain import FIRST_HASH, AuditCheck, audit_hash

AT = datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC)
ENTRY: dict[str, Any] = {
    "action": "ivr.changed", "actor": "key_1", "after": '{"name": "Zo\u00eb"}', "at": AT, "before": None, "id": 7,
    "previous_hash": FIRST_HASH, "seq": 1, "subject": "ivr_a",
}  # fmt: skip


def chained(count: int) -> list[dict[str, Any]]:
    entries, previous = [], FIRST_HASH
    for seq in range(1, count + 1):
        entry = {**ENTRY, "seq": seq, "id": seq + 6, "previous_hash": previous}
        previous = audit_hash(entry)
        entries.append({**entry, "hash": previous})
    return entries


def test_an_entrys_hash_can_be_had_from_anybodys_json() -> None:
    plain = {**ENTRY, "at": "2026-03-09T12:00:00.123456Z"}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert audit_hash(ENTRY) == hashlib.sha256(text.encode()).hexdigest()
    assert hashlib.sha256(b"digitree audit log").hexdigest() == FIRST_HASH
    assert audit_hash({**ENTRY, "subject": "\ud800"}) != audit_hash(ENTRY)


def test_its_time_is_hashed_in_utc_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = audit_hash(ENTRY)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/Phoenix")
        time.tzset()
        assert audit_hash(ENTRY) == expected
    time.tzset()


def test_a_whole_chain_has_no_fault() -> None:
    check, entries = AuditCheck(), chained(3)
    assert [check.find_fault(entry) for entry in entries] == [None] * 3
    assert (check.seq, check.hash) == (3, entries[2]["hash"])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"seq": 3}, "event 2 is missing: after 1 comes 3"),
        ({"at": None}, "event 2 (entry 8) is missing in the audit log"),
        (
            {"previous_hash": "0" * 64},
            "event 2 (entry 8) does not follow event 1: its previous_hash is not that event's hash",
        ),
        ({"actor": "key_2"}, "event 2 (entry 8) was changed: its content does not give its hash"),
        ({"before": "{}"}, "event 2 (entry 8) was changed: its content does not give its hash"),
    ],
)
def test_a_fault_is_found_at_its_entry(change: dict[str, Any], fault: str) -> None:
    check, (first, second) = AuditCheck(), chained(2)
    assert check.find_fault(first) is None
    assert check.find_fault({**second, **change}) == fault
    assert (check.seq, check.hash) == (1, first["hash"])
