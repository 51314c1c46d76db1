"""Numbers that are no time, date, amount or telephone number: percentages, ranges, fractions, versions, codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.domain.said.language import Language
from ivr.domain.said.rule import SETTLED, Rule, rewrite, rule

_NOT_INSIDE = r"(?<![\w.])(?<!\d[-–/])"
_NOT_GOING_ON = r"(?![-–/]?\d)(?!\w)"
_CODE_WORDS = (
    r"account|acct\.?|policy|order|case|claim|ticket|reference|ref\.?|confirmation|code|pin|PIN|license|licence"
    r"|lic\.?|permit"
    r"|ROC|NMLS|NPI|ID|ABA|routing|invoice|text|message|cuenta|código|pedido|compte|code postal|Konto"
    r"|Kundennummer|conta|codice|ordine|pratica|polizza|contratto"
)
_SIMPLE_FRACTIONS = {
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "⅓": "1/3",
    "⅔": "2/3",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
}


def rewrites(language: Language) -> Iterator[Rule]:
    """Spellings that other rules need: fractions of one sign, lists without blanks."""
    for sign, spelt in _SIMPLE_FRACTIONS.items():
        yield rewrite(rf"(?<=\d) ?{sign}", f" {spelt}")
        yield rewrite(sign, spelt)
    if not language.lax_marks:
        yield rewrite(r"(?<![\d.,])(\d),(?=\d(?!\d\d(?!\d)))", r"\1, ")


def rules(language: Language) -> Iterator[Rule]:
    number, words = language.number_pattern, language.words

    def span(match: re.Match[str]) -> str:
        percent = f" {words['percent']}" if match["percent"] else ""
        return language.span(language.number(match["one"]), language.number(match["two"]), match) + percent

    yield rule(
        rf"(?<![\w.])(?P<said>(?:{_CODE_WORDS})(?:[ -](?:number|no\.?|num\.?|número|Nr\.?|[{SETTLED}]))?(?::"
        rf"| is| to| es| ist)? ?[#№]? ?)"
        r"(?P<letters>[A-Z]{0,3}-?)(?P<code>\d{4,20}(?:-\d{1,8}){1,3}|\d{3,20})(?![\w.,]\d|\d)",
        lambda found: (
            f"{found['said'].replace('#', words['number'] + ' ')}{found['letters'].rstrip('-')} "
            f"{_code(language, found['code'])}"
        ),
        re.IGNORECASE,
    )
    yield rule(r"#\s?(?P<code>\d{5,20})(?!\w)", lambda found: f"{words['number']} {language.spelled(found['code'])}")
    yield rule(
        r"(?<=\b[Tt]ext )(?P<word>[A-Z\"']{1,20}) to (?P<code>\d{5,6})(?![\w-])",
        lambda found: f"{found['word']} to {language.groups(found['code'])}",
    )
    yield rule(rf"{_NOT_INSIDE}(?P<one>{number})\s?%?\s?[-–]\s?(?P<two>{number})\s?(?P<percent>%)", span)
    yield rule(
        rf"(?<![\w.])(?P<sign>[-–+±])?(?P<n>{number}|\.\d{{1,4}})\s?%",
        lambda found: f"{_sign(found['sign'], language)}{language.number(found['n'])} {words['percent']}",
    )
    yield rule(
        r"(?<!\w)(?:(?P<word>[Vv]ersion|Version|versión|[Rr]elease) ?"
        r"|[vV]\.? ?)(?P<n>\d{1,4}(?:\.\d{1,4}){0,3})(?!\w|\.\d)",
        lambda found: (
            f"{found['word'] or words.get('version', 'version')} "
            + f" {words['point']} ".join(language.cardinal(int(part)) for part in found["n"].split("."))
        ),
    )
    yield rule(
        r"(?<![\w.])(?P<n>\d{1,5}(?:\.\d{1,5}){2,5})(?!\w|\.\d)",
        lambda found: f" {words['point']} ".join(language.cardinal(int(part)) for part in found["n"].split(".")),
    )
    yield rule(
        rf"{_NOT_INSIDE}(?P<one>{number})\s?[-–]\s?(?P<two>{number})(?P<percent>){_NOT_GOING_ON}(?![-–][A-Za-z])",
        span,
    )


def leftovers(language: Language) -> Iterator[Rule]:
    """What is still written in digits, as quantities; a long or padded number digit by digit."""
    number = language.number_pattern

    def plain(match: re.Match[str]) -> str:
        digits, decimals = language.parts(match["n"])
        code = not decimals and language.is_code(digits) and digits == match["n"] and not digits.endswith("000")
        sign = _sign(match["sign"], language)
        return sign + (language.spelled(digits) if code else language.number(match["n"]))

    yield rule(rf"(?<![\w.-])(?<!\d )(?P<sign>[-–±])?(?<![\w])(?P<n>{number}|\.\d{{1,6}}(?!\d))", plain)
    yield rule(
        r"(?P<n>\d{1,3}(?:,\d{3}){1,5})(?!\d)",
        lambda found: language.number(found["n"]) if language.group_mark == "," else None,
    )
    yield rule(r"\d{1,40}", lambda found: language.whole(found[0]))


def _code(language: Language, code: str) -> str:
    return ", ".join(language.spelled(part) for part in code.split("-"))


def _sign(sign: str | None, language: Language) -> str:
    if not sign:
        return ""
    return f"{language.words['plus' if sign in '+±' else 'minus']} "
