"""A node's text, spoken: one file or, of a text with variables, the parts that are the same in every call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from ivr.domain.menu.spoken_as import spoken_as
from ivr.domain.menu.templates import fixed_parts, has_variables, part_audio
from ivr.domain.menu.variable_examples import example_of
from ivr.domain.said.own_words import replaced
from ivr.domain.said.said import Said
from ivr.ports.menus import Prompt
from tts.client.errors import TtsUnavailable
from tts.client.results import Speech


class PieceSpeaker(Protocol):
    def speak(self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech: ...

    def want_pieces(self, voice: str) -> bool: ...


class SpokenText(NamedTuple):
    """`whole`: of a text with variables the file has examples in their place, and is free. `cached`: nothing had to
    be synthesised. `said`: the words, with variables as they are written."""

    whole: Speech
    parts: tuple[Prompt, ...]
    cached: bool
    charged_ms: int
    said: Said

    def is_stored(self, prompts: Mapping[str, Prompt]) -> bool:
        return all(part.audio in prompts and prompts[part.audio].file == part.file for part in self.parts)


def speak_text(
    speaker: PieceSpeaker, ivr_id: str, text: str, voice: str, words: Mapping[str, str], rate: float = 1.0
) -> SpokenText:
    """Speak it, with these words said in other words; with variables, have the pieces of their values made, too.

    TtsError.
    """
    if not has_variables(text):
        speech = speaker.speak(replaced(text, words), voice, rate=rate)
        said = spoken_as(text, speech.language, words)
        return SpokenText(speech, (), speech.cached, speech.duration_ms, said)
    with suppress(TtsUnavailable):  # the call server asks for them again
        speaker.want_pieces(voice)
    spoken = list(_parts(speaker, ivr_id, text, voice, words, rate))
    example = speaker.speak(replaced(example_of(text), words), voice, rate=rate)
    parts = tuple(part for part, _ in spoken)
    return SpokenText(
        example,
        parts,
        all(cached for _, cached in spoken),
        sum(part.duration_ms for part in parts),
        spoken_as(text, example.language, words),
    )


def _parts(
    speaker: PieceSpeaker, ivr_id: str, text: str, voice: str, words: Mapping[str, str], rate: float
) -> Iterator[tuple[Prompt, bool]]:
    for part in fixed_parts(text):
        speech = speaker.speak(replaced(part.text, words), voice, fragment=part.goes_on, rate=rate)
        yield (
            Prompt(
                ivr_id=ivr_id,
                audio=part_audio(part, voice),
                file=speech.file,
                source="tts",
                duration_ms=speech.duration_ms,
                cost_usd=Decimal(0),
                created_at=datetime.now(UTC),
                voice=voice,
                model=speech.model,
                text=part.text,
                spoken_as=speech.spoken_as,
                language=speech.language,
            ),
            speech.cached,
        )
