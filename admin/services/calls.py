"""Call records as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.domain.calls import CallRecord
from ivr.domain.ports import CallFilter, CallStore, Page


@dataclass(frozen=True)
class CallService:
    calls: CallStore

    def list(self, wanted: CallFilter, limit: int, cursor: str | None) -> Page[CallRecord]:
        return self.calls.list(wanted, limit=limit, cursor=cursor)

    def find(self, call_id: str) -> CallRecord | None:
        return self.calls.find(call_id)
