"""Prompts on request: from disk if they are there, else made once, however many ask at the same time.

A request that needs work takes one of a few places and then its turn; who finds no place is told to come
back. So a burst of new prompts cannot keep cached ones, or the health check, waiting.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tts.client.errors import BadAudio, SynthesisFailed, TtsUnavailable
from tts.client.naming import SAMPLE_RATE_HZ, speech_file
from tts.client.results import Recording, Speech
from tts.client.wav_files import find_duration_ms, wav_bytes, write_atomically
from tts.server import audio
from tts.server.models import Models
from tts.server.texts import normalise_text
from tts.server.uploads import decode_upload, receive_upload, temporary_upload
from tts.server.voices import VoiceTable

MAX_AT_WORK = 12
_MAX_WAIT_S = 30.0

Pcm = NDArray[np.int16]

log = logging.getLogger(__name__)


class SpeechEngine:
    """Thread-safe. Files go to `prompts_dir`, which must exist."""

    def __init__(self, prompts_dir: Path, voices: VoiceTable) -> None:
        self.prompts_dir = prompts_dir
        self.voices = voices
        self._models = Models()
        # Two turns, so that a recording which is slow to decode does not keep texts waiting.
        self._speaking = threading.Lock()
        self._converting = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_AT_WORK)

    def speak(self, text: str, voice: str, fragment: bool = False) -> Speech:
        """The prompt of a text. A fragment is a word to be joined to others, with hardly any silence around it.

        VoiceNotFound, BadText, SynthesisFailed, TtsUnavailable.
        """
        spoken_text = normalise_text(text)
        speaker = self.voices.resolve(voice)
        try:
            model_sha256 = self.voices.model_sha256(speaker)
        except OSError as error:
            raise SynthesisFailed(f"the model {speaker.model} cannot be read: {error}") from error
        file = speech_file(spoken_text, speaker.id, speaker.model, model_sha256, fragment)

        def make() -> Pcm:
            sound = self._models.synthesise(spoken_text, speaker, model_sha256)
            edge_ms = audio.FRAGMENT_EDGE_MS if fragment else audio.EDGE_MS
            return audio.make_prompt(sound, audio.SYNTHETIC, edge_ms)

        duration_ms, cached = self._provide(file, make, self._speaking)
        return Speech(file, speaker.id, speaker.model, duration_ms, cached)

    def convert(self, stream: BinaryIO) -> Recording:
        """The prompt of an uploaded recording. BadAudio, TtsUnavailable."""
        with temporary_upload() as upload:
            file = receive_upload(stream, upload)

            def make() -> Pcm:
                try:
                    return audio.make_prompt(decode_upload(upload), audio.RECORDED)
                except audio.SilentAudio as error:
                    raise BadAudio(str(error), "audio_silent") from error

            duration_ms, _ = self._provide(file, make, self._converting)
        return Recording(file, duration_ms)

    def _provide(self, file: str, make: Callable[[], Pcm], turn: threading.Lock) -> tuple[int, bool]:
        """(duration in ms, whether nothing had to be made for this request)."""
        path = self.prompts_dir / file
        duration_ms = find_duration_ms(path)
        if duration_ms is not None:
            return duration_ms, True
        with self._place(), _my(turn):
            # Who had the turn before us may have made this very prompt.
            duration_ms = find_duration_ms(path)
            if duration_ms is not None:
                return duration_ms, True
            began = time.monotonic()
            pcm = make()
            try:
                write_atomically(path, wav_bytes(pcm.astype("<i2").tobytes()))
            except OSError as error:
                log.error("cannot keep %s: %s", path, error)
                message = f"the prompt cannot be kept: {error.strerror}"
                raise TtsUnavailable(message, 30.0, "prompt_store") from error
            duration_ms = len(pcm) * 1000 // SAMPLE_RATE_HZ
            log.info("made %s, %d ms of audio, in %.0f ms", file, duration_ms, (time.monotonic() - began) * 1000)
            return duration_ms, False

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise TtsUnavailable("too many prompts are being made", 5.0, "tts_busy")
        try:
            yield
        finally:
            self._places.release()


@contextlib.contextmanager
def _my(turn: threading.Lock) -> Iterator[None]:
    if not turn.acquire(timeout=_MAX_WAIT_S):
        raise TtsUnavailable("other prompts are being made", 5.0, "tts_busy")
    try:
        yield
    finally:
        turn.release()
