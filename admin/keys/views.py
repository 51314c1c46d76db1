"""API keys as the API's JSON: plain dicts in the shape of `admin.keys.schema`."""

from __future__ import annotations

from typing import Any

from admin.http.views import maybe_time, time_json
from ivr.ports.keys import ApiKey


def key_json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "created_at": time_json(key.created_at),
        "created_by": key.created_by,
        "last_used_at": maybe_time(key.last_used_at),
        "revoked_at": maybe_time(key.revoked_at),
        "expires_at": maybe_time(key.expires_at),
    }
