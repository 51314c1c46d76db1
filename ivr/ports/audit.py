"""The audit log: who changed what, and how it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ivr.ports.pages import DEFAULT_LIMIT, ListPage


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: datetime
    actor: str
    action: str
    subject: str
    before: Any
    after: Any



class AuditLog(Protocol):
    def add(self, actor: str, action: str, subject: str, *, before: Any = None, after: Any = None) -> None:
        """Log a change that no other store logs by itself."""

    def list(
        self,
        *,
        subject: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[AuditEntry]:
        """`action` is an action such as `ivr.change`, or the first part of one, such as `ivr`."""

