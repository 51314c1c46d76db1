"""The hours in which a number may be called: those of its own time zone. Pure.

Where a number may be in one of several zones, the hours must be right in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as number_zones

from ivr.domain.numbers import E164
from ivr.domain.time_zones import find_zone

# What the rules for advertising by telephone allow in the United States (47 CFR 64.1200(c)(1)).
EARLIEST, LATEST = time(8), time(21)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD = 9


@dataclass(frozen=True, slots=True)
class CallingHours:
    """From `first` until before `last` on `days`; `zone`: that of the called person, where it is known better than
    by the number."""

    first: time = EARLIEST
    last: time = LATEST
    days: Sequence[str] = DAYS
    zone: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.first.isoformat("minutes"),
            "to": self.last.isoformat("minutes"),
            "days": list(self.days),
            "zone": self.zone,
        }

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> CallingHours:
        first, last = (time.fromisoformat(document[name]) for name in ("from", "to"))
        return cls(first, last, tuple(document["days"]), document["zone"])

    def allow(self, moment: datetime, zones: Sequence[ZoneInfo]) -> bool:
        """Whether this moment is within the hours in every zone."""
        return all(self._allow(moment.astimezone(zone)) for zone in zones)

    def next_allowed(self, moment: datetime, zones: Sequence[ZoneInfo]) -> datetime | None:
        """This moment, or the next one that is within the hours in every zone; None: there is none in a week."""
        # The hours of all zones together begin where those of one of them do.
        begins = (
            datetime.combine(moment.astimezone(zone).date() + timedelta(days=ahead), self.first, zone).astimezone(UTC)
            for zone in zones
            for ahead in range(_AHEAD)
        )
        return next((each for each in (moment, *sorted(begins)) if each >= moment and self.allow(each, zones)), None)

    def _allow(self, local: datetime) -> bool:
        return DAYS[local.weekday()] in self.days and self.first <= local.time() < self.last


def zones_of(number: E164) -> tuple[ZoneInfo, ...]:
    """Every time zone in which a telephone with this number may be; empty: it is not known."""
    names = number_zones.time_zones_for_number(phonenumbers.parse(number))
    zones = [zone for name in names if name != "Etc/Unknown" and (zone := find_zone(name)) is not None]
    return tuple(zones)
