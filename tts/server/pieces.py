"""The recorded pieces that variables are spoken from (ivr.domain.spoken), made when a voice is first asked for them.

They lie in PROMPTS/system/spoken/VOICE under their names. An installation whose menus say no variable has none.
"""

from __future__ import annotations

import logging
import threading

from ivr.domain.spoken.pieces import PAUSE, PAUSE_MS, RECORDED
from tts.client.errors import EngineFailed, TtsError
from tts.client.named_recordings import Recordings, no_progress
from tts.client.naming import SAMPLE_RATE_HZ
from tts.client.results import Speech
from tts.client.wav_files import find_duration_ms, wav_bytes, write_atomically
from tts.server.engine import SpeechEngine

log = logging.getLogger(__name__)


class PieceMaker:
    """One piece after the other, in a thread, between the prompts that people wait for. Before the first the voice is
    made ready for words in calls."""

    def __init__(self, engine: SpeechEngine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._making: set[str] = set()

    def want(self, voice: str) -> bool:
        """Begin to make what this voice lacks; False where it speaks no English. Raises VoiceNotFound."""
        in_english = self._engine.voices.resolve(voice).language.startswith("en")
        with self._lock:
            if voice not in self._making:
                self._making.add(voice)
                name, args = f"pieces-{voice}", (voice, in_english)
                threading.Thread(target=self._run, args=args, daemon=True, name=name).start()
        return in_english

    def is_making(self, voice: str) -> bool:
        with self._lock:
            return voice in self._making

    def _run(self, voice: str, in_english: bool) -> None:
        try:
            self._engine.warm(voice)
            made = self.make(voice) if in_english else []
            if made:
                log.info("made %d pieces of numbers, dates and amounts in the voice %s", len(made), voice)
        except (TtsError, OSError) as error:
            log.error("the voice %s is not ready for words in calls: %s", voice, error)
        finally:
            with self._lock:
                self._making.discard(voice)

    def _speak(self, text: str, voice: str, fragment: bool = False) -> Speech:
        """By this voice alone: pieces are joined, and kept for good."""
        speech = self._engine.speak(text, voice, fragment)
        if speech.instead_because:
            raise EngineFailed(speech.instead_because)
        return speech

    def make(self, voice: str) -> list[str]:
        """The names of those that were missing. TtsError, OSError."""
        engine = self._engine
        model = engine.voices.resolve(voice).model
        directory = engine.prompts_dir / "system" / "spoken" / voice
        made = Recordings(self._speak, engine.prompts_dir, directory, voice, model).ensure(
            RECORDED, RECORDED, no_progress
        )
        pause = directory / f"{PAUSE}.wav"
        if find_duration_ms(pause) != PAUSE_MS:
            write_atomically(pause, wav_bytes(bytes(2 * SAMPLE_RATE_HZ * PAUSE_MS // 1000)))
        return made
