"""Menus that were brought in as the API's JSON: plain dicts in the shape of `admin.imports.schema`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from admin.http.views import fault_json, time_json
from admin.imports.service import Brought
from admin.imports.sounds import FAILED
from admin.prompts.speech_board import FETCHED, FETCHING, WAITING
from ivr.domain.imports.report import Imported
from ivr.domain.problems import Problem

_FIELDS = ("audio", "source", "state", "message", "duration_seconds")


def imported_json(
    imported: Imported, warnings: Sequence[Problem], ivr_id: str | None, taken: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`taken`: the job that made the sounds of the file uploads."""
    messages = {each["audio"]: each["message"] for each in taken["sounds"]} if taken is not None else {}
    return {
        "id": ivr_id,
        **imported.to_json(),
        "sounds": [
            {**each.to_json(), "in_file": each.audio in imported.contents, "message": messages.get(each.audio)}
            for each in imported.sounds
        ],
        "warnings": [fault_json(each) for each in warnings],
    }


def brought_json(brought: Brought) -> dict[str, Any]:
    return {
        **brought.report,
        "made_at": time_json(brought.made_at),
        "sounds": [
            {"audio": each.audio, "source": each.source, "fetchable": each.fetchable, "is_here": each.is_here}
            for each in brought.sounds
        ],
        "needs": brought.needs.to_json(),
        "missing": brought.missing.to_json(),
        "texts_due": brought.texts_due,
    }


def sounds_job_json(job: dict[str, Any]) -> dict[str, Any]:
    states = [each["state"] for each in job["sounds"]]
    return {
        "ivr_id": job["ivr_id"],
        "state": job["state"],
        "total": len(states),
        "fetched": states.count(FETCHED),
        "failed": states.count(FAILED),
        "left": states.count(WAITING) + states.count(FETCHING),
        "started_at": _time(job["started_at"]),
        "ended_at": _time(job["ended_at"]),
        "sounds": [{name: each[name] for name in _FIELDS} for each in job["sounds"]],
    }


def _time(moment: str | None) -> str | None:
    return time_json(datetime.fromisoformat(moment)) if moment is not None else None
