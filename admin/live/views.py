"""Calls under way as the API's JSON: plain dicts in the shape of `admin.live.schema`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from admin.http.views import time_json
from ivr.domain.live_calls import LiveCall


def live_json(call: LiveCall) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "did": call.did,
        "ani": call.ani,
        "ivr_id": call.ivr_id,
        "ivr_version": call.ivr_version,
        "node": call.node,
        "phase": call.phase,
        "started_at": _moment(call.started_ms),
        "since": _moment(call.since_ms),
        "take_overs": call.take_overs,
        "test": call.test,
    }


def _moment(epoch_ms: int) -> str:
    return time_json(datetime.fromtimestamp(epoch_ms / 1000, UTC))
