"""Streets, suites, states, ZIPs and highways."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.domain.said.en.words import (
    AMBIGUOUS_STATES,
    DIRECTIONS,
    SAINTS,
    STATES,
    STREETS,
    WHOLE_STREETS,
    house_number,
    ordinal,
    spelled,
)
from ivr.domain.said.rule import SETTLED, Rule, rule, stop_after

_DIRECTION = r"(?:NE|NW|SE|SW|N|S|E|W)"
_TYPE = "|".join(sorted(STREETS, key=len, reverse=True))
_WHOLE = "|".join(sorted(WHOLE_STREETS, key=len, reverse=True))
_NAME = r"(?:[A-Z][A-Za-z'’]{0,24}\.?|\d{1,3}(?:st|nd|rd|th))"
_ORDINAL = re.compile(r"(\d{1,3})(?:st|nd|rd|th)\b")
_SENTENCE_STARTS = frozenset({
    "Press", "Call", "For", "To", "We", "Our", "If", "Please", "The", "You", "Your", "It", "Thank", "Thanks",
    "Dial", "Say", "Stay", "Hold", "This", "That", "These", "There", "When", "Visit", "Open", "Closed", "Hours",
    "Leave", "Ask", "No", "Yes", "Or", "And", "Free", "Parking", "Enter", "Use", "Turn", "Take", "See", "Come",
    "Stop", "Text", "Directions",
})  # fmt: skip
_UNITS = {
    "Ste": "Suite",
    "Apt": "Apartment",
    "Bldg": "Building",
    "Fl": "Floor",
    "Flr": "Floor",
    "Rm": "Room",
    "Dept": "Department",
}
_ROADS = {
    "I": "I",
    "US": "U S",
    "SR": "State Route",
    "CR": "County Road",
    "Rte": "Route",
    "Rt": "Route",
    "Hwy": "Highway",
    "FM": "F M",
}
# The others are ends of names, too, or other words.
_SURE_STREETS = "|".join(sorted(set(STREETS) - {"St", "Dr", "Ct", "Pl", "Sq"}, key=len, reverse=True))
_PLACES = "|".join(sorted(STATES))
_SURE_PLACES = "|".join(sorted(set(STATES) - AMBIGUOUS_STATES))
_SAINT = rf"(?:{'|'.join(sorted(SAINTS, key=len, reverse=True))})"


def rules() -> Iterator[Rule]:
    yield rule(
        r"\b(?:P\.? ?O\.?|p\.o\.) ?[Bb]ox #?(?P<no>\d{1,6})\b", lambda found: f"P O Box {house_number(found['no'])}"
    )
    yield rule(r"\bP\.? ?O\.? ?Box\b", "P O Box")
    yield rule(
        rf"(?<![\w$#./:-])(?P<no>\d{{1,5}})(?P<letter>-?[A-D])? "
        rf"(?P<dir>{_DIRECTION}\b\.? )?(?P<name>{_NAME}(?: {_NAME}){{0,3}}?) "
        rf"(?P<type>{_TYPE}|{_WHOLE})\b\.?(?P<after> {_DIRECTION}\b\.?)?",
        _street,
    )
    # A street without a number: "5th Ave. & 42nd St.", "at N. Central Ave."
    yield rule(
        rf"(?<![\w.])(?P<dir>{_DIRECTION})\.? (?=(?:{_NAME} ){{1,2}}(?:{_TYPE}|{_WHOLE})\b)",
        lambda found: f"{DIRECTIONS[found['dir']]} ",
    )
    yield rule(rf"\bSt\.? (?P<name>{_SAINT}(?:['’]s)?)\b", lambda found: f"Saint {found['name']}")
    yield rule(
        r"(?P<no>\d{1,2})(?:st|nd|rd|th) (?:Fl|Flr)\b\.?",
        lambda found: f"{ordinal(int(found['no']))} Floor{stop_after(found)}",
    )
    yield rule(rf"(?P<name>\d{{1,3}}(?:st|nd|rd|th)) (?P<type>{_TYPE})\b\.?(?P<after> {_DIRECTION}\b\.?)?", _numbered)
    yield rule(
        rf"(?<=[a-z{SETTLED}] )(?P<type>{_SURE_STREETS})\b\.?",
        _type,
    )
    yield rule(
        rf"(?P<name>\b[A-Z][a-z'’]{{1,24}}|[{SETTLED}]) (?P<type>St|Dr|Ct|Pl|Sq)\b\.?(?! [A-Z][a-z]{{1,24}}['’]s)",
        _unnumbered,
    )
    yield rule(r"\bSt\.? (?=[A-Z])", "Saint ")
    yield rule(r"\b(?P<kind>Mt|Ft)\.? (?=[A-Z][a-z])", lambda found: {"Mt": "Mount ", "Ft": "Fort "}[found["kind"]])
    yield rule(
        r"\b(?P<kind>Ste|Suite|suite|Apt|apt|Unit|Rm|Room|Bldg|Fl|Flr|Building|Apartment)"
        r"\b\.?,? ?#? ?(?P<no>\d{1,5})?-?(?P<letter>[A-Z]\b)?(?![a-z])",
        _unit,
    )
    yield rule(rf",? (?P<state>{_PLACES})\.?,? (?P<zip>\d{{5}})(?:-(?P<more>\d{{4}}))?(?!\w)", _state_and_zip)
    yield rule(
        rf"(?<=[a-z{SETTLED}]), (?P<state>{_SURE_PLACES})\b(?!['’.]\w)", lambda found: f", {STATES[found['state']]}"
    )
    yield rule(
        rf"(?P<city>\b[A-Z][a-z]{{2,24}}), (?P<state>{_PLACES})(?=\s?[.,;:!?)]|\s?$)",
        lambda found: f"{found['city']}, {STATES[found['state']]}",
    )
    yield rule(
        r"\b(?P<word>ZIP|[Zz]ip)(?P<code> code)?:? (?P<zip>\d{5})(?!\w)",
        lambda found: f"{found['word']}{found['code'] or ''} {spelled(found['zip'])}",
    )
    yield rule(
        r"(?<![\w-])(?P<zip>\d{5})-(?P<more>\d{4})(?![\w-])",
        lambda found: f"{spelled(found['zip'])}, {spelled(found['more'])}",
    )
    yield rule(
        r"\b(?P<road>I|US|SR|CR|FM)[- ](?P<no>\d{1,3})(?!\w)|\b(?P<word>Rte|Rt|Hwy|Highway|Route|Loop|Interstate"
        r"|[Ee]xit|highway|route)\.? (?P<no2>\d{1,3})(?P<letter>[A-Z])?(?!\w)",
        _road,
    )


_ALL_UNITS = frozenset({*_UNITS, *_UNITS.values(), "Unit", "PO", "P"})
# "500 Main St. Phoenix, AZ": the street ends no sentence.
_CITY = re.compile(rf" (?:[A-Z][A-Za-z.'’]{{1,24}} ?){{1,3}},? (?:{_PLACES})\b")


def _named(name: str) -> str:
    said = _ORDINAL.sub(lambda found: ordinal(int(found[1])), name)
    said = re.sub(r"\bSt\.? ", "Saint ", said)
    said = re.sub(r"\bDr\.? ", "Doctor ", said)
    said = re.sub(r"\bMt\.? ", "Mount ", said)
    said = re.sub(r"\bFt\.? ", "Fort ", said)
    said = re.sub(r"\bJr\b\.?", "Junior", said)
    said = re.sub(rf"\b({_DIRECTION})\. ", lambda found: f"{DIRECTIONS[found[1]]} ", said)
    return said.replace(".", "")


def _street(match: re.Match[str]) -> str | None:
    name = match["name"]
    first = name.split()[0].rstrip(".")
    if first in _SENTENCE_STARTS or (first in _UNITS):
        return None
    written = match["type"]
    kind = STREETS.get(written, written)
    parts = [
        house_number(match["no"]),
        (match["letter"] or "").lstrip("-"),
        _direction(match["dir"]),
        _named(name),
        kind,
        _direction(match["after"]),
    ]
    said = " ".join(part for part in parts if part)
    in_city = _CITY.match(match.string[match.end() : match.end() + 60])
    return said + ("," if in_city else stop_after(match, unless=_ALL_UNITS))


def _direction(written: str | None) -> str:
    return DIRECTIONS[written.strip().rstrip(".")] if written else ""


def _numbered(match: re.Match[str]) -> str:
    parts = [_named(match["name"]), STREETS[match["type"]], _direction(match["after"])]
    return " ".join(part for part in parts if part) + stop_after(match)


def _type(match: re.Match[str]) -> str:
    return STREETS[match["type"]] + stop_after(match)


def _unnumbered(match: re.Match[str]) -> str | None:
    name = match["name"]
    following = re.match(r" ([A-Z]\w*)", match.string[match.end() :][:30])
    if following is not None and match["type"] in ("Dr", "St"):
        is_name = following[1] not in _SENTENCE_STARTS and following[1] not in (*_UNITS, *STATES, "Suite", "Unit")
        if is_name:
            return None
    if name in _SENTENCE_STARTS:
        return None
    return f"{name} {STREETS[match['type']]}{stop_after(match)}"


def _unit(match: re.Match[str]) -> str | None:
    if not match["no"] and not match["letter"]:
        return None
    number = house_number(match["no"]) if match["no"] else ""
    return " ".join(
        part for part in (_UNITS.get(match["kind"].capitalize(), match["kind"]), number, match["letter"]) if part
    )


def _state_and_zip(match: re.Match[str]) -> str:
    more = f", {spelled(match['more'])}" if match["more"] else ""
    return f", {STATES[match['state']]}, {spelled(match['zip'])}{more}"


def _road(match: re.Match[str]) -> str:
    written = match["road"] or match["word"]
    number = house_number(match["no"] or match["no2"])
    return f"{_ROADS.get(written, written)} {number} {match['letter'] or ''}".rstrip()
