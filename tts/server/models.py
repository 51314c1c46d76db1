"""Which engine speaks which voice."""

from __future__ import annotations

from collections.abc import Callable

from tts.server.engines import Sound, Synthesizer
from tts.server.engines.piper import Piper
from tts.server.engines.remote import Remote
from tts.server.phonemes import Phonemizer
from tts.server.voices import KOKORO, PIPER, Voice


class Models:
    """A Synthesizer of all voices. Of one engine one text at a time: the caller must serialise `synthesise`."""

    def __init__(self, find_key: Callable[[str], str | None] = lambda sealed: None) -> None:
        """`find_key` opens the sealed key of a remote voice."""
        self._phonemizer = Phonemizer()
        self._local: dict[str, Synthesizer] = {PIPER: Piper(self._phonemizer)}
        self._remote = Remote(find_key)

    def synthesise(self, text: str, voice: Voice, rate: float = 1.0) -> Sound:
        return self._engine_of(voice).synthesise(text, voice, rate)

    def _engine_of(self, voice: Voice) -> Synthesizer:
        if voice.remote is not None:
            return self._remote
        if voice.engine == KOKORO and KOKORO not in self._local:
            from tts.server.engines.kokoro import Kokoro

            self._local[KOKORO] = Kokoro(self._phonemizer)
        return self._local[voice.engine]
