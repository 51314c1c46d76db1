"""Notices that calls left for services, and messages that they left for channels, as they wait and are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.channels.message import MessageState
from ivr.ports.pages import DEFAULT_LIMIT, ListPage


@dataclass(frozen=True, slots=True)
class LeftNotice:
    """A notice without what it says. `service` is the name of a service, or the reference of a channel. `status` and
    `error` are the last attempt's; `error` is one word."""

    message_id: str
    service: str
    call_id: str
    state: MessageState
    attempts: int
    left_at: datetime
    next_at: datetime | None
    tried_at: datetime | None
    status: int | None
    error: str | None


class NoticeStore(Protocol):
    """Notices in Postgres, also those for services that are not there. What is sent again is in the audit log."""

    def list(
        self,
        service: str,
        state: MessageState | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[LeftNotice]:
        """Newest first."""

    def replay(self, service: str, message_id: str, *, actor: str) -> LeftNotice | None:
        """Send a dead notice again; any other stays as it is. None when there is no such notice."""

    def replay_dead(self, service: str, *, actor: str) -> int:
        """Send all dead notices again; returns their number."""


class MessageStore(NoticeStore, Protocol):
    """The same of messages, under the name of their channel; `service` is its reference."""

    def of_call(self, call_id: str) -> Sequence[LeftNotice]:
        """The messages that this call left, in their order."""

    def given_up(self, since: datetime) -> int:
        """The number of dead messages whose last attempt was since then."""
