"""Call records as the API's JSON: plain dicts in the shape of `admin.calls.schema`."""

from __future__ import annotations

from typing import Any

from admin.http.views import maybe_time, time_json
from ivr.domain.call_records import CallRecord


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
