"""Amounts of money: "$49.95" is forty-nine dollars and ninety-five cents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import Rule, rule

_SCALES = {"K": "thousand", "k": "thousand", "M": "million", "B": "billion", "mil": "million"}
# Behind an amount, the amount tells which: "a $50 gift card".
_ADJECTIVAL = (
    r"(?: (?=(?:gift|e-gift|card|coupon|fee|deposit|discount|credit|co-?pay|bonus|rebate|minimum|charge|voucher|bill|"
    r"special|value|deductible|down|flat|service|monthly|annual|installment)\b))"
)

_NOUN = (
    r"(?!(?:per|and|for|off|more|each|every|month|week|year|day|visit|hour|is|was|plus|with"
    r"|from|down)\b)[a-z]{3,}"
)


def rules(
    language: Language, scales: Mapping[str, str] = _SCALES, per: Mapping[str, str] | None = None
) -> Iterator[Rule]:
    """`per`: what may stand behind a stroke: "$95/hr"."""
    number = language.number_pattern
    signs = "|".join(re.escape(sign) for sign in language.currencies if not sign.isalpha())
    codes = "|".join(sign for sign in language.currencies if sign.isalpha()) or "(?!)"
    scale_words = "|".join(sorted({re.escape(each) for each in (*scales, *scales.values())}, key=len, reverse=True))
    scale = rf"(?: ?(?P<scale>{scale_words})(?!\w))?"
    scale_2 = scale.replace("<scale>", "<scale_2>")
    behind = "|".join(sorted(map(re.escape, per or ()), key=len, reverse=True)) or "(?!)"
    rate = rf"(?: ?/ ?(?P<per>{behind})\b\.?(?!\w))?"

    def amount(number: str, currency: Currency) -> str:
        whole, decimals = language.parts(number)
        cents = int((decimals + "0")[:2]) if decimals and len(decimals) <= 2 else 0
        if len(decimals) > 2:
            return f"{language.number(number)} {currency.several}"
        units = int(whole or "0")
        parts = []
        if units or not cents:
            several = language.before_noun(language.whole(whole.lstrip("0") or "0"))
            said = (language.one or language.cardinal(1)) if units == 1 else several
            parts.append(f"{said} {currency.one if units == 1 else currency.several}")
        if cents:
            said = language.one or language.cardinal(1) if cents == 1 else language.cardinal(cents)
            parts.append(f"{said} {currency.hundredth if cents == 1 else currency.hundredths}")
        return f" {language.words['and']} ".join(parts)

    def scaled(number: str, scale: str | None) -> str:
        return language.number(number) + (f" {scales.get(scale, scale)}" if scale else "")

    def say(match: re.Match[str]) -> str:
        found = match.groupdict()
        currency = language.currencies[found.get("code") or found.get("country") or found["sign"]]
        before = f"{language.words['minus']} " if found.get("minus") else ""
        if found.get("to"):
            both_scale = found["scale"] or (found["scale_2"] if found["scale_2"] else None)
            plain = not any(language.parts(found[each])[1] for each in ("n", "to")) or found["scale_2"]
            if plain:
                first = scaled(found["n"], found["scale"] if found["scale_2"] else both_scale)
                second = f"{scaled(found['to'], found['scale_2'])} {of(currency, bool(found['scale_2']))}"
                said = f"{first} {language.words['to']} {second}"
            else:
                said = f"{amount(found['n'], currency)} {language.words['to']} {amount(found['to'], currency)}"
        elif found.get("scale"):
            said = (
                f"{scaled(found['n'], found['scale'])} {of(currency, found['scale'] not in ('K', 'k', 'thousand'))}"
            )
        elif found.get("as_kind") is not None and not language.parts(found["n"])[1]:
            return f"{before}{language.number(found['n'])} {currency.one}{found['as_kind']}"
        else:
            said = amount(found["n"], currency)
        after = f" {language.words['plus']}" if found.get("more") else ""
        if found.get("per") and per is not None:
            word = per[found["per"]]
            after += f" {word}" if word == "each" else f" {language.words.get('per', 'per')} {word}"
        return before + said + after

    def of(currency: Currency, large: bool) -> str:
        link = language.words.get("millions_of", "") if large else ""
        return f"{link} {currency.several}".strip()

    if language.code == "en":
        yield rule(rf"(?<=\b[Aa] )(?P<sign>{signs})(?P<n>{number})(?P<as_kind>(?= {_NOUN}))", say)
        yield rule(rf"(?<![\w.])(?P<minus>-)?(?P<sign>{signs}) ?(?P<n>{number})(?P<as_kind>{_ADJECTIVAL})", say)
    yield rule(
        rf"(?<![\w.])(?P<minus>-)?(?:(?P<country>{codes}) ?)?(?P<sign>{signs}) ?(?P<n>{number}|\.\d\d(?!\d)){scale}"
        rf"(?:\s?[-–]\s?(?:{signs})?(?P<to>{number}){scale_2})?(?P<more>\+)?(?: ?(?P<code>{codes})\b)?{rate}",
        say,
    )
    yield rule(rf"(?<![\w.])(?P<n>{number}){scale}\s?(?P<sign>{signs}|(?:{codes})\b)(?![\d]){rate}", say)
    yield rule(rf"\b(?P<sign>{codes}) ?(?P<n>{number}){scale}", say)
    cents = language.currencies[next(iter(language.currencies))]
    yield rule(
        r"(?<![\w.])(?P<n>\d{1,3})\s?¢",
        lambda found: language.counted(found["n"], cents.hundredth, cents.hundredths),
    )
