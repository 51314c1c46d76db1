"""The audit log as the API's JSON: plain dicts in the shape of `admin.audit.schema`."""

from __future__ import annotations

from typing import Any

from admin.http.views import time_json
from ivr.ports.audit import AuditEntry


def audit_json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": time_json(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
    }
