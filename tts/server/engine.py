"""Prompts on request: from disk if they exist, else made once, however many requests come at the same time.

A request that needs work waits for its turn, and only where very many do is it refused with a time to retry. A
burst of new prompts delays neither cached prompts nor the health check.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ivr.domain.said.said import Said
from ivr.storage.disk.room import is_no_room
from tts.client.errors import (
    BadAudio,
    EngineFailed,
    PromptStoreFull,
    SynthesisFailed,
    TtsUnavailable,
    VoiceNotFound,
)
from tts.client.limits import LONGEST_WAIT_S
from tts.client.naming import SAMPLE_RATE_HZ, speech_file
from tts.client.results import Recording, Speech, SpeechWarning
from tts.client.voice_names import DEFAULT_VOICE
from tts.client.wav_files import find_duration_ms, wav_bytes, write_atomically
from tts.server import audio
from tts.server.coming import Coming
from tts.server.models import Models
from tts.server.recordings import prepare_recording
from tts.server.sound_level import Samples
from tts.server.stretches import speak_pieces
from tts.server.texts import as_said
from tts.server.turns import Turns
from tts.server.uploads import decode_upload, receive_upload, temporary_upload
from tts.server.voices import ENGINE_NAMES, Voice, VoiceTable

# A menu's worth of prompts asked for at once. Recordings are few, and each has a file of up to 100 MB.
MAX_SPEAKING = 64
MAX_CONVERTING = 20

# Younger files are not looked at by the retention.
_TOUCH_AFTER_S = 600.0

# Said by any voice; only the time that it takes is wanted.
_SHORTEST = "1"

Pcm = NDArray[np.int16]

log = logging.getLogger(__name__)


class SpeechEngine:
    """Thread-safe. Files go to `prompts_dir`, which must exist."""

    def __init__(self, prompts_dir: Path, voices: VoiceTable, models: Models | None = None) -> None:
        self.prompts_dir = prompts_dir
        self.voices = voices
        self._models = models or Models()
        # Of each engine, so that what a caller waits for is not held up by a voice that takes long, nor by a
        # recording that is slow to decode.
        self._speaking = {name: Turns(MAX_SPEAKING, LONGEST_WAIT_S) for name in ENGINE_NAMES}
        self._converting = Turns(MAX_CONVERTING, LONGEST_WAIT_S)
        self._coming = Coming(self._speak)

    def speak(
        self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0, in_call: bool = False
    ) -> Speech:
        """The prompt of a text. A fragment is a word that is joined to others, with hardly any silence around it.
        `in_call`: a caller waits for it, so only what is made already or made fast is of use.

        VoiceNotFound, BadText, SynthesisFailed, TtsUnavailable.
        """
        speaker = self.voices.resolve(voice)
        if in_call and not speaker.live:
            kept = self._find_kept(text, speaker, fragment, rate)
            if kept is not None:
                return kept
            because = f"{speaker.id} takes too long for a word that a caller waits for"
            instead = self._speak_instead(text, speaker, fragment, rate, because, in_call=True)
            if speaker.remote is None and not _is_alike(instead.language, speaker.language):
                self._coming.speak(text, speaker, fragment, rate)
            return instead
        try:
            return self._speak(text, speaker, fragment, rate)
        except EngineFailed as error:
            if not speaker.fallback:
                raise
            log.warning("another voice speaks in place of %s: %s", speaker.id, error.message)
            return self._speak_instead(text, speaker, fragment, rate, error.message, in_call=False)

    def _speak(self, text: str, speaker: Voice, fragment: bool, rate: float) -> Speech:
        said = as_said(text, speaker.language)
        file = self._file_of(said, speaker, fragment, rate)

        def stretch(words: str) -> Samples:
            sound = self._models.synthesise(words, speaker, rate)
            return audio.resample(sound.samples, sound.rate_hz)

        def make() -> Pcm:
            edge_ms = audio.FRAGMENT_EDGE_MS if fragment else audio.EDGE_MS
            try:
                return speak_pieces(said.pieces, stretch, edge_ms)
            except audio.SilentAudio as error:
                raise SynthesisFailed(f"the model {speaker.model} gave no sound") from error

        duration_ms, cached = self._provide(file, self._speaking[speaker.engine], make)
        return self._speech(file, said, speaker, duration_ms, cached)

    def _speech(self, file: str, said: Said, speaker: Voice, duration_ms: int, cached: bool) -> Speech:
        return Speech(
            file,
            speaker.id,
            speaker.model,
            duration_ms,
            cached,
            engine=speaker.engine,
            usd_per_second=speaker.remote.usd_per_second if speaker.remote is not None else "",
            spoken_as=said.text,
            language=speaker.language,
            warnings=tuple(SpeechWarning(each.code, each.message) for each in said.doubts),
        )

    def _speak_instead(
        self, text: str, speaker: Voice, fragment: bool, rate: float, because: str, *, in_call: bool
    ) -> Speech:
        other = self._stand_in(speaker, in_call)
        return replace(self._speak(text, other, fragment, rate), instead_because=because)

    def _stand_in(self, speaker: Voice, in_call: bool) -> Voice:
        """The voice that its owner chose for this, else a fast one of its language, else the default one."""
        if speaker.fallback:
            with suppress(VoiceNotFound):  # it was removed
                chosen = self.voices.resolve(speaker.fallback)
                if chosen.live or (chosen.remote is None and not in_call):
                    return chosen
        alike = (each for each in self.voices.all() if each.live and _is_alike(each.language, speaker.language))
        return next(alike, None) or self.voices.resolve(DEFAULT_VOICE)

    def _find_kept(self, text: str, speaker: Voice, fragment: bool, rate: float) -> Speech | None:
        said = as_said(text, speaker.language)
        file = self._file_of(said, speaker, fragment, rate)
        duration_ms = find_duration_ms(self.prompts_dir / file)
        if duration_ms is None:
            return None
        _touch(self.prompts_dir / file)
        return self._speech(file, said, speaker, duration_ms, cached=True)

    def _file_of(self, said: Said, speaker: Voice, fragment: bool, rate: float) -> str:
        """Of what is said: the same words written otherwise are the same file, and a change of the rules gives new
        files to those texts alone that it concerns."""
        try:
            model_sha256 = self.voices.model_sha256(speaker)
        except OSError as error:
            raise SynthesisFailed(f"the model {speaker.model} cannot be read: {error}") from error
        return speech_file(said.text, speaker.id, speaker.model, model_sha256, fragment, rate)

    def warm(self, voice: str) -> None:
        """Load what would say a word of this voice in a call: a caller waits for a second, and a model takes longer.
        VoiceNotFound, SynthesisFailed, TtsUnavailable."""
        speaker = self.voices.resolve(voice)
        speaker = speaker if speaker.live else self._stand_in(speaker, in_call=True)
        with self._speaking[speaker.engine].one():
            self._models.synthesise(_SHORTEST, speaker)

    def convert(self, stream: BinaryIO, raw_format: str = "", keep_silence: bool = False) -> Recording:
        """The prompt of an uploaded recording. It is decoded each time, since each upload gets its warnings.

        BadAudio, TtsUnavailable.
        """
        with temporary_upload() as upload:
            file = receive_upload(stream, upload, raw_format, keep_silence)
            with self._converting.one():
                decoded = decode_upload(upload, raw_format)
                try:
                    prepared = prepare_recording(decoded.samples, keep_silence)
                except audio.SilentAudio as error:
                    raise BadAudio(str(error), "audio_silent") from error
                duration_ms = find_duration_ms(self.prompts_dir / file)
                if duration_ms is None:
                    duration_ms = self._keep(file, prepared.pcm)
                else:
                    _touch(self.prompts_dir / file)
        return Recording(
            file,
            duration_ms,
            prepared.trimmed_start_ms,
            prepared.trimmed_end_ms,
            (*decoded.warnings, *prepared.warnings),
        )

    def _provide(self, file: str, turns: Turns, make: Callable[[], Pcm]) -> tuple[int, bool]:
        """(duration in ms, whether the file existed already)."""
        path = self.prompts_dir / file
        duration_ms = find_duration_ms(path)
        if duration_ms is not None:
            _touch(path)
            return duration_ms, True
        with turns.one():
            # The turn before may have made this very prompt.
            duration_ms = find_duration_ms(path)
            if duration_ms is not None:
                return duration_ms, True
            return self._keep(file, make()), False

    def _keep(self, file: str, pcm: Pcm) -> int:
        """Write a prompt to disk; returns its duration in ms."""
        path = self.prompts_dir / file
        try:
            write_atomically(path, wav_bytes(pcm.astype("<i2").tobytes()))
        except OSError as error:
            log.error("cannot keep %s: %s", path, error)
            message = f"the prompt cannot be kept: {error.strerror}"
            if is_no_room(error):
                raise PromptStoreFull(message, 30.0) from error
            raise TtsUnavailable(message, 30.0, "prompt_store") from error
        duration_ms = len(pcm) * 1000 // SAMPLE_RATE_HZ
        log.info("made %s, %d ms of audio", file, duration_ms)
        return duration_ms


def _is_alike(language: str, other: str) -> bool:
    """Whether it is the same language, if of another country."""
    return language.partition("-")[0] == other.partition("-")[0]


def _touch(path: Path) -> None:
    """A menu is about to play this file again: it is not one of those that nothing plays."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > _TOUCH_AFTER_S:
            os.utime(path)
