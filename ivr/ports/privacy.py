"""What is kept about a caller's number, and its erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.domain.call_records import CallRecord


@dataclass(frozen=True, slots=True)
class AboutCaller:
    """`opt_outs` are events of do-not-call lists, `audit` entries of the audit log that name the number, `messages`
    those for webhooks and services, `lists` what lists of numbers have, `sounds` what they said, `outgoing` the calls
    to them that were ordered, `language` the one that they chose, `answers` how many answers kept for repeated
    requests have it; JSON values."""

    number: str
    calls: Sequence[CallRecord]
    opt_outs: Sequence[Mapping[str, Any]]
    audit: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    answers: int
    lists: Sequence[Mapping[str, Any]] = ()
    sounds: Sequence[Mapping[str, Any]] = ()
    outgoing: Sequence[Mapping[str, Any]] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """How many of each kind no longer have the number, and how many keep it: opt-outs and the audit log by law, and
    webhook messages about the do-not-call list until they are delivered."""

    calls: int
    messages: int
    answers: int
    opt_outs_kept: int
    audit_kept: int
    messages_kept: int
    lists: int = 0
    sounds: int = 0
    outgoing: int = 0
    languages: int = 0


class Privacy(Protocol):
    """Raises StorageUnavailable."""

    def export(self, number: str) -> AboutCaller: ...

    def erase(self, number: str, *, actor: str) -> Erased:
        """Call records stay, without the number. May be repeated."""

