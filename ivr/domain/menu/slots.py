"""The places of a node where callers hear something: each has an audio name, or will have one, and perhaps the words
that are to be spoken under it. Nodes are given as JSON."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from ivr.domain.menu.kinds import find_kind
from ivr.domain.menu.sequences import Said, pieces_of

# The field with the words of each field with audio names.
TEXTS: Mapping[str, str] = {
    "audio": "text", "again_audio": "again_text", "no_input_audio": "no_input_text",
    "no_match_audio": "no_match_text", "whisper_audio": "whisper_text", "wait_audio": "wait_text",
    "joined_audio": "joined_text",
}  # fmt: skip
_LONGEST = 64


class Slot(NamedTuple):
    """`path` is the pointer below the node to the audio name, `language` None where it is heard in all. `voice` is
    the one that the node asks for."""

    path: tuple[str, ...]
    language: str | None
    audio: str | None
    text: str | None
    voice: str | None

    @property
    def at(self) -> str:
        """The path as one text: `audio`, `audio/es`, `again_audio/0`."""
        return "/".join(self.path)


def slots_of(node: Mapping[str, Any]) -> Iterator[Slot]:
    """Every place with an audio name or with words, and `audio` in any case; in the author's order. A text that
    stands beside several audio names describes them together: it is no place to be spoken."""
    if not _is_heard(node):
        return
    voice = node.get("voice")
    for field, text_field in TEXTS.items():
        audios = {piece.path: piece for piece in pieces_of(node.get(field))}
        texts = {piece.path: piece for piece in pieces_of(node.get(text_field))}
        for path in [path for path in texts if _first_below(path, audios) is not None]:
            del texts[path]
        for path in [*audios]:
            below = _first_below(path, texts)
            if below is not None:
                audios[below] = audios.pop(path)
        for path in dict.fromkeys((*texts, *audios)) or ([()] if field == "audio" else []):
            audio, text = audios.get(path), texts.get(path)
            language = (text or audio or _NOTHING).language
            named = voice.get(language) if isinstance(voice, Mapping) else voice
            yield Slot((field, *path), language, audio and audio.item, text and text.item, named)


def _is_heard(node: Mapping[str, Any]) -> bool:
    """Whether its kind has a prompt: the text of another one is no words of a voice."""
    kind = find_kind(node)
    return kind is None or bool(kind.prompt_fields)


def _first_below(path: tuple[str, ...], places: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
    return next((each for each in places if len(each) > len(path) and each[: len(path)] == path), None)


class _Nothing(NamedTuple):
    language: str | None = None


_NOTHING = _Nothing()


def with_names(
    node: Mapping[str, Any], node_id: str, taken: Container[str], spoken: str | None = None
) -> dict[str, Any]:
    """The node with an audio name for each of its texts, and for the field `spoken` in any case; names of other nodes
    are `taken`."""
    if not _is_heard(node):
        return dict(node)
    given: set[str] = set()

    def name(field: str, path: tuple[str, ...]) -> str:
        ending = "".join(f"-{part}" for part in _parts(field, path))
        for free in _free(node_id, ending):
            if free not in taken and free not in given:
                given.add(free)
                return free
        raise ValueError("no audio name is free")

    named = {
        field: _named(node.get(text_field), node.get(field), partial(name, field), ())
        for field, text_field in TEXTS.items()
        if text_field in node or field == spoken
    }
    first = {"audio": named["audio"]} if "audio" in named and "audio" not in node else {}
    return {**first, **node, **named}


def _parts(field: str, path: tuple[str, ...]) -> Iterator[str]:
    if field != "audio":
        yield field.removesuffix("_audio")
    for part in path:
        if not part.isdigit():
            yield part
        elif part != "0":
            yield str(int(part) + 1)


def _free(node_id: str, ending: str) -> Iterator[str]:
    for count in range(1, 1000):
        last = ending if count == 1 else f"{ending}-{count}"
        yield f"{node_id[: _LONGEST - len(last)]}{last}.wav"


def _named(
    text: Said | None, audio: Said | None, name: Callable[[tuple[str, ...]], str], path: tuple[str, ...]
) -> Said:
    """The audio in the shape of the text; what it has already stays."""
    if text is None or isinstance(text, str):
        return name(path) if audio is None else audio
    if isinstance(text, Mapping):
        by_language = dict(audio) if isinstance(audio, Mapping) else {next(iter(text)): audio}
        return {
            language: _named(text.get(language), by_language.get(language), name, (*path, language))
            for language in dict.fromkeys((*text, *by_language))
        }
    if isinstance(audio, Mapping):
        return audio
    names = [audio] if audio is None or isinstance(audio, str) else list(audio)
    both = [*text, *[None] * (len(names) - len(text))], [*names, *[None] * (len(text) - len(names))]
    return [
        _named(each, known, name, (*path, str(at)))
        for at, (each, known) in enumerate(zip(*both, strict=True))
        if each is not None or known is not None
    ]


def with_words(node: Mapping[str, Any], path: tuple[str, ...], text: str) -> dict[str, Any]:
    """The node with this text in place of the one that belongs to the audio at `path`; a node without one there
    stays as it is."""
    field, *below = path
    text_field = TEXTS[field]
    if text_field not in node:
        return dict(node)
    return {**node, text_field: _replaced(node[text_field], below, text)}


def with_voice(node: Mapping[str, Any], language: str | None, voice: str) -> dict[str, Any]:
    """The node with this voice in place of its own for that language; a node without one stays as it is."""
    if "voice" not in node:
        return dict(node)
    own = node["voice"]
    if not isinstance(own, Mapping):
        return {**node, "voice": voice}
    return {**node, "voice": {**own, language: voice}} if language in own else dict(node)


def _replaced(said: Said, path: list[str], item: str) -> Said:
    if not path:
        return item if isinstance(said, str) else said
    first, *rest = path
    if isinstance(said, Mapping):
        return {key: _replaced(each, rest, item) if key == first else each for key, each in said.items()}
    if isinstance(said, str):
        return said
    return [_replaced(each, rest, item) if str(at) == first else each for at, each in enumerate(said)]
