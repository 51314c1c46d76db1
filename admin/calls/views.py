"""Call records as the API's JSON: plain dicts in the shape of `admin.calls.schema`."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from admin.http.views import maybe_time, time_json
from ivr.domain.call_records import CallRecord
from ivr.domain.dnc.csv_cells import csv_line, safe_cell

CSV_COLUMNS = (
    "id", "started_at", "ended_at", "did", "did_raw", "ani", "ani_raw", "ivr_id", "ivr_version", "outcome",
    "hung_up_by", "hangup_cause", "duration_ms", "menu_ms", "talk_ms", "nodes", "keys", "agent", "agent_result",
    "test", "verstat", "trunk", "outgoing", "answered_by", "language",
)  # fmt: skip


def call_json(record: CallRecord) -> dict[str, Any]:
    """A call record; its path has one entry per stay at a node, with the key and milliseconds."""
    document = record.to_json()
    document["id"] = document.pop("call_id")
    document["started_at"] = time_json(record.started_at)
    document["ended_at"] = maybe_time(record.ended_at)
    document |= {"menu_ms": record.menu_ms, "talk_ms": record.talk_ms}
    for step, shown in zip(record.path, document["path"], strict=True):
        shown["into_prompt_ms"] = step.into_prompt_ms
    return document


def csv_call(record: CallRecord) -> str:
    """A call as a line of CSV; what a caller or a trunk wrote is made harmless for spreadsheets."""
    nodes = [node for node, _ in groupby(step.node for step in record.path)]
    last = record.agent[-1] if record.agent else None
    values = (
        record.call_id, time_json(record.started_at), maybe_time(record.ended_at), record.did, record.did_raw,
        record.ani, record.ani_raw, record.ivr_id, record.ivr_version, record.outcome, record.hung_up_by,
        record.hangup_cause, record.duration_ms, record.menu_ms, record.talk_ms, " ".join(nodes),
        " ".join(step.pressed for step in record.path if step.pressed), last and (last.agent or last.uri),
        last and last.result, "true" if record.test else "false", record.verstat,
        record.trunk, record.outgoing, record.answered_by, record.language,
    )  # fmt: skip
    return csv_line([safe_cell("" if each is None else str(each)) for each in values])
