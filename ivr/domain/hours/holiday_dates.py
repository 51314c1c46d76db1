"""The dates of public holidays, from the tables of the library `holidays`.

For processes that write hours. Calls read the dates that are stored, and never load the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import holidays
from holidays.registry import COUNTRIES

from ivr.domain.hours.model import HolidaySet, Hours
from ivr.domain.problems import Problem, pointer

_LANGUAGE = "en_US"
# A day on which a holiday is kept in place of its own has its name with this behind it.
_KEPT = re.compile(r" \((?:observed|estimated|observed, estimated)\)$")


def years_kept(today: date) -> range:
    """The years whose dates are stored: this one and the next two, and the last one, which some zone may still be
    in."""
    return range(today.year - 1, today.year + 3)


def with_dates(hours: Hours, years: Iterable[int]) -> Hours:
    """The hours with the dates of their holidays in these years."""
    found: dict[date, list[str]] = {}
    for each in hours.holiday_sets:
        for on, names in _dates_of(each, tuple(years)):
            known = found.setdefault(on, [])
            known += [name for name in names if name not in known]
    return replace(hours, holiday_dates={on: "; ".join(names) for on, names in sorted(found.items())})


def holiday_names(country: str, subdivision: str | None, years: Sequence[int]) -> list[str]:
    """The names that `HolidaySet.skipped` may have, in the order of their days."""
    found = _dates_of(HolidaySet(country, subdivision), tuple(years))
    return list(dict.fromkeys(_KEPT.sub("", name) for _, names in found for name in names))


@lru_cache(maxsize=1)
def countries() -> dict[str, list[str]]:
    """The codes of all countries that have tables, each with those of its subdivisions."""
    return dict(sorted(holidays.list_supported_countries(include_aliases=False).items()))


def country_names() -> list[tuple[str, str]]:
    """(code, English name) of all countries that have tables, by name."""
    named = ((codes[1], name.replace("_", " ").title()) for name, codes in COUNTRIES.items())
    return sorted((each for each in named if each[0] in countries()), key=lambda each: each[1])


def find_set_faults(sets: Sequence[HolidaySet], years: Sequence[int]) -> Iterator[Problem]:
    """What is wrong with holiday sets, with pointers into the document of hours."""
    for index, each in enumerate(sets):
        if each.country not in countries():
            text = f"no holidays are known of {each.country}; countries are given by two letters, such as US or DE"
            yield Problem(pointer("holidays", index, "country"), "unknown_country", text)
            continue
        known = countries()[each.country]
        if each.subdivision is not None and each.subdivision not in known:
            text = f"{each.country} has no {each.subdivision}; known here: {', '.join(known) or 'none'}"
            yield Problem(pointer("holidays", index, "subdivision"), "unknown_subdivision", text)
            continue
        names = holiday_names(each.country, each.subdivision, years)
        for place, name in enumerate(each.skipped):
            if name not in names:
                text = f"there is no holiday {name}; known here: {', '.join(names)}"
                yield Problem(pointer("holidays", index, "skip", place), "unknown_holiday", text)


def _dates_of(chosen: HolidaySet, years: tuple[int, ...]) -> Iterator[tuple[date, list[str]]]:
    table: Any = _table(chosen.country, chosen.subdivision, chosen.observed, years)
    for on in sorted(table):
        # A holiday may be kept in another year than its own.
        names = [name for name in table.get_list(on) if _KEPT.sub("", name) not in chosen.skipped]
        if names and on.year in years:
            yield on, names


@lru_cache(maxsize=64)
def _table(country: str, subdivision: str | None, observed: bool, years: tuple[int, ...]) -> Any:
    kind = getattr(holidays, country)
    languages = kind.supported_languages
    language = _LANGUAGE if _LANGUAGE in languages else None
    return holidays.country_holidays(
        country, subdiv=subdivision, years=years, expand=False, observed=observed, language=language
    )
