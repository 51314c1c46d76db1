"""The rules of each language."""

from __future__ import annotations

from ivr.domain.said.en.rules import RULES as ENGLISH
from ivr.domain.said.french import RULES as FRENCH
from ivr.domain.said.german import RULES as GERMAN
from ivr.domain.said.italian import RULES as ITALIAN
from ivr.domain.said.portuguese import RULES as PORTUGUESE
from ivr.domain.said.rule import Rule
from ivr.domain.said.spanish import RULES as SPANISH

RULES: dict[str, tuple[Rule, ...]] = {
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "it": ITALIAN,
}


def rules_for(language: str) -> tuple[Rule, ...]:
    """By the first part of a tag such as en-us; none for a language without rules."""
    return RULES.get(language.replace("_", "-").partition("-")[0].lower(), ())
