"""What an engine elsewhere is asked, and how its sound is read. Pure, but for reading containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from tts.client.errors import EngineFailed
from tts.library.remote_voices import RemoteVoice
from tts.server.engines import Sound


class Speak(NamedTuple):
    text: str
    voice: RemoteVoice
    rate: float
    key: str


class Rates(NamedTuple):
    """How slow and how fast an engine can speak."""

    slowest: float
    fastest: float


@dataclass(frozen=True)
class Engine:
    """`request` gives the arguments of httpx.Client.stream; `read` makes sound of the answer. Both may raise
    EngineFailed."""

    request: Callable[[Speak], Mapping[str, Any]]
    read: Callable[[bytes], Sound]
    rates: Rates


def pcm(rate_hz: int) -> Callable[[bytes], Sound]:
    """A reader of 16-bit little-endian samples of one channel, without a header."""

    def read(content: bytes) -> Sound:
        samples = np.frombuffer(content[: len(content) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
        if not samples.size:
            raise EngineFailed("the engine sent no sound", 30.0)
        return Sound(samples, rate_hz)

    return read


def ssml(text: str, rate: float, attributes: str, voice: str | None = None) -> str:
    """The text for engines that take a rate in SSML only; what is in it is said, not obeyed."""
    spoken = escape(text)
    if rate != 1.0:
        spoken = f'<prosody rate="{round(rate * 100)}%">{spoken}</prosody>'
    if voice is not None:
        spoken = f'<voice name="{escape(voice, {chr(34): "&quot;"})}">{spoken}</voice>'
    return f"<speak{attributes}>{spoken}</speak>"
