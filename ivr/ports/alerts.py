"""Alerts as they are stored, and their settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.alerts.judging import Alert
from ivr.domain.alerts.settings import AlertSettings
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage


@dataclass(frozen=True, slots=True)
class StoredAlertSettings:
    settings: AlertSettings
    version: int = 0
    updated_at: datetime | None = None


class AlertStore(Protocol):
    """Raises StorageUnavailable."""

    def settings(self) -> StoredAlertSettings: ...

    def put_settings(
        self, settings: AlertSettings, *, actor: str, check: Callable[[StoredAlertSettings], object] = accept
    ) -> StoredAlertSettings:
        """In force within seconds. `check` may refuse what is there by an exception."""

    def list(self, *, open_only: bool = False, limit: int, cursor: str | None = None) -> ListPage[Alert]:
        """Newest first. Raises InvalidCursor."""

    def post(self, messages: Sequence[tuple[str, str, str]], *, actor: str) -> None:
        """Put messages for channels into the outbox, at once: each has its id, the reference of its channel and its
        text, sealed. Audited as a test of the alerts."""
