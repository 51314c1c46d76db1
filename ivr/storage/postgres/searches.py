"""Conditions of SQL for what people search by (ivr/domain/searched.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.domain.searched import ACCENTED, PLAIN, Searched
from ivr.storage.postgres.database import clean_text

# Makes a condition of the placeholder of a value.
Condition = Callable[[str], str]


def found_by(searched: Searched, has_text: Condition, has_number: Condition) -> tuple[str, dict[str, Any]]:
    """A condition and its values: the text is a part of a number, or each of its words is in a name or a number.

    `has_text` gets a folded word, `has_number` digits.
    """
    if not searched.words:
        return "true", {}
    values: dict[str, Any] = {}
    words: list[str] = []
    for index, word in enumerate(searched.words):
        values[f"word_{index}"] = clean_text(word.text)
        ways = [has_text(f"%(word_{index})s")]
        if word.digits:
            values[f"digits_{index}"] = word.digits
            ways.append(has_number(f"%(digits_{index})s"))
        words.append(f"({' or '.join(ways)})")
    found = f"({' and '.join(words)})"
    if searched.digits:
        values["digits"] = searched.digits
        found = f"({has_number('%(digits)s')} or {found})"
    return found, values


def has_part(text: str, placeholder: str) -> str:
    """A condition that this expression has the value in it, whatever its case and accents. Not LIKE: every character
    stands for itself."""
    return f"strpos(translate(lower({text}), '{ACCENTED}', '{PLAIN}'), {placeholder}) > 0"


def has_digits(number: str, placeholder: str) -> str:
    """A condition that this column has these digits in it, in the form that its index knows."""
    return f"{number} like '%%' || {placeholder} || '%%'"
