"""A text as it will be said: `normalise`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ivr.domain.said.date_order import in_order
from ivr.domain.said.doubts import Doubt, find_doubts
from ivr.domain.said.languages import rules_for
from ivr.domain.said.pauses import ELLIPSIS, ELLIPSIS_MS, TAG, pause_ms, pause_tag
from ivr.domain.said.rule import Draft
from ivr.domain.said.tidy import tidy
from ivr.domain.said.unspoken import EMOJI, TEMPLATE

# A text is at most so long before the rules; what is behind is left as it is.
MAX_CHARACTERS = 2000
_PAUSE = re.compile(r'<break time="(\d{1,4})ms"/>')
# In the text on its way they stand for what is kept as it is written.
_KEPT = 0xF0000
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")
_SOUNDED = re.compile("[^\\W_]|[\U000f0000-\U0010ffff]")


class Pause(NamedTuple):
    """Silence."""

    ms: int


class Words(NamedTuple):
    """What a voice says at a stretch."""

    text: str


class Said(NamedTuple):
    """`text` is what will be said, its pauses as `<break time="500ms"/>`; `doubts` are for the author."""

    text: str
    doubts: tuple[Doubt, ...] = ()

    @property
    def pieces(self) -> tuple[Words | Pause, ...]:
        return tuple(_pieces(self.text))

    @property
    def words(self) -> str:
        """Without pauses."""
        return " ".join(piece.text for piece in self.pieces if isinstance(piece, Words))


def normalise(text: str, language: str, keep: re.Pattern[str] | None = None, region: str | None = None) -> Said:
    """What a voice of this language says for a text. `keep`: what matches stays as it is written;
    `region`: whose order of day and month is read, None: this process's.

    A language without rules is said as it is written, but for pauses and what cannot be spoken. TagRefused.
    """
    plain = (
        _PRIVATE.sub("", unicodedata.normalize("NFC", text[:MAX_CHARACTERS]))
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
    )
    doubts = tuple(find_doubts(plain, language))
    draft = Draft(plain)
    pauses: list[str] = []

    def pause(length_ms: int) -> str:
        if not length_ms:
            return " "
        pauses.append(draft.settle(pause_tag(length_ms)))
        return f" {pauses[-1]} "

    kept: list[str] = []

    def keep_it(found: re.Match[str]) -> str:
        kept.append(found[0])
        return chr(_KEPT + len(kept) - 1)

    if keep is not None:
        draft.text = keep.sub(keep_it, draft.text)
    draft.text = TAG.sub(lambda tag: pause(pause_ms(tag[0])), draft.text)
    draft.text = ELLIPSIS.sub(lambda found: _ellipsis(found, pause), draft.text)
    draft.text = TEMPLATE.sub(" ", draft.text)
    draft.text = EMOJI.sub(" ", draft.text)
    draft.text = in_order(draft.text, language, region)
    draft.apply(rules_for(language))
    said = draft.words()
    pieces = []
    for piece in _pieces(said):
        if isinstance(piece, Pause):
            pieces.append(pause_tag(piece.ms))
        elif _SOUNDED.search(tidied := tidy(piece.text)):
            pieces.append(tidied)
    return Said("".join(_as_kept(each, kept) for each in " ".join(pieces)), doubts)


def _as_kept(character: str, kept: list[str]) -> str:
    return kept[ord(character) - _KEPT] if ord(character) >= _KEPT else character


def _ellipsis(found: re.Match[str], pause: Callable[[int], str]) -> str:
    """Three stops at the beginning or the end of a text part nothing."""
    inner = found.string[: found.start()].strip() and found.string[found.end() :].strip()
    return pause(ELLIPSIS_MS) if inner else " "


def _pieces(text: str) -> Iterator[Words | Pause]:
    end = 0
    for tag in _PAUSE.finditer(text):
        if before := text[end : tag.start()].strip():
            yield Words(before)
        yield Pause(int(tag[1]))
        end = tag.end()
    if rest := text[end:].strip():
        yield Words(rest)
