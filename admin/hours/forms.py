"""What is typed on the pages of hours, as bodies for the API. What cannot be read is passed on for it to refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from admin.http.language import t
from ivr.domain.hours.holiday_dates import holiday_names, years_kept
from ivr.domain.hours.model import DAYS

_ALL_DAY = "00:00-24:00"
_DASHES = re.compile(r"\s*[-\u2010-\u2015]\s*")
_HOUR = re.compile(r"(?<![0-9:])([0-9]{1,2})(?![0-9:])", re.ASCII)
_SHORT_HOUR = re.compile(r"(?<![0-9:])([0-9]):", re.ASCII)

FormList = Callable[[str], list[str]]


def spans_of(typed: str) -> list[str]:
    """`9-12, 13:00 – 17:30` -> `["09:00-12:00", "13:00-17:30"]`; also `closed` and `all day`, in English and in the
    language of the page."""
    text = typed.strip().lower()
    if text in ("", "closed", t("closed")):
        return []
    if text in ("all day", "24 h", "24h", t("all day")):
        return [_ALL_DAY]
    return [_span_of(each) for each in re.split(r"[,;\n]", text) if each.strip()]


def _span_of(text: str) -> str:
    whole = _HOUR.sub(lambda found: f"{int(found[1]):02}:00", _DASHES.sub("-", text.strip()))
    return _SHORT_HOUR.sub(r"0\1:", whole)


def body_of(form: Mapping[str, str], form_list: FormList) -> dict[str, Any]:
    """The body for POST and PUT /hours, without a name."""
    return {
        "zone": form.get("zone", "").strip(),
        "week": {day: spans_of(form.get(f"week-{day}", "")) for day in DAYS},
        "overrides": [_override(row) for row in override_rows(form, form_list)],
        "holidays": holiday_rows(form, form_list),
    }


def override_rows(form: Mapping[str, str], form_list: FormList) -> list[dict[str, Any]]:
    """The rows as typed, without those that have no date."""
    columns = [form_list(name) for name in ("date", "last_date", "open", "label")]
    rows = []
    for index, (first, last, spans, label) in enumerate(zip(*columns, strict=False)):
        row = {"date": first, "last_date": last, "open": spans, "label": label.strip()}
        if first:
            rows.append({**row, "holiday": f"holiday-{index}" in form})
    return rows


def _override(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "last_date": row["last_date"] or None,
        "open": spans_of(row["open"]),
        "label": row["label"] or None,
    }


def holiday_rows(form: Mapping[str, str], form_list: FormList) -> list[dict[str, Any]]:
    """The rows as typed, without those that have no country. What does not count belongs to the place for which the
    boxes were shown."""
    rows = []
    for index, (country, subdivision) in enumerate(
        zip(form_list("country"), form_list("subdivision"), strict=False)
    ):
        place = (country, subdivision.strip() or None)
        counting = form_list(f"counts-{index}")
        shown = form.get(f"of-{index}") == place_text(*place)
        skip = [name for name in names_at(*place) if name not in counting] if shown else []
        if country:
            observed = f"observed-{index}" in form
            rows.append({"country": country, "subdivision": place[1], "observed": observed, "skip": skip})
    return rows


def place_text(country: str, subdivision: str | None) -> str:
    """`US/NY`"""
    return f"{country}/{subdivision or ''}"


def names_at(country: str, subdivision: str | None) -> Sequence[str]:
    """The names of a place's holidays; none of a place that there is none of."""
    try:
        return holiday_names(country, subdivision, tuple(years_kept(datetime.now(UTC).date())))
    except (AttributeError, NotImplementedError):
        return ()


def until_of(typed: str, zone: ZoneInfo) -> str | None:
    """A time typed in the zone of the hours, as RFC 3339; None: none was typed."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone).astimezone(UTC).isoformat() if typed else None
    except (ValueError, OverflowError):
        return typed


def upcoming(dates: Sequence[Mapping[str, str]], zone: tzinfo, count: int) -> list[tuple[date, str]]:
    """The next holidays from today on."""
    today = datetime.now(zone).date()
    found = ((date.fromisoformat(each["date"]), each["name"]) for each in dates)
    return [each for each in found if each[0] >= today][:count]
