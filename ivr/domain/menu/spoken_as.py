"""What a voice will say for the texts of a menu: the owner's words, and the rules of the voice's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ivr.domain.menu.node import Node
from ivr.domain.menu.sequences import pieces_of
from ivr.domain.menu.slots import TEXTS
from ivr.domain.menu.templates import SLOT
from ivr.domain.problems import Problem
from ivr.domain.said.own_words import OwnWords, replaced, words_in
from ivr.domain.said.pauses import TagRefused
from ivr.domain.said.said import Said, normalise

DEFAULT_LANGUAGE = "en-us"


class TextSaid(NamedTuple):
    """`path` is the pointer below the node; `said` None where the text is refused, with `refusal`."""

    node: Node
    path: tuple[str, ...]
    said: Said | None
    refusal: str = ""


def spoken_as(text: str, language: str, words: OwnWords) -> Said:
    """With variables as they are written. TagRefused."""
    return normalise(replaced(text, words_in(words, language)), language, SLOT)


def texts_said(
    nodes: Mapping[str, Node], languages: Sequence[str], voices: Mapping[str, str] | None, words: OwnWords
) -> Iterator[TextSaid]:
    """Every text of a menu. `languages` are the menu's, `voices` the names of those there are and what they speak."""
    for node in nodes.values():
        for text_field in TEXTS.values():
            for piece in pieces_of(getattr(node, text_field, None)):
                language = _language_of(node, piece.language or next(iter(languages), None), voices)
                path = (text_field, *piece.path)
                try:
                    yield TextSaid(node, path, spoken_as(piece.item, language, words))
                except TagRefused as error:
                    yield TextSaid(node, path, None, str(error))


def lint_said(texts: Iterator[TextSaid]) -> Iterator[Problem]:
    """Warnings of what is refused when it is spoken, left out, or not said as it is meant."""
    for each in texts:
        if each.said is None:
            yield each.node.warning("text_tag", each.refusal, *each.path)
            continue
        for doubt in each.said.doubts:
            if doubt.code != "text_template":  # `lint_braces` names them
                yield each.node.warning(doubt.code, doubt.message, *each.path)


def _language_of(node: Node, language: str | None, voices: Mapping[str, str] | None) -> str:
    """That of the voice that will speak: the node's, else the first of the language, else the default one."""
    voice = node.voice if isinstance(node.voice, str) or node.voice is None else node.voice.get(language or "")
    there = voices or {}
    if voice is not None and voice in there:
        return there[voice]
    if language is None:
        return next(iter(there.values()), DEFAULT_LANGUAGE)
    wanted = language.lower()
    alike = [each for each in there.values() if each.lower().partition("-")[0] == wanted.partition("-")[0]]
    if not there or alike:
        return wanted if wanted in alike or not alike else alike[0]
    return next(iter(there.values()))
