"""The answers of callers, read from the call records: what no record has any more, nothing else has.

Days are those of `zone`, both included. Answers to a question that is secret are in no record, and so in none of
this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from ivr.domain.reports.answers import CallerAnswer, QuestionCounts
from ivr.ports.pages import ListPage


class AnswerStore(Protocol):
    """Raises MenuNotFound, StorageUnavailable."""

    def list(
        self, ivr_id: str, first: date, last: date, zone: ZoneInfo, *, limit: int, cursor: str | None = None
    ) -> ListPage[CallerAnswer]:
        """Newest call first, within a call the last question first. Raises InvalidCursor."""

    def counts(self, ivr_id: str, first: date, last: date, zone: ZoneInfo) -> Sequence[QuestionCounts]:
        """By question, in the order of their names."""
