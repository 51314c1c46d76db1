"""Readings compared as callers hear them: by words, without marks and capitals."""

from __future__ import annotations

import re

_BREAK = re.compile(r"<break[^>]*>")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s,.;:!?\"()’'-]")


def words_of(text: str) -> list[str]:
    return _WORD.findall(_BREAK.sub(" ", text).replace("’", "'").casefold())


def word_errors(said: str, right: str) -> tuple[int, int]:
    """(words inserted, left out or replaced; words of the right reading)."""
    one, two = words_of(said), words_of(right)
    row = list(range(len(two) + 1))
    for at, word in enumerate(one, start=1):
        last, row[0] = row[0], at
        for other, expected in enumerate(two, start=1):
            last, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, last + (word != expected))
    return row[-1], len(two)
