"""The rules of US English, in their order."""

from __future__ import annotations

from ivr.domain.said import money, numbers, phones, units, web
from ivr.domain.said.en import abbreviations, addresses, signs, times
from ivr.domain.said.en.words import LANGUAGE, PER
from ivr.domain.said.rule import Rule, rule

_SHORT_CODES = r"(?<![\w$#.,-])(?P<code>911|9-1-1|988|411|311|211|511|611|711|811)(?![\w,-]|\.\d| [a-z]{3,}s\b)"

RULES: tuple[Rule, ...] = (
    *web.rules(LANGUAGE),
    *signs.early(),
    *numbers.rewrites(LANGUAGE),
    *phones.rules(LANGUAGE),
    rule(_SHORT_CODES, lambda found: LANGUAGE.groups(found["code"].replace("-", ""))),
    *addresses.rules(),
    *money.rules(LANGUAGE, per=PER),
    *times.rules(),
    *abbreviations.early(),
    *times.fractions(),
    *times.years(),
    *units.rules(LANGUAGE),
    *numbers.rules(LANGUAGE),
    *abbreviations.late(),
    *signs.late(),
    *numbers.leftovers(LANGUAGE),
)
