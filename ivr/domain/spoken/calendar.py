"""Dates and times of day as pieces."""

from __future__ import annotations

import re
from datetime import date

from ivr.domain.spoken.numbers import cardinal

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.ASCII)
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}[T ])?(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d{1,9})?)?\s?(?:(?P<half>[AaPp])\.?[Mm]\.?"
    r"|Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_HOUR = re.compile(r"(\d{1,2})\s?(?P<half>[AaPp])\.?[Mm]\.?", re.ASCII)


def find_date(text: str) -> tuple[str, ...] | None:
    """`2026-05-03`, with or without a time, or `5/3/2026`: May third, twenty twenty-six. None for what is no date."""
    found = _ISO_DATE.fullmatch(text.strip())
    if found is not None:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        found = _US_DATE.fullmatch(text.strip())
        if found is None:
            return None
        month, day, year = int(found[1]), int(found[2]), int(found[3])
    try:
        date(year, month, day)
    except ValueError:
        return None
    return (f"m{month}", f"d{day}", *year_pieces(year))


def year_pieces(year: int) -> tuple[str, ...]:
    """2026 -> twenty twenty-six, 1905 -> nineteen oh five, 2005 -> two thousand five. `year` is 1 to 9999."""
    century, rest = divmod(year, 100)
    if century == 0 or (century % 10 == 0 and rest < 10):
        return cardinal(year)
    if rest == 0:
        return (f"h{century}",) if century < 10 else (f"n{century}", "hundred")
    return (f"n{century}", *(("oh",) if rest < 10 else ()), f"n{rest}")


def find_time(text: str) -> tuple[str, ...] | None:
    """`14:30`, `2:30 pm`, `9am` or the time of an ISO date: two thirty PM. None for what is no time of day."""
    plain = text.strip()
    found = _TIME.fullmatch(plain) or _HOUR.fullmatch(plain)
    if found is None:
        return None
    minute = int(found[2]) if found.re is _TIME else 0
    hour, half = int(found[1]), (found["half"] or "").lower()
    if minute > 59 or (hour > 23 if not half else not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if minute == 0 and hour in (0, 12):
        return ("noon" if hour else "midnight",)
    minutes = () if minute == 0 else ("oh", f"n{minute}") if minute < 10 else (f"n{minute}",)
    return (f"n{hour % 12 or 12}", *minutes, "pm" if hour >= 12 else "am")
