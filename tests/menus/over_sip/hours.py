"""Opening hours moved so that now is the script's moment: the same week in a zone where it is that hour, with its
days shifted. Nothing in the product knows of another time than now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOUR = timedelta(hours=1)


def moved(hours: Mapping[str, Any], at: datetime, now: datetime | None = None) -> dict[str, Any]:
    """The zone is the one of Etc/ in which the clock is within half an hour of the script's."""
    now = now or datetime.now(UTC)
    local = at.astimezone(ZoneInfo(hours["zone"]))
    wanted = timedelta(hours=local.hour, minutes=local.minute)
    at_utc = timedelta(hours=now.hour, minutes=now.minute)
    ahead = round((wanted - at_utc) / _HOUR)
    ahead = (ahead + 12) % 24 - 12
    there = now + ahead * _HOUR
    shift = there.weekday() - local.weekday()
    # Shortly before or after midnight the nearest hour may be on the other side of it.
    if abs(timedelta(hours=there.hour, minutes=there.minute) - wanted) > 12 * _HOUR:
        shift += 1 if there.hour > 12 else -1
    week = {_DAYS[(_DAYS.index(day) + shift) % 7]: spans for day, spans in hours["week"].items()}
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
    return {**hours, "zone": zone, "week": week}
