"""Numbers as the API's JSON: plain dicts in the shape of `admin.numbers.schema`."""

from __future__ import annotations

from typing import Any

from admin.http.views import time_json
from ivr.ports.menus import DidBinding


def did_json(binding: DidBinding) -> dict[str, Any]:
    return {
        "did": binding.did,
        "ivr_id": binding.ivr_id,
        "name": binding.name,
        "assigned_at": time_json(binding.assigned_at),
        "language": binding.language,
        "languages": list(binding.languages),
    }
