"""Hours as a document: read from the store, and checked when a client sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.domain.hours.model import (
    DAYS,
    HOURS_NAME,
    LONGEST_OVERRIDE_DAYS,
    Closure,
    HolidaySet,
    Hours,
    Override,
)
from ivr.domain.hours.spans import Span, overlapping, parse_span
from ivr.domain.problems import Problem, pointer
from ivr.domain.time_zones import find_zone

_PREFIX = "hours:"


def parse_hours(name: str, document: Mapping[str, Any]) -> Hours:
    """Stored hours; raises ValueError (or KeyError, TypeError) for those that could not have been stored."""
    if not HOURS_NAME.fullmatch(name):
        raise ValueError("hours without a name")
    try:
        zone = ZoneInfo(document["zone"])
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"hours {name} are of a time zone that is not known here") from error
    overrides = tuple(sorted(map(_override, document.get("overrides", ())), key=lambda each: each.first))
    if any(late.first <= early.last for early, late in pairwise(overrides)):
        raise ValueError(f"hours {name} have two overrides for one date")
    return Hours(
        name,
        zone,
        tuple(_spans(document["week"].get(day, ())) for day in DAYS),
        overrides,
        tuple(map(_holiday_set, document.get("holidays", ()))),
        _closure(document.get("closure")),
        {date.fromisoformat(each["date"]): str(each["name"]) for each in document.get("holiday_dates", ())},
    )


def _spans(texts: Sequence[str]) -> tuple[Span, ...]:
    return tuple(sorted(map(parse_span, texts)))


def _override(given: Mapping[str, Any]) -> Override:
    first = date.fromisoformat(given["date"])
    last = date.fromisoformat(given.get("last_date") or given["date"])
    if last < first:
        raise ValueError("an override that ends before it begins")
    return Override(first, last, _spans(given["open"]), given.get("label") or "", bool(given.get("holiday")))


def _holiday_set(given: Mapping[str, Any]) -> HolidaySet:
    skipped = tuple(dict.fromkeys(given.get("skip", ())))
    return HolidaySet(given["country"], given.get("subdivision"), bool(given.get("observed", True)), skipped)


def _closure(given: Mapping[str, Any] | None) -> Closure | None:
    if given is None:
        return None
    until = datetime.fromisoformat(given["until"]) if given["until"] else None
    return Closure(datetime.fromisoformat(given["since"]), until, given["label"])


def find_faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a document whose parts have the right forms, holidays apart."""
    if find_zone(document["zone"]) is None:
        text = "there is no such time zone; names are those of IANA, such as America/New_York or Europe/Berlin"
        yield Problem("/zone", "unknown_time_zone", text)
    for day, texts in document["week"].items():
        yield from _span_faults(texts, "week", day)
    ranges: list[tuple[date, date]] = []
    for index, each in enumerate(document["overrides"]):
        yield from _span_faults(each["open"], "overrides", index, "open")
        dates, faults = _dates(each, index)
        yield from faults
        if dates is None:
            continue
        if any(dates[0] <= last and first <= dates[1] for first, last in ranges):
            text = "another override has one of these dates; put the spans of one date into one override"
            yield Problem(pointer("overrides", index, "date"), "date_taken", text)
        ranges.append(dates)


def _span_faults(texts: Sequence[str], *where: str | int) -> Iterator[Problem]:
    spans = []
    for index, text in enumerate(texts):
        try:
            spans.append(parse_span(text))
        except ValueError as error:
            yield Problem(pointer(*where, index), "invalid_span", str(error))
    for first, second in overlapping(spans):
        text = f"{first} and {second} overlap; write them as one span"
        yield Problem(pointer(*where), "spans_overlap", text)


def _dates(override: Mapping[str, Any], index: int) -> tuple[tuple[date, date] | None, list[Problem]]:
    found, faults = [], []
    for name in ("date", "last_date"):
        text = override.get(name) or override["date"]
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            message = f"there is no date {text}; write it as 2026-12-24"
            faults.append(Problem(pointer("overrides", index, name), "no_such_date", message))
    if faults:
        return None, faults[:1] if override.get("last_date") is None else faults
    first, last = found
    if not 0 <= (last - first).days < LONGEST_OVERRIDE_DAYS:
        text = f"the last date must not be before the first, nor {LONGEST_OVERRIDE_DAYS} days and more after it"
        return None, [Problem(pointer("overrides", index, "last_date"), "invalid_dates", text)]
    return (first, last), []


def hours_named(document: Mapping[str, Any]) -> list[str]:
    """The hours that a menu's document asks, sorted."""
    asked = (str(node.get("switch", "")) for node in document["nodes"].values())
    return sorted({each.removeprefix(_PREFIX) for each in asked if each.startswith(_PREFIX)})
