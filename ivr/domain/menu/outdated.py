"""Whether what callers hear is still what a voice would say for a text now."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.menu.document import Menu
from ivr.domain.menu.spoken_as import spoken_as
from ivr.domain.said.own_words import OwnWords
from ivr.domain.said.pauses import TagRefused
from ivr.domain.said.rates import USUAL_RATE


def is_said_otherwise(text: str, said: str | None, language: str, words: OwnWords) -> bool:
    """`said`: what the voice said for this text; None: the text as it is written, before there were rules for it, so
    that other punctuation alone makes no difference."""
    try:
        now = spoken_as(text, language, words).text
    except TagRefused:
        return True
    return now != said if said is not None else _words(now) != _words(text)


def rates_of(menu: Menu) -> Mapping[str, frozenset[float]]:
    """Audio name -> the rates of the nodes that play it."""
    found: dict[str, set[float]] = {}
    for node in menu.nodes.values():
        rate = rate_of(node.rate, menu.rate)
        for sound in node.sounds():
            found.setdefault(sound.audio, set()).add(rate)
    return {audio: frozenset(rates) for audio, rates in found.items()}


def rate_of(node: float | None, menu: float | None) -> float:
    """How fast the texts of a node are spoken."""
    return next((rate for rate in (node, menu) if rate is not None), USUAL_RATE)


def _words(text: str) -> list[str]:
    letters = (each if each.isalnum() else " " for each in text.casefold().replace("'", "").replace("’", ""))
    return "".join(letters).split()
