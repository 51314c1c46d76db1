"""Time zones by their IANA names."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

UTC_NAME = "UTC"


def find_zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of this name, such as `America/New_York`."""
    return ZoneInfo(name) if name in _names() else None


def zone_names() -> list[str]:
    """All names that `find_zone` knows, sorted."""
    return sorted(_names())


@cache
def _names() -> frozenset[str]:
    # The machine's own zone may lie beside them; `Factory` says that a machine has not been given one.
    return frozenset(available_timezones() - {"localtime", "Factory"})
