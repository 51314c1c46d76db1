"""Spans of a day by the clock on the wall, such as `09:00-12:30`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

DAY_MINUTES = 24 * 60
SPAN = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to `end`, in minutes since midnight; an `end` beyond DAY_MINUTES lies on the following day."""

    start: int
    end: int

    def __str__(self) -> str:
        end = self.end if self.end == DAY_MINUTES else self.end % DAY_MINUTES
        return f"{_clock(self.start)}-{_clock(end)}"

    def covers(self, minute: int) -> bool:
        """Whether it is open at this minute of its day; minutes of the following day count on."""
        return self.start <= minute < self.end


def parse_span(text: str) -> Span:
    """A span whose end is not later than its start goes past midnight. Raises ValueError."""
    if not SPAN.fullmatch(text):
        raise ValueError("a span is written 09:00-17:30; the whole day is 00:00-24:00")
    start, end = (int(each[:2]) * 60 + int(each[3:]) for each in text.split("-"))
    if start == end:
        raise ValueError("a span needs an end that differs from its start; the whole day is 00:00-24:00")
    return Span(start, end if end > start else end + DAY_MINUTES)


def overlapping(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Neighbours of one day of which the second begins before the first ends."""
    return (pair for pair in pairwise(sorted(spans)) if pair[1].start < pair[0].end)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
