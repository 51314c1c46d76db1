"""Reports: the funnel of a menu, and usage with its costs and savings. Days are both included;
they are UTC's, or those of a `zone`, which are counted from roll-ups and from the calls at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from ivr.domain.reports.funnel import NodeCounts
from ivr.domain.reports.usage import Spent

Group = Literal["day", "ivr", "did"]


@dataclass(frozen=True, slots=True)
class Funnel:
    """`versions` are those that callers heard in that time, `languages` those that they came to; `nodes` includes
    ENTRY, if there were calls."""

    versions: Sequence[int]
    nodes: Mapping[str, NodeCounts]
    languages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A field is None when lines are not grouped by it. An empty `did`: the number dialled is not a possible one,
    or the line is speech, which has none."""

    day: date | None
    ivr_id: str | None
    did: str | None
    spent: Spent


@dataclass(frozen=True, slots=True)
class SpeechLine:
    """Speech of one voice. `engine`, `voice` None: of a release that did not keep it."""

    engine: str | None
    voice: str | None
    tts_ms: int
    tts_usd: Decimal


class ReportStore(Protocol):
    def funnel(
        self,
        ivr_id: str,
        first: date,
        last: date,
        version: int | None = None,
        language: str | None = None,
        zone: ZoneInfo | None = None,
    ) -> Funnel:
        """`version`, `language`: only calls of these."""

    def usage(
        self,
        first: date,
        last: date,
        group: Sequence[Group],
        *,
        limit: int,
        ivr_id: str | None = None,
        zone: ZoneInfo | None = None,
    ) -> Sequence[UsageLine]:
        """Ordered by day, menu and number, at most `limit` lines. With a `zone` the days are its own, and the calls
        themselves are counted, which takes longer than the roll-ups."""

    def speech(
        self, first: date, last: date, *, limit: int, ivr_id: str | None = None, zone: ZoneInfo | None = None
    ) -> Sequence[SpeechLine]:
        """What was spoken, by engine and voice, the dearest first."""
