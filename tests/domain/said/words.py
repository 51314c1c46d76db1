"""Readings compared as callers hear them: by words, without marks and capitals."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAK = re.compile(r"<break[^>]*>")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s,.;:!?\"()’'-]")


def words_of(text: str) -> list[str]:
    return _WORD.findall(_BREAK.sub(" ", text).replace("’", "'").casefold())


def sequence_errors(said: Sequence[str], right: Sequence[str]) -> int:
    """Words inserted, left out or replaced."""
    row = list(range(len(right) + 1))
    for at, word in enumerate(said, start=1):
        last, row[0] = row[0], at
        for other, expected in enumerate(right, start=1):
            last, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, last + (word != expected))
    return row[-1]
