"""Measures: "10 ft", "98.6°F", "5'10\\"", "3x"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.domain.said.language import Language
from ivr.domain.said.rule import SETTLED, Rule, rule

# They are words, too, or letters: only behind a blank and in front of no other word.
_UNSURE = frozenset({"in", "W", "V", "m", "h", "s", "g", "l", "j", "a", "an"})


def rules(language: Language) -> Iterator[Rule]:
    number = language.number_pattern
    to = language.words["to"]
    times = language.words.get("times", "times")
    by = language.words.get("by", "by")
    sure = "|".join(
        sorted((re.escape(unit) for unit in language.units if unit not in _UNSURE), key=len, reverse=True)
    )
    unsure = (
        "|".join(sorted((re.escape(unit) for unit in language.units if unit in _UNSURE), key=len, reverse=True))
        or "(?!)"
    )

    def measure(match: re.Match[str]) -> str:
        unit = " ".join(match["unit"].split())
        one, several = language.units[unit]
        said = language.counted(match["n"], one, several)
        if language.code == "en" and _tells_size(match, unit):
            return f"{language.number(match['n'])} {one}"
        if match.groupdict().get("from"):
            said = f"{language.number(match['from'])} {to} {language.number(match['n'])} {several}"
        return said

    def temperature(match: re.Match[str]) -> str:
        scale = {"F": " Fahrenheit", "C": " Celsius"}.get((match["scale"] or "").upper(), "")
        sign = f"{language.words['minus']} " if match["sign"] else ""
        return f"{sign}{language.counted(match['n'], language.words['degree'], language.words['degrees'])}{scale}"

    span = rf"(?<![\w.$€£/])(?:(?P<from>{number})\s?[-–]\s?)?(?P<n>{number})"
    yield rule(rf"(?<![\w.])(?P<sign>[-–])?(?P<n>{number})\s?°\s?(?P<scale>[FC]\b)?", temperature)
    yield rule(
        rf"{span}(?P<joint> |-)?"
        rf"(?P<unit>{sure})\b\.?(?![\w'’])(?!-\w)",
        lambda found: measure(found) + _stop(found),
    )
    yield rule(
        rf"{span} (?P<unit>{unsure})(?=\.?(?:$|[,;:!?)]| x\b|\.\s))\.?", lambda found: measure(found) + _stop(found)
    )
    yield rule(
        r"(?<![\w.])(?P<one>\d{1,4})\s?[xX×]\s?(?P<two>\d{1,4})(?:\s?[xX×]\s?(?P<three>\d{1,4}))?(?!\w)",
        lambda found: f" {by} ".join(language.cardinal(int(each)) for each in found.groups() if each),
    )
    yield rule(rf"(?<![\w.])(?P<n>{number})\s?[xX×](?![\w])", lambda found: f"{language.number(found['n'])} {times}")


def _tells_size(match: re.Match[str], unit: str) -> bool:
    """Whether a noun follows: "a 40 gal. tank", "a 24-hr service", "5 lb. bag"."""
    if match.groupdict().get("joint") == "-":
        return True
    before = match.string[max(0, match.start() - 4) : match.start()]
    return bool(_ADJECTIVAL.search(before)) or (unit in _SIZES and bool(_NOUN.match(match.string, match.end())))


_SIZES = frozenset({"lb", "oz", "ft", "gal", "yd", "hr", "sq ft", "sqft", "sq. ft"})
_NOUN = re.compile(
    r" (?!(?:tall|long|wide|deep|high|from|and|for|per|the|away|every|each|before|after|are|only|total|later"
    r"|ago|with|until"
    r"|off|than|more|less|apart|below|above|over|under|notice|max|min)\b)[a-z]{3,}"
)
# "a 40 gal. tank": of a size, the unit stands once.
_ADJECTIVAL = re.compile(r"\b[Aa]n? $")


def _stop(match: re.Match[str]) -> str:
    """The full stop at the end of a sentence."""
    if not match[0].endswith("."):
        return ""
    rest = match.string[match.end() : match.end() + 12]
    return "." if not rest.strip() or re.match(rf"\s+[A-Z{SETTLED}]", rest) else ""
