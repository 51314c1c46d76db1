"""The engines that turn texts into sound. Each is a Synthesizer; `tts.server.models` chooses by the voice."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from tts.client.errors import SynthesisFailed
from tts.server import audio
from tts.server.audio import Samples, SilentAudio
from tts.server.voices import Voice

_PAUSE_BETWEEN_SENTENCES_MS = 200


class Sound(NamedTuple):
    """Mono samples between -1 and 1, of no certain level."""

    samples: Samples
    rate_hz: int


class Synthesizer(Protocol):
    """One text at a time: the caller must serialise `synthesise` (tts.server.engine does).

    `rate` is how fast it is spoken: 1 as the voice does by itself, 2 twice as fast. BadText: this text cannot be
    spoken so; EngineFailed: the engine did not do it, and another voice may speak instead; SynthesisFailed.
    """

    def synthesise(self, text: str, voice: Voice, rate: float) -> Sound: ...


class Sentences:
    """Sentences made one by one, joined with a breath between them at 8 kHz."""

    def __init__(self) -> None:
        self._parts: list[Samples] = []

    def add(self, sound: Sound) -> None:
        """A sentence without sound is left out."""
        try:
            narrow = audio.resample(sound.samples, sound.rate_hz)
            trimmed = audio.trim_silence(narrow, audio.EDGE_MS)
        except SilentAudio:
            return
        self._parts += [audio.silence(_PAUSE_BETWEEN_SENTENCES_MS), trimmed] if self._parts else [trimmed]

    def joined(self, model: str) -> Sound:
        """SynthesisFailed if there was no sound in any."""
        if not self._parts:
            raise SynthesisFailed(f"the model {model} gave no sound")
        return Sound(np.concatenate(self._parts), audio.SAMPLE_RATE_HZ)
