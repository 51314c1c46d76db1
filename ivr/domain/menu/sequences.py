"""What is said at one place of a menu: one prompt, several in sequence, or either of them for each language.

As JSON: `"a.wav"`, `["a.wav", "b.wav"]`, `{"en": "a.wav", "es": ["b.wav", "c.wav"]}`. What is said from the second
attempt on may be a list of these, one for each attempt, of which the last is used again. Texts have the same shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

MAX_PIECES = 16
MAX_LANGUAGES = 8
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?", re.ASCII)
LANGUAGE_RULE = "a language is named by its code, as in en, es or pt-BR"

# One, several, or either for each language; what follows attempts has one list more.
Said: TypeAlias = str | Sequence[Any] | Mapping[str, Any]


class Piece(NamedTuple):
    """One item of what is said; `path` is the pointer below the field, `language` None where it is that of all."""

    path: tuple[str, ...]
    language: str | None
    item: str


def pieces_of(said: Said | None) -> Iterator[Piece]:
    """Every item, in every language and at every attempt, in the author's order."""
    if isinstance(said, Mapping):
        for language, each in said.items():
            for path, item in _items(each, (language,)):
                yield Piece(path, language, item)
    elif said is not None:
        for path, item in _items(said, ()):
            yield Piece(path, None, item)


def _items(said: str | Sequence[Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(said, str):
        yield path, said
        return
    for at, each in enumerate(said):
        yield from _items(each, (*path, str(at)))


def sequence_of(said: Said | None, language: str = "", languages: Sequence[str] = ()) -> tuple[str, ...]:
    """What is said in this language, in its order. Where nothing is, it is said in the first of the menu's
    `languages` that has it."""
    return _as_sequence(_in_language(said, language, languages))


def sequence_at(said: Said | None, again: int, language: str = "", languages: Sequence[str] = ()) -> tuple[str, ...]:
    """`sequence_of` what has an item for each attempt; `again` counts the attempts after the first, from 1."""
    spoken = _in_language(said, language, languages)
    if spoken is None or isinstance(spoken, str):
        return _as_sequence(spoken)
    return _as_sequence(spoken[min(again, len(spoken)) - 1])


def count_attempts(said: Said | None) -> int:
    """How many attempts have an item of their own, in any language."""
    if isinstance(said, Mapping):
        return max((count_attempts(each) for each in said.values()), default=0)
    return 0 if said is None else 1 if isinstance(said, str) else len(said)


def _in_language(said: Said | None, language: str, languages: Sequence[str]) -> str | Sequence[Any] | None:
    if not isinstance(said, Mapping):
        return said
    for each in (language, *languages, *said):
        if each in said:
            found: str | Sequence[Any] = said[each]
            return found
    return None


def _as_sequence(said: str | Sequence[str] | None) -> tuple[str, ...]:
    if said is None:
        return ()
    return (said,) if isinstance(said, str) else tuple(said)


def choose_language(languages: Sequence[str], wanted: str) -> str:
    """The one of these languages that is wanted: `ES`, `es-MX` and `es` are `es` where only that is there; the first
    one where there is none of it, and none where there are no languages."""
    for each in languages:
        if each == wanted:
            return each
    sought = wanted.lower().replace("_", "-")
    for each in languages:
        if each.lower() == sought:
            return each
    for each in languages:
        if each.partition("-")[0] == sought.partition("-")[0]:
            return each
    return languages[0] if languages else ""
