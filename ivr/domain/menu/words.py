"""The words of a node's prompt, as far as they are known: its text, or what a voice has spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ivr.domain.menu.node import Node
from ivr.domain.menu.sequences import Said, pieces_of, sequence_of
from ivr.domain.menu.slots import TEXTS

# Those whose digits `digits_said` understands; None is a text that is the same in all languages.
READ = ("en", "es", "fr", "de", "pt", "it")


class Words(NamedTuple):
    """All that callers of one language hear; `path` is the pointer below the node to the text or the audio that
    has them."""

    language: str | None
    text: str
    path: tuple[str, ...]

    @property
    def can_be_read(self) -> bool:
        return self.language is None or self.language.partition("-")[0] in READ


def words_of(node: Node, spoken: Mapping[str, str]) -> Iterator[Words]:
    """One for each language in which the node has words; `spoken` is what the files made by a voice say. Nothing is
    known of a recording without a text."""
    both = [each for said in (node.text, node.audio) for each in pieces_of(said)]
    for language in dict.fromkeys(each.language for each in both) if both else ():
        if language is None and any(each.language for each in both):
            continue  # beside those of each language
        texts = sequence_of(node.text, language or "")
        heard = [spoken.get(audio) for audio in sequence_of(node.audio, language or "")]
        path = (language,) if language else ()
        if texts:
            yield Words(language, " ".join(texts), ("text", *path) if isinstance(node.text, Mapping) else ("text",))
        elif heard and None not in heard:
            yield Words(language, " ".join(map(str, heard)), ("audio", *path))


def stale_pieces(node: Node, spoken: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a file says other words than the text beside it: the pointer to the text, and the file's audio name."""
    for field, text_field in TEXTS.items():
        own: Said | None = getattr(node, field, None)
        texts = {piece.path: piece.item for piece in pieces_of(getattr(node, text_field, None))}
        for piece in pieces_of(own):
            text, said = texts.get(piece.path), spoken.get(piece.item)
            if text is not None and said is not None and text.split() != said.split():
                yield (text_field, *piece.path), piece.item
