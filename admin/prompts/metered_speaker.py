"""A client of the speech process that counts and times its requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from prometheus_client import Counter, Histogram

from admin.prompts.service import Speaker
from tts.client.client import Recording, Speech, VoiceInfo
from tts.client.errors import TtsError

REQUESTS = Counter(
    "digitree_tts_requests", "Requests to the speech process: spoken, known, converted, failed", ["result"]
)
AUDIO_S = Counter("digitree_tts_audio_seconds", "Seconds of speech synthesised")
SECONDS = Histogram(
    "digitree_tts_request_seconds",
    "Time to the answer of the speech process",
    ["work"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60),
)


class MeteredSpeaker:
    """A Speaker with metrics."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def speak(self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech:
        with _metered("speak"):
            speech = self._speaker.speak(text, voice, fragment, rate=rate)
        REQUESTS.labels("known" if speech.cached else "spoken").inc()
        if not speech.cached:
            AUDIO_S.inc(speech.duration_ms / 1000)
        return speech

    def want_pieces(self, voice: str) -> bool:
        return self._speaker.want_pieces(voice)

    def convert(
        self, recording: bytes | BinaryIO, raw_format: str = "", *, keep_silence: bool = False
    ) -> Recording:
        with _metered("convert"):
            converted = self._speaker.convert(recording, raw_format, keep_silence=keep_silence)
        REQUESTS.labels("converted").inc()
        return converted

    def voices(self) -> list[VoiceInfo]:
        return self._speaker.voices()


@contextmanager
def _metered(work: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    except TtsError:
        REQUESTS.labels("failed").inc()
        raise
    finally:
        SECONDS.labels(work).observe(time.perf_counter() - began)
