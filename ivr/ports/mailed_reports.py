"""Reports by mail as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.channels.message import Message
from ivr.domain.reports.mailed import MailedReport
from ivr.ports.checks import accept


@dataclass(frozen=True, slots=True)
class StoredMailedReport:
    """`last_sent_at`: when the last one went out; None: none did yet."""

    report: MailedReport
    created_at: datetime
    last_sent_at: datetime | None = None


class MailedReportStore(Protocol):
    def create(self, report: MailedReport, *, actor: str) -> StoredMailedReport:
        """Raises TooManyMailedReports."""

    def find(self, report_id: str) -> StoredMailedReport | None: ...

    def list(self) -> Sequence[StoredMailedReport]:
        """The oldest first."""

    def replace(
        self, report: MailedReport, *, actor: str, check: Callable[[MailedReport], object] = accept
    ) -> StoredMailedReport | None:
        """`check` may refuse the report that is there by an exception; None when there is none."""

    def delete(self, report_id: str, *, actor: str, check: Callable[[MailedReport], object] = accept) -> bool: ...

    def send_now(self, report: MailedReport, seal: Callable[[Message], str], url: str, *, actor: str) -> int:
        """Put the report of the latest period that is over into the outbox, beside those that are due; returns the
        number of mails, 0 where no channel was chosen for mail of the installation."""
