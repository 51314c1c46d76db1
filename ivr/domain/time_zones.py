"""Time zones by their IANA names."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

UTC_NAME = "UTC"


def find_zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of this name, such as `America/New_York`."""
    return ZoneInfo(name) if name in _names() else None


def zone_names() -> list[str]:
    """All names that `find_zone` knows, sorted."""
    return sorted(_names())


def offset_text(zone: ZoneInfo, moment: datetime) -> str:
    """How far it is from UTC then: `UTC−5`, `UTC+5:30`, `UTC`."""
    offset = moment.astimezone(zone).utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


@cache
def _names() -> frozenset[str]:
    # The machine's own zone may lie beside them; `Factory` says that a machine has not been given one.
    return frozenset(available_timezones() - {"localtime", "Factory"})
