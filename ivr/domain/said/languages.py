"""The rules of each language."""

from __future__ import annotations

from ivr.domain.said.en.rules import RULES as ENGLISH
from ivr.domain.said.rule import Rule

RULES: dict[str, tuple[Rule, ...]] = {"en": ENGLISH}


def rules_for(language: str) -> tuple[Rule, ...]:
    """By the first part of a tag such as en-us; none for a language without rules."""
    return RULES.get(language.replace("_", "-").partition("-")[0].lower(), ())
