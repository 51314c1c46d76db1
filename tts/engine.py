"""Prompts on request: from disk if they are there, else made once, however many ask at the same time.

A request that needs work takes one of a few places and then its turn; who finds no place is told to come
back. So a burst of new prompts cannot keep cached ones, or the health check, waiting.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tts import audio
from tts.errors import BadAudio, SynthesisFailed, TtsUnavailable
from tts.models import Models
from tts.naming import speech_file
from tts.results import Recording, Speech
from tts.texts import normalise_text
from tts.uploads import decode_upload, receive_upload, temporary_upload
from tts.voices import VoiceTable
from tts.wav_files import find_duration_ms, wav_bytes, write_atomically

MAX_AT_WORK = 12
_MAX_WAIT_S = 45.0

Pcm = NDArray[np.int16]

log = logging.getLogger(__name__)


class SpeechEngine:
    """Thread-safe. Files go to `prompts_dir`, which must exist."""

    def __init__(self, prompts_dir: Path, voices: VoiceTable) -> None:
        self.prompts_dir = prompts_dir
        self.voices = voices
        self._models = Models()
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_AT_WORK)
        self._under_way: dict[str, Future[int]] = {}
        self._under_way_lock = threading.Lock()

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

        duration_ms, cached = self._provide(file, make)
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

            duration_ms, _ = self._provide(file, make)
        return Recording(file, duration_ms)

    def close(self) -> None:
        self._models.close()

    def _provide(self, file: str, make: Callable[[], Pcm]) -> tuple[int, bool]:
        """(duration in ms, whether it was there already or another request made it)."""
        duration_ms = find_duration_ms(self.prompts_dir / file)
        if duration_ms is not None:
            return duration_ms, True
        with self._place():
            with self._under_way_lock:
                result = self._under_way.get(file)
                mine = result is None
                if result is None:
                    result = self._under_way[file] = Future()
            if not mine:
                try:
                    return result.result(_MAX_WAIT_S), True
                except TimeoutError as error:
                    raise TtsUnavailable("the prompt is still being made", 5.0, "tts_busy") from error
            try:
                duration_ms, cached = self._make(file, make)
                result.set_result(duration_ms)
                return duration_ms, cached
            except BaseException as error:
                result.set_exception(error)
                raise
            finally:
                with self._under_way_lock:
                    del self._under_way[file]

    def _make(self, file: str, make: Callable[[], Pcm]) -> tuple[int, bool]:
        path = self.prompts_dir / file
        with self._my_turn():
            # The one who was making it when we looked may have finished before we asked who was.
            duration_ms = find_duration_ms(path)
            if duration_ms is not None:
                return duration_ms, True
            content = wav_bytes(make().astype("<i2").tobytes())
        try:
            write_atomically(path, content)
        except OSError as error:
            log.error("cannot keep %s: %s", path, error)
            raise TtsUnavailable(f"the prompt cannot be kept: {error.strerror}", 30.0, "prompt_store") from error
        duration_ms = find_duration_ms(path)
        if duration_ms is None:
            raise TtsUnavailable("the prompt was gone as soon as it was written", 5.0, "prompt_store")
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
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=_MAX_WAIT_S):
            raise TtsUnavailable("other prompts are being made", 5.0, "tts_busy")
        try:
            yield
        finally:
            self._turn.release()
