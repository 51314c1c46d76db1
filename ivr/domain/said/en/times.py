"""Times of day, days of the week and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.domain.said.en.words import LANGUAGE, MONTH_ABBREVIATIONS, NAMES_OF_DAYS, WEEKDAYS, cardinal, ordinal, year
from ivr.domain.said.rule import SETTLED, Rule, rewrite, rule, stop_after
from ivr.domain.spoken.pieces import MONTHS

_DASH = r"\s{0,2}[-–—]\s{0,2}"
_TO = rf"(?:{_DASH}|\s(?:to|until|till|thru|through)\s)"
_HALF = r"\s?(?P<half{0}>[AaPp])(?:\.\s?[Mm]\.|\.?[Mm]\b\.?)"
_CLOCK = r"(?P<hour{0}>[01]?\d|2[0-4])(?::(?P<minute{0}>[0-5]\d))?"
_SHORT_HALF = r"\s?(?P<short{0}>[AaPp])\b"
_NO_TIME = r"(?<![\w:.$/-])(?<!\d )"
_MONTH_NAMES = "|".join((*MONTHS, *MONTH_ABBREVIATIONS))
_DAY_SHORT = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
# They are other words, too.
_SURE_DAYS = "|".join(sorted((day for day in WEEKDAYS if day not in ("Sat", "Sun")), key=len, reverse=True))
_ANY_DAY = rf"(?:{'|'.join(sorted({*WEEKDAYS, *WEEKDAYS.values()}, key=len, reverse=True))})s?\b\.?"
_ZONES = frozenset(["EST", "EDT", "ET", "CST", "CDT", "CT", "MST", "MDT", "MT", "PST", "PDT", "PT", "UTC"])
_GOES_ON = NAMES_OF_DAYS | _ZONES
_LETTER_DAYS = {
    "M": "Monday",
    "T": "Tuesday",
    "Tu": "Tuesday",
    "W": "Wednesday",
    "Th": "Thursday",
    "F": "Friday",
    "Sa": "Saturday",
    "Su": "Sunday",
}
_ORDINAL = r"(?:st|nd|rd|th)?"
FRACTIONS = frozenset({(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 8), (3, 8), (5, 8), (7, 8), (1, 5), (1, 10)})
DATED = re.compile(
    r"(?:\b(?:on|by|until|till|before|after|since|from|through|thru|dated|starting|ending|date:?)|-|–)\s{0,2}$", re.I
)


def clock(hour: int, minute: int, half: str = "", *, bare: bool = False) -> str:
    """`half`: a or p; `bare`: without "o'clock"."""
    after = f" {half.upper()}M" if half else ""
    if minute:
        return f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}{after}"
    if half or bare:
        return cardinal(hour) + after
    if hour > 12:
        return f"{cardinal(hour)} hundred"
    return f"{cardinal(hour)} o'clock" if hour else "midnight"


def _read(match: re.Match[str], at: str, half: str = "", *, bare: bool = False) -> str | None:
    hour, minute = int(match[f"hour{at}"]), match[f"minute{at}"]
    if half and not 1 <= hour <= 12:
        half = ""
    return clock(hour, int(minute or 0), half.lower(), bare=bare or minute is None)


def _half(match: re.Match[str], at: str) -> str:
    found = match.groupdict()
    return found.get(f"half{at}") or found.get(f"short{at}") or ""


def _span(match: re.Match[str]) -> str | None:
    first, second = _half(match, "1"), _half(match, "2")
    one = _read(match, "1", first, bare=True)
    return f"{one} to {_read(match, '2', second, bare=True)}{stop_after(match, unless=_GOES_ON)}"


def _single(match: re.Match[str]) -> str | None:
    return f"{_read(match, '1', _half(match, '1'))}{stop_after(match, unless=_GOES_ON)}"


def _of(pattern: str, at: int) -> str:
    return pattern.replace("{0}", str(at))


def rules() -> Iterator[Rule]:
    one, two = _of(_CLOCK, 1), _of(_CLOCK, 2)
    half_1, half_2 = _of(_HALF, 1), _of(_HALF, 2)
    short_1, short_2 = _of(_SHORT_HALF, 1), _of(_SHORT_HALF, 2)
    yield rule(r"(?<![\w/.-])24/7/365\b", "twenty-four seven, three sixty-five")
    yield rule(r"(?<![\w/.-])24\s?/\s?7(?![\w/])", "twenty-four seven")
    yield from _dates()
    yield from _days()
    # Days, and the hours of these days.
    yield rewrite(rf"(?<=[{SETTLED}]) (?=[01]?\d(?::[0-5]\d)?\s?(?:[ap]\.?\s?m\b|[-–]\s?\d))", ", ", re.IGNORECASE)
    yield rule(rf"{_NO_TIME}{one}(?:{half_1})?{_TO}{two}{half_2}", _span)
    yield rule(rf"{_NO_TIME}{one}{short_1}{_TO}{two}{short_2}", _span)
    yield rule(
        rf"{_NO_TIME}{one}(?:{half_1}{_TO}|{_DASH})(?P<word>noon|midnight|close|closing)\b",
        lambda found: f"{_read(found, '1', _half(found, '1'))} to {found['word']}",
    )
    yield rule(
        rf"\b(?P<word>noon|midnight|dawn){_DASH}{one}{half_1}", lambda found: f"{found['word']} to {_single(found)}"
    )
    yield rule(
        rf"{_NO_TIME}(?P<hour1>[01]?\d|2[0-3]):(?P<minute1>[0-5]\d){_TO}(?P<hour2>[01]?\d|2[0-4]):(?P<minute2>[0-5]\d)(?![\w:])",
        _span,
    )
    yield rule(rf"{_NO_TIME}{one}{half_1}", _single)
    yield rule(
        rf"{_NO_TIME}(?P<hour1>[01]?\d|2[0-3]):(?P<minute1>[0-5]\d)(?::[0-5]\d)?(?!\s?[:\d])(?!\w)(?: o'clock)?",
        _single,
    )
    yield rule(r"(?<=[\ue000-\uf8ff\d])\s?a\.m\.", " AM")
    yield rule(r"\ba\.m\.", lambda found: "AM" + stop_after(found, unless=_GOES_ON))
    yield rule(r"\bp\.m\.", lambda found: "PM" + stop_after(found, unless=_GOES_ON))
    yield rule(r"(?<=M )ET\b", "Eastern Time")


def _days() -> Iterator[Rule]:
    def day(written: str) -> str:
        plain = written.rstrip(".")
        return WEEKDAYS.get(plain) or _LETTER_DAYS.get(plain) or plain

    def span(match: re.Match[str]) -> str:
        return f"{day(match['one'])} to {day(match['two'])}{stop_after(match, unless=_GOES_ON)}"

    letter = "(?:Tu|Th|Sa|Su|M|T|W|F)"
    yield rule(rf"\b(?P<one>{_ANY_DAY}){_DASH}(?P<two>{_ANY_DAY})", span)
    yield rule(rf"(?<![\w.-])(?P<one>{letter})\s?[-–]\s?(?P<two>{letter})(?![\w-])", span)
    yield rule(
        rf"(?<![\w.-])(?P<one>{letter})(?=:? [01]?\d(?::[0-5]\d)?\s?[ap])",
        lambda found: _LETTER_DAYS[found["one"]] + ",",
    )
    yield rule(r"(?<!\w)MWF(?!\w)", "Monday, Wednesday and Friday")
    yield rule(r"(?<!\w)T/?Th(?!\w)", "Tuesday and Thursday")
    yield rule(
        rf"\b(?P<one>{_ANY_DAY})\s?/\s?(?P<two>{_ANY_DAY})",
        lambda found: f"{day(found['one'])} and {day(found['two'])}",
    )
    yield rule(
        rf"\b(?P<one>{_SURE_DAYS})\b\.?(?!')", lambda found: day(found["one"]) + stop_after(found, unless=_GOES_ON)
    )
    # Sat and Sun beside another day, a time or a stop.
    near = rf"(?=\s?(?:&|and\b|,?\s?(?:{_ANY_DAY})|,?\s?\d|:|[{SETTLED}]|-|–|closed|noon|by\b))"
    yield rule(
        rf"\b(?P<one>Sat|Sun)\b(?:\.|{near})", lambda found: day(found["one"]) + stop_after(found, unless=_GOES_ON)
    )
    yield rule(
        rf"(?<=[{SETTLED}] & )(?P<one>Sat|Sun)\b|(?<=[{SETTLED}] and )(?P<two>Sat|Sun)\b"
        rf"|(?<=[{SETTLED}], )(?P<three>Sat|Sun)\b",
        lambda found: day(found[0]),
    )


def _dates() -> Iterator[Rule]:
    def named(month: str) -> str:
        return MONTHS[MONTH_ABBREVIATIONS[month] - 1] if month in MONTH_ABBREVIATIONS else month

    def by_name(match: re.Match[str]) -> str | None:
        day = int(match["day"])
        if not 1 <= day <= 31:
            return None
        said = f"{named(match['month'])} {ordinal(day)}"
        if match["to"]:
            said += f" to {ordinal(int(match['to']))}"
        return said + (f", {year(int(match['year']))}" if match["year"] else "")

    def day_first(match: re.Match[str]) -> str:
        month, day = named(match["month"]), ordinal(int(match["day"]))
        said = f"{day} of {month}" if match["of"] else f"{month} {day}"
        return said + (f", {year(int(match['year']))}" if match["year"] else "")

    def by_number(match: re.Match[str]) -> str | None:
        month, day, written = int(match["month"]), int(match["day"]), match["year"]
        if (
            not written
            and (month, day) in FRACTIONS
            and not DATED.search(match.string[max(0, match.start() - 12) : match.start()])
        ):
            return None
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        full = (
            0
            if not written
            else int(written)
            if len(written) == 4
            else 2000 + int(written) - (100 if int(written) > 50 else 0)
        )
        return f"{MONTHS[month - 1]} {ordinal(day)}" + (f", {year(full)}" if full else "")

    def of_numbers(match: re.Match[str]) -> str | None:
        ends = [tuple(map(int, match[end].split("/"))) for end in ("one", "two")]
        if not all(1 <= month <= 12 and 1 <= day <= 31 for month, day in ends):
            return None
        return " to ".join(f"{MONTHS[month - 1]} {ordinal(day)}" for month, day in ends)

    def of_names(match: re.Match[str]) -> str | None:
        if not all(1 <= int(match[day]) <= 31 for day in ("day1", "day2")):
            return None
        one, two = (f"{named(match[f'month{at}'])} {ordinal(int(match[f'day{at}']))}" for at in "12")
        link = "through" if "through" in match[0] else "to"
        return f"{one} {link} {two}"

    def month_alone(match: re.Match[str]) -> str:
        return named(match["month"]) + (f" {year(int(match['year']))}" if match["year"] else "")

    short = "|".join(MONTH_ABBREVIATIONS)
    yield rule(
        rf"\b(?P<one>{short})\b\.?{_DASH}(?P<two>{short}|May)\b\.?(?! \d)",
        lambda found: f"{named(found['one'])} to {named(found['two'])}{stop_after(found)}",
    )
    yield rule(r"\bMM\s?([/-])\s?DD\s?\1\s?YY(?:YY)?\b|\bMMDDYY(?:YY)?\b", "month, day, year")
    yield rule(r"\bMM\s?/\s?YY(?:YY)?\b|\bMMYY(?:YY)?\b", "month, year")
    yield rule(r"\bMM\s?/\s?DD\b|\bMMDD\b", "month, day")
    yield rule(
        rf"\b(?P<month1>{_MONTH_NAMES})\b\.? (?P<day1>[0-3]?\d){_ORDINAL}{_TO}"
        rf"(?P<month2>{_MONTH_NAMES})\b\.? (?P<day2>[0-3]?\d){_ORDINAL}(?![\d:%])",
        of_names,
    )
    yield rule(
        rf"\b(?P<month>{_MONTH_NAMES})\b\.? (?P<day>[0-3]?\d){_ORDINAL}(?![\d:%])(?!\.\d)"
        rf"(?:{_DASH}(?P<to>[0-3]?\d){_ORDINAL}(?!\d))?"
        r"(?:,? (?P<year>[12]\d{3})\b)?(?! ?[ap]\.?m)",
        by_name,
    )
    yield rule(
        rf"(?<![\w.,-])(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?P<of> of)? (?P<month>{_MONTH_NAMES})\b\.?"
        rf"(?:,? (?P<year>[12]\d{{3}})\b)?",
        day_first,
    )
    yield rule(r"(?<![\w./-])(?P<one>[01]?\d/[0-3]?\d)\s?[-–]\s?(?P<two>[01]?\d/[0-3]?\d)(?![\w/]|-\d)", of_numbers)
    yield rule(
        r"(?<![\w./-])(?P<month>[01]?\d)/(?P<day>[0-3]?\d)(?:/(?P<year>\d{4}|\d\d))?(?![\w/]|-\d{3})", by_number
    )
    yield rule(r"(?<![\w./-])(?P<year>\d{4})-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\w-])", by_number)
    yield rule(r"(?<![\w./-])(?P<month>[01]?\d)-(?P<day>[0-3]?\d)-(?P<year>(?:19|20)\d\d|\d\d)(?![\w-])", by_number)
    yield rule(
        rf"\b(?P<month>{'|'.join(each for each in MONTH_ABBREVIATIONS if each != 'Mar')})\b(?:\.|(?= \d))"
        r"(?: (?P<year>(?:19|20)\d\d)\b)?",
        month_alone,
    )
    yield rule(rf"\b(?P<month>{'|'.join(MONTHS)}),? (?P<year>(?:19|20)\d\d)\b", month_alone)
    yield rule(
        r"(?P<month>\b(?:Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec))\b(?=[ ,]?[-–])", lambda found: named(found["month"])
    )


def years() -> Iterator[Rule]:
    yield rule(
        r"(?<![\w.,$-])(?P<one>(?:1[1-9]|20)\d\d)\s?[-–]\s?(?P<two>(?:1[1-9]|20)\d\d)(?![\w-])",
        lambda found: f"{year(int(found['one']))} to {year(int(found['two']))}",
    )
    yield rule(
        r"(?<![\w.,$-])(?P<decade>(?:1[1-9]|20)\d0)'?s\b",
        lambda found: _several(year(int(found["decade"]))),
    )
    yield rule(r"(?<![\w'])'(?P<year>\d\d)(?![\w'])", lambda found: cardinal(int(found["year"])))
    yield rule(r"(?<![\w.,$])['’]?(?P<decade>[2-9]0)'?s\b", lambda found: _several(cardinal(int(found["decade"]))))
    yield rule(
        r"(?P<before>\b(?:[Ss]ince|[Ii]n|[Uu]ntil|[Bb]y|[Ff]rom|[Oo]f|[Ee]st\.?|[Ee]stablished|[Ff]ounded|[Ss]ummer|[Ss]pring|[Ff]all|[Ww]inter"
        r"|[Yy]ear|[Ee]arly|[Ll]ate|[Cc]opyright|©) )(?P<year>(?:1[6-9]|20)\d\d)(?![\d,.]\d|\w"
        r"| (?:of|square|people|customers|homes|miles|feet|dollars|points))",
        lambda found: (
            (
                "established "
                if found["before"].lower().startswith("est")
                else "copyright "
                if found["before"][0] == "©"
                else found["before"]
            )
            + year(int(found["year"]))
        ),
    )
    yield rule(
        r"(?<![\w.,$/-])(?P<year>(?:19[3-9]|20[0-9])\d)(?=\s?[.!?;:)]|$"
        r"| (?:[Tt]ax|[Ss]eason|[Mm]odel|[Ff]ord|[Hh]oliday|[Ee]lection"
        r"|[Ss]chool|[Aa]nnual|[Bb]enefits|[Oo]pen|[Cc]alendar|[Ee]nrollment))",
        lambda found: year(int(found["year"])),
    )


def _several(words: str) -> str:
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


# "3/4 inch" is three quarter inch.
_MEASURE = re.compile(r"[ -](?:inch|in\.|mile|cup|pound|ton|yard)\b")


def fractions() -> Iterator[Rule]:
    names = {2: "half", 4: "quarter"}

    def say(match: re.Match[str]) -> str | None:
        whole, top, bottom = match["whole"], int(match["top"]), int(match["bottom"])
        if not (
            (1 <= top < bottom and (top, bottom) in FRACTIONS)
            or (whole and bottom in (2, 3, 4, 5, 8, 16, 32) and 0 < top < bottom)
        ):
            return None
        name = names.get(bottom) or ordinal(bottom)
        if whole:
            said = f"a {name}" if top == 1 else f"{cardinal(top)} {_several(name) if name != 'half' else 'halves'}"
            return f"{LANGUAGE.number(whole)} and {said}"
        measured = _MEASURE.match(match.string, match.end())
        return f"{cardinal(top)} {name if top == 1 or measured else _several(name)}"

    yield rule(r"(?<![\w./-])(?:(?P<whole>\d{1,4})[ -])?(?P<top>\d{1,2})/(?P<bottom>\d{1,2})(?![\w/])", say)
