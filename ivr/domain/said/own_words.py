"""An owner's list of words: a spelling, and what is said for it ("Geis": "guys")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ivr.domain.problems import Problem, pointer

MAX_WORDS = 500
MAX_SPELLING = 64
MAX_SAID = 200
SPELLING_PATTERN = r"[^\x00-\x1f\x7f-\x9f<>{}]{1,64}"
SAID_PATTERN = r"[^\x00-\x1f\x7f-\x9f<>{}]{1,200}"
SPELLING_RULE = f"a spelling has 1 to {MAX_SPELLING} characters, and none of < > {{ }}"
SAID_RULE = (
    f"what is said for a spelling has 1 to {MAX_SAID} characters, a letter or digit among them, and none of < > {{ }}"
)
_SPELLING = re.compile(SPELLING_PATTERN)
_SAID = re.compile(SAID_PATTERN)
_SOUNDED = re.compile(r"[^\W_]")
# Before a name, the full stop behind them belongs to them and ends no sentence.
_TITLES = frozenset(
    ["mr", "mrs", "ms", "dr", "prof", "rev", "sr", "sra", "srta", "dra", "lic", "ing", "mme", "mlle", "hr", "sig"]
)


def replaced(text: str, words: Mapping[str, str]) -> str:
    """The text with its words said as the list has it: whole words, in any case, the longest spelling first."""
    if not words:
        return text
    folded = {spelling.casefold(): said for spelling, said in words.items()}

    def say(found: re.Match[str]) -> str:
        spelling, stop = found["spelling"].casefold(), found["stop"] or ""
        if stop and spelling in _TITLES and text[found.end() :].lstrip()[:1].isupper():
            stop = ""
        return folded.get(spelling, found["spelling"]) + stop

    return _pattern(tuple(words)).sub(say, text)


@lru_cache(maxsize=64)
def _pattern(spellings: tuple[str, ...]) -> re.Pattern[str]:
    any_of = "|".join(re.escape(each) for each in sorted(spellings, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?P<spelling>{any_of})(?!\w)(?P<stop>\.(?=\s))?", re.IGNORECASE)


def word_problems(words: object, at: str = "words") -> list[Problem]:
    """What is wrong with a list of words, if anything."""
    if not isinstance(words, Mapping):
        return [Problem(pointer(at), "invalid_words", "words is an object: a spelling, and what is said for it")]
    if len(words) > MAX_WORDS:
        return [
            Problem(pointer(at), "too_many_words", f"a list has {MAX_WORDS} words at most, this one {len(words)}")
        ]
    problems = []
    known: dict[str, str] = {}
    for spelling, said in words.items():
        first = known.setdefault(spelling.casefold(), spelling)
        if not _SPELLING.fullmatch(spelling):
            problems.append(Problem(pointer(at, spelling[:MAX_SPELLING]), "invalid_spelling", SPELLING_RULE))
        elif spelling != spelling.strip():
            wrong = "has a blank at an end: remove it" if spelling.strip() else "is all blanks: write the word"
            problems.append(Problem(pointer(at, spelling), "invalid_spelling", f"the spelling {wrong}"))
        elif first != spelling:
            text = f"is in the list as {first} already: a spelling counts in any case, so keep one of them"
            problems.append(Problem(pointer(at, spelling), "duplicate_spelling", text))
        elif not isinstance(said, str) or not _SAID.fullmatch(said) or not _SOUNDED.search(said):
            problems.append(Problem(pointer(at, spelling), "invalid_said", SAID_RULE))
    return problems
