"""Call records as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.call_records import CallRecord
from ivr.ports.calls import CallFilter, CallStore
from ivr.ports.pages import ListPage


@dataclass(frozen=True)
class CallService:
    calls: CallStore

    def list(self, wanted: CallFilter, limit: int, cursor: str | None) -> ListPage[CallRecord]:
        return self.calls.list(wanted, limit=limit, cursor=cursor)

    def find(self, call_id: str) -> CallRecord | None:
        return self.calls.find(call_id)

    def count_by_menu(self, ivr_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        """How many calls of these menus began since then; a menu without any is absent."""
        return self.calls.count_by_menu(ivr_ids, since)
