"""An owner's list of words: a spelling, and what is said for it ("Geis": "guys").

It is said in the texts of one language alone where the entry names one
("once": {"say": "one time", "language": "en"}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ivr.domain.problems import Problem, pointer

MAX_WORDS = 500
MAX_SPELLING = 64
MAX_SAID = 200
SPELLING_PATTERN = r"[^\x00-\x1f\x7f-\x9f<>{}]{1,64}"
SAID_PATTERN = r"[^\x00-\x1f\x7f-\x9f<>{}]{1,200}"
LANGUAGE_PATTERN = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}"
LANGUAGE_RULE = "language is a code such as en, es or pt-br; leave it out for all languages"
ENTRY_RULE = "an entry is what is said for the spelling, or an object of say and, for one language alone, language"
SPELLING_RULE = f"a spelling has 1 to {MAX_SPELLING} characters, and none of < > {{ }}"
SAID_RULE = (
    f"what is said for a spelling has 1 to {MAX_SAID} characters, a letter or digit among them, and none of < > {{ }}"
)
_SPELLING = re.compile(SPELLING_PATTERN)
_SAID = re.compile(SAID_PATTERN)
_LANGUAGE = re.compile(LANGUAGE_PATTERN)
_SOUNDED = re.compile(r"[^\W_]")
# Before a name, the full stop behind them belongs to them and ends no sentence.
_TITLES = frozenset(
    ["mr", "mrs", "ms", "dr", "prof", "rev", "sr", "sra", "srta", "dra", "lic", "ing", "mme", "mlle", "hr", "sig"]
)


ENTRY_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": f"^{SAID_PATTERN}$"},
        {
            "type": "object",
            "description": "what is said in the texts of one language alone; without `language` in those of all",
            "properties": {
                "say": {"type": "string", "pattern": f"^{SAID_PATTERN}$"},
                "language": {"type": "string", "pattern": f"^{LANGUAGE_PATTERN}$"},
            },
            "required": ["say"],
            "additionalProperties": False,
        },
    ]
}
# A spelling -> what is said, or that as `say` with a `language`.
OwnWords = Mapping[str, str | Mapping[str, str]]


def words_in(words: OwnWords, language: str) -> dict[str, str]:
    """What the list has for texts of a language. An entry of en is for en-us and en-gb, too, and the reverse."""
    return {spelling: _say(entry) for spelling, entry in words.items() if _is_for(entry, language)}


def _say(entry: str | Mapping[str, str]) -> str:
    return entry if isinstance(entry, str) else entry["say"]


def _is_for(entry: str | Mapping[str, str], language: str) -> bool:
    wanted = "" if isinstance(entry, str) else entry.get("language", "")
    return not wanted or _base(wanted) == _base(language)


def _base(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


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
        else:
            problems += _entry_problems(said, (at, spelling))
    return problems


def _entry_problems(entry: object, at: tuple[str, ...]) -> list[Problem]:
    if not isinstance(entry, Mapping):
        return [] if _is_said(entry) else [Problem(pointer(*at), "invalid_said", SAID_RULE)]
    if unknown := set(entry) - {"say", "language"}:
        return [Problem(pointer(*at, str(min(unknown))), "unknown_field", ENTRY_RULE)]
    problems = []
    if not _is_said(entry.get("say")):
        problems.append(Problem(pointer(*at, "say"), "invalid_said", SAID_RULE))
    language = entry.get("language", "en")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        problems.append(Problem(pointer(*at, "language"), "invalid_language", LANGUAGE_RULE))
    return problems


def _is_said(said: object) -> bool:
    return isinstance(said, str) and bool(_SAID.fullmatch(said) and _SOUNDED.search(said))
