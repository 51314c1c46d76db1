"""Call-backs, as they are stored."""

from __future__ import annotations

from typing import Protocol

from ivr.domain.callbacks import Callback, CallbackRequest, CallbackState
from ivr.ports.pages import DEFAULT_LIMIT, ListPage


class CallbackStore(Protocol):
    """Call-backs in Postgres. Changes by people are written to the audit log in their transaction."""

    def add(self, request: CallbackRequest, *, actor: str) -> Callback:
        """One that people ask for, not a call."""

    def find(self, callback_id: str) -> Callback | None: ...

    def list(
        self, state: CallbackState | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[Callback]:
        """The oldest first: who has waited for longest is called first. Raises InvalidCursor."""

    def settle(
        self, callback_id: str, state: CallbackState | None, note: str | None, *, actor: str
    ) -> Callback | None:
        """In this state, with this note; None leaves either as it is. None: there is no such call-back."""

    def dialled(self, callback_id: str) -> None:
        """Somebody is called for it now."""

    def ended(self, callback_id: str, result: str, *, is_done: bool) -> None:
        """How the call for it ended; `is_done`: they talked, so an open one is done."""
