"""What callers hear at a node, in words: its texts, or the names of its audio where it has none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ivr.domain.menu.sequences import sequence_at, sequence_of
from ivr.domain.menu.templates import MASK, Fixed, Part, filled, sentences_of
from ivr.domain.menu.variables import Memory, text_of
from ivr.domain.said.said import normalise
from ivr.domain.spoken.say import DEFAULT_CURRENCY, say
from ivr.domain.system_prompts.languages import ENGLISH

Before = Literal["no_match", "no_input"]


class HeardWords(NamedTuple):
    """`text` has the values of its variables as they are, `said` as a voice of the language says them: `7.20` and its
    words."""

    text: str
    said: str


def words_heard(
    node: Mapping[str, Any], memory: Memory, attempt: int = 1, before: Before | None = None, language: str = ""
) -> HeardWords:
    """Of a node given as its JSON. `attempt`: of a question; `before`: the caller has just pressed a wrong key, or
    none. Secrets are masked."""
    parts = [] if before is None else [_words(node, f"{before}_text", f"{before}_audio", language)]
    again = _words(node, "again_text", "again_audio", language, attempt - 1) if attempt > 1 else ""
    parts.append(again or _words(node, "text", "audio", language))
    text = " ".join(part for part in parts if part)
    return HeardWords(filled(text, memory), _as_said(text, memory, language))


def _words(node: Mapping[str, Any], text: str, audio: str, language: str, again: int | None = None) -> str:
    for said in (node.get(text), node.get(audio)):
        heard = sequence_of(said, language) if again is None else sequence_at(said, again, language)
        if heard:
            return " ".join(heard)
    return ""


def _as_said(text: str, memory: Memory, language: str) -> str:
    return " ".join(_part_as_said(part, memory, language) for sentence in sentences_of(text) for part in sentence)


def _part_as_said(part: Part, memory: Memory, language: str) -> str:
    if isinstance(part, Fixed):
        return part.text
    if memory.is_secret(part.name):
        return MASK
    spoken = say(text_of(memory.find(part.name)), part.say_as, part.currency or DEFAULT_CURRENCY)
    is_english = not language or language.lower().startswith(ENGLISH.language)
    return spoken.words if is_english else normalise(spoken.plain, language).words
