"""What goes after its days, and a chain of which old entries are gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.audit_chain import AuditCheck
from ivr.domain.retention import AuditPrune, cut_off, prune_of_entry
from tests.domain.test_audit_chain import chained

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def test_what_is_older_than_its_days_goes_and_nothing_where_it_is_kept_for_good() -> None:
    assert cut_off(30, NOW) == datetime(2026, 10, 29, 12, 0, tzinfo=UTC)
    assert cut_off(1, NOW) == NOW - timedelta(days=1)
    assert cut_off(0, NOW) is None


@pytest.mark.parametrize(
    ("age", "is_allowed"),
    [(timedelta(days=90), True), (timedelta(days=90, seconds=-1), False), (timedelta(days=-90), False)],
)
def test_no_entry_younger_than_three_months_may_go(age: timedelta, is_allowed: bool) -> None:
    assert AuditPrune(7, NOW - age, NOW).is_allowed() is is_allowed


@pytest.mark.parametrize(
    ("after", "prune"),
    [
        ({"through": 7, "before": "2026-08-01T00:00:00+00:00"}, AuditPrune(7, datetime(2026, 8, 1, tzinfo=UTC), NOW)),
        ({"through": "7", "before": "2026-08-01T00:00:00"}, AuditPrune(7, datetime(2026, 8, 1, tzinfo=UTC), NOW)),
        ({"through": 7, "before": "2026-08-01T02:00:00+02:00"}, AuditPrune(7, datetime(2026, 8, 1, tzinfo=UTC), NOW)),
        ({"through": 7, "before": "soon"}, None),
        ({"through": 7, "before": None}, None),
        ({"through": None, "before": "2026-08-01"}, None),
        ({"before": "2026-08-01"}, None),
        ({"through": 7}, None),
    ],
)
def test_an_entry_says_which_went_or_nothing(after: dict[str, Any], prune: AuditPrune | None) -> None:
    assert prune_of_entry(after, NOW) == prune


def test_of_entries_that_were_let_go_the_links_are_enough() -> None:
    check, entries = AuditCheck(pruned_through=2), chained(4)
    gone = [{**entry, "at": None, "actor": None} for entry in entries[:2]]
    assert [check.find_fault(entry) for entry in (*gone, *entries[2:])] == [None] * 4
    assert (check.seq, check.hash, check.pruned) == (4, entries[3]["hash"], 2)


def test_an_entry_that_was_not_let_go_is_missed_and_a_changed_link_is_found() -> None:
    entries = chained(3)
    check = AuditCheck(pruned_through=1)
    assert check.find_fault({**entries[0], "at": None}) is None
    assert str(check.find_fault({**entries[1], "at": None})).endswith("is missing in the audit log")
    assert AuditCheck().pruned == 0
    check = AuditCheck(pruned_through=3)
    check.find_fault({**entries[0], "at": None})
    fault = check.find_fault({**entries[1], "at": None, "previous_hash": "0" * 64})
    assert str(fault).endswith("its previous_hash is not that event's hash")


def test_an_old_entry_that_is_still_there_is_checked_whole() -> None:
    check, (first, *_) = AuditCheck(pruned_through=3), chained(1)
    assert str(check.find_fault({**first, "actor": "key_2"})).endswith("its content does not give its hash")
    assert check.find_fault(first) is None
    assert check.pruned == 0
