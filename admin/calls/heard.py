"""The words of what a caller heard: a call record names files, and the menu's version knows what each says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ivr.domain.call_records import BESIDE
from ivr.domain.menu.language_sentences import find_sentence, language_of
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.menu.slots import slots_of
from ivr.domain.system_prompts.languages import find_text


class Words(NamedTuple):
    """`language`: its code in BCP 47; None: that of the call."""

    text: str
    language: str | None


def words_of(menu: PublishedMenu) -> dict[str, Words]:
    """File -> what the author has written to be said in it. Files without words, such as recordings, are left out."""
    found: dict[str, Words] = {}
    for node in menu.tree.source.values():
        for slot in slots_of(node):
            prompt = menu.prompts.get(slot.audio) if slot.audio else None
            if prompt is not None and slot.text:
                found.setdefault(prompt.file, Words(slot.text, slot.language))
    return found


def said_in(prompt: str | None, known: Mapping[str, Words]) -> list[Words]:
    """The words of each file of a step's prompt that has some, Digitree's own prompts among them."""
    found = (known.get(file) or _own_words(file) for file in (prompt or "").split(BESIDE))
    return [words for words in found if words is not None]


def _own_words(file: str) -> Words | None:
    if sentence := find_sentence(file):
        return Words(sentence, language_of(file))
    own = find_text(file)
    return Words(own, None) if own else None
