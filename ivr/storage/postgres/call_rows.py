"""A call record as a row of Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step

FIELDS = tuple(each.name for each in fields(CallRecord))
COLUMNS = ", ".join(FIELDS)


def record_of_row(row: Mapping[str, Any]) -> CallRecord:
    """A row, or a document with its times parsed. Further columns are passed over; fields that a record of an earlier
    version lacks have their defaults."""
    values = {name: row[name] for name in FIELDS if name in row}
    return CallRecord(
        **{
            **values,
            "outcome": Outcome(row["outcome"]) if row["outcome"] else None,
            "path": [Step(**each) for each in row["path"]],
            "agent": [AgentAttempt(**each) for each in row["agent"]],
        }
    )
