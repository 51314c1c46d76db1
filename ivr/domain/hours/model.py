"""Hours as they are stored, and as calls read them within the menus that name them.

A day follows, in this order: an override for its date, a holiday, the week. `Hours.to_json` makes the document of the
store and of published menus. It holds the dates of its holidays, so a call needs no table of holidays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ivr.domain.hours.spans import Span

Word = Literal["open", "closed", "holiday"]
Reason = Literal["week", "override", "holiday", "by_hand"]

HOURS_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_SPANS = 8
MAX_OVERRIDES = 200
LONGEST_OVERRIDE_DAYS = 366
MAX_HOLIDAY_SETS = 4
MAX_SKIPPED = 50
MAX_LABEL = 80
LONGEST_CLOSURE = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class State:
    """What hours say at one moment. `word` is the answer; `label` names the override, holiday or closure."""

    word: Word
    reason: Reason
    label: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What holds on one date: open in `spans`, and `otherwise` outside of them."""

    spans: tuple[Span, ...]
    otherwise: State


@dataclass(frozen=True, slots=True)
class Override:
    """Other spans, or none, on the dates from `first` to `last`. Outside of its spans the word is `holiday` for one
    that `is_holiday`, else `closed`."""

    first: date
    last: date
    spans: tuple[Span, ...] = ()
    label: str = ""
    is_holiday: bool = False


@dataclass(frozen=True, slots=True)
class HolidaySet:
    """The public holidays of a country (ISO 3166-1) or one of its subdivisions (ISO 3166-2, without the country), but
    for those `skipped` by name. `observed`: the days on which those of a weekend are kept count, too."""

    country: str
    subdivision: str | None = None
    observed: bool = True
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed by hand since a moment, until another one or, None, until further notice."""

    since: datetime
    until: datetime | None = None
    label: str = ""

    def holds_at(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True)
class Hours:
    """`week` has the spans of Monday to Sunday; `overrides` are in the order of their dates and share none.
    `holiday_dates` are those of `holiday_sets` (ivr.domain.hours.holiday_dates) with their names."""

    name: str
    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    overrides: tuple[Override, ...] = ()
    holiday_sets: tuple[HolidaySet, ...] = ()
    closure: Closure | None = None
    holiday_dates: Mapping[date, str] = field(default_factory=dict)

    def day(self, on: date) -> Day:
        """What holds on this date, closures apart."""
        place = bisect_right(self._first_dates, on) - 1
        if place >= 0 and on <= self.overrides[place].last:
            found = self.overrides[place]
            word: Word = "holiday" if found.is_holiday else "closed"
            return Day(found.spans, State(word, "override", found.label))
        holiday = self.holiday_dates.get(on)
        if holiday is not None:
            return Day((), State("holiday", "holiday", holiday))
        return Day(self.week[on.weekday()], State("closed", "week"))

    @cached_property
    def _first_dates(self) -> list[date]:
        return [each.first for each in self.overrides]

    def to_json(self) -> dict[str, Any]:
        """The document that `ivr.domain.hours.document.parse_hours` reads."""
        return {
            "zone": self.zone.key,
            "week": {day: list(map(str, spans)) for day, spans in zip(DAYS, self.week, strict=True)},
            "overrides": [
                {
                    "date": each.first.isoformat(),
                    "last_date": each.last.isoformat(),
                    "open": list(map(str, each.spans)),
                    "label": each.label,
                    "holiday": each.is_holiday,
                }
                for each in self.overrides
            ],
            "holidays": [
                {
                    "country": each.country,
                    "subdivision": each.subdivision,
                    "observed": each.observed,
                    "skip": list(each.skipped),
                }
                for each in self.holiday_sets
            ],
            "closure": self.closure and _closure_json(self.closure),
            "holiday_dates": [
                {"date": on.isoformat(), "name": name} for on, name in sorted(self.holiday_dates.items())
            ],
        }


def _closure_json(closure: Closure) -> dict[str, Any]:
    until = closure.until and closure.until.isoformat()
    return {"since": closure.since.isoformat(), "until": until, "label": closure.label}
