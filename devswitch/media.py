"""The media that a channel plays: WAV files and FreeSWITCH's streams, their lengths, and what the caller heard.

Nothing is sent anywhere here. Tests assert on the channel's time-line (`HeardSound`), and `render` turns it into a
WAV. Lengths are FreeSWITCH's: whole frames of 20 ms.
"""

from __future__ import annotations

import math
import os
import struct
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from devswitch.expand import atoi, separate_string

FRAME_MS = 20
SAMPLE_RATE = 8000
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
# file_string:// begins with this much silence before its first file (mod_dptools.c, next_file).
_FILE_STRING_LEAD_MS = 250.0
_SILENCE = "silence_stream://"
_FOREVER_MS = 24 * 3600 * 1000.0
_WAVE_FORMATS = frozenset({1, 3, 6, 7, 0xFFFE})  # PCM, float, A-law, mu-law, extensible


@dataclass(frozen=True)
class Part:
    """One stretch of sound: a file or a stream as named, and its length."""

    file: str
    length_ms: float


@dataclass(frozen=True)
class ChannelSound:
    """The parts that one play command plays, one after another."""

    parts: tuple[Part, ...]

    @property
    def length_ms(self) -> float:
        """The length in whole frames, as the channel sends it."""
        return to_frame(sum(part.length_ms for part in self.parts))

    @property
    def ahead_ms(self) -> float:
        """What comes before a question of which this is the prompt: all up to the last silence in it. 0 if there is
        only silence."""
        behind = list(takewhile(lambda part: not part.file.startswith(_SILENCE), reversed(self.parts)))
        return sum(part.length_ms for part in self.parts[: len(self.parts) - len(behind)]) if behind else 0.0


@dataclass
class HeardSound:
    """A stretch of sound the caller heard; times since the call came in."""

    file: str
    started_ms: float
    ended_ms: float
    cut_by_key: str = ""  # the key that stopped it
    cut_by_hangup: bool = False
    source: str = "prompt"  # prompt, ringback, agent, displaced: heard in place of what was played

    @property
    def is_silence(self) -> bool:
        return self.file.startswith(_SILENCE)


class UnknownMedia(ValueError):
    """A kind of file or stream that this switch does not model."""


def to_frame(length_ms: float) -> float:
    """The length rounded up to whole frames of 20 ms (less a rounding error)."""
    return math.ceil(length_ms / FRAME_MS - 1e-6) * FRAME_MS


def find_sound(name: str) -> ChannelSound | None:
    """The sound named by an argument of playback; None if FreeSWITCH would report that there is no such file.

    UnknownMedia for say:, phrase:, and other streams and formats that FreeSWITCH has and this switch does not model.
    """
    scheme, separator, rest = name.partition("://")
    if separator:
        if scheme == "silence_stream":
            return _silence(name, rest)
        if scheme == "tone_stream":
            return ChannelSound((Part(name, tone_length_ms(rest)),))
        if scheme == "file_string":
            return _file_string(rest)
        raise UnknownMedia(f"{scheme}:// is not modelled")
    if name.lower().startswith(("phrase:", "say:")):
        raise UnknownMedia(f"{name.split(':')[0]}: is not modelled")
    length_ms = find_file_length_ms(name)
    return None if length_ms is None else ChannelSound((Part(name, length_ms),))


def _silence(name: str, rest: str) -> ChannelSound | None:
    length_ms = atoi(rest)
    if length_ms == 0:
        return None
    return ChannelSound((Part(name, float(length_ms) if length_ms > 0 else _FOREVER_MS),))


def _file_string(rest: str) -> ChannelSound | None:
    parts: list[Part] = []
    for index, name in enumerate(separate_string(rest, "!", 128)):
        sound = find_sound(name)
        if sound is None:
            continue  # FreeSWITCH goes on with the next file
        if index == 0:
            parts.append(Part(f"silence_stream://{_FILE_STRING_LEAD_MS:.0f}", _FILE_STRING_LEAD_MS))
        parts.extend(sound.parts)
    return ChannelSound(tuple(parts)) if parts else None


def tone_length_ms(script: str) -> float:
    """Length of a tone_stream script such as `%(500,500,440);loops=2`: tones and pauses, times its loops."""
    body, _, loops_text = script.lower().partition(";loops=")
    loops = atoi(loops_text) if loops_text else 0
    if loops < 0:
        return _FOREVER_MS
    once_ms, repeat = 0.0, 1
    for command in body.split(";"):
        command = command.strip()
        if command.startswith("l="):
            repeat = max(1, atoi(command[2:]))
        elif command.startswith("%("):
            numbers = command[2:].rstrip(")").split(",")
            once_ms += sum(float(atoi(number)) for number in numbers[:2])
    return once_ms * repeat * max(1, loops)


_lengths: dict[str, tuple[tuple[int, int], float | None]] = {}


def find_file_length_ms(path: str) -> float | None:
    """Length of a WAV from its header and its real size; None if missing or no WAV (FreeSWITCH says not found)."""
    if "." not in path:
        path += ".wav"
    if not path.startswith("/"):
        return None
    try:
        stat = os.stat(path)
    except (OSError, ValueError):
        return None
    version = (stat.st_mtime_ns, stat.st_size)
    known = _lengths.get(path)
    if known is None or known[0] != version:
        if len(_lengths) > 4096:
            _lengths.clear()
        known = _lengths[path] = (version, _read_length_ms(path))
    return known[1]


def _read_length_ms(path: str) -> float | None:
    if not path.endswith(".wav"):
        raise UnknownMedia(f"{Path(path).suffix or path} files are not modelled")
    try:
        with open(path, "rb") as file:
            if struct.unpack("<4sI4s", file.read(12))[::2] != (b"RIFF", b"WAVE"):
                return None
            bytes_per_s = 0
            while True:
                head = file.read(8)
                name, size = struct.unpack("<4sI", head)
                if name == b"fmt ":
                    form, _, _, bytes_per_s, _ = struct.unpack("<HHIIH", file.read(14))
                    if form not in _WAVE_FORMATS:
                        return None
                    file.seek(size - 14 + (size & 1), os.SEEK_CUR)
                elif name == b"data":
                    # A file cut short plays what is there, whatever its header says.
                    there = os.fstat(file.fileno()).st_size - file.tell()
                    return min(size, there) * 1000 / bytes_per_s if bytes_per_s else None
                else:
                    file.seek(size + (size & 1), os.SEEK_CUR)
    except (OSError, struct.error):
        return None


def render(heard: Iterable[HeardSound], length_ms: float, path: Path) -> None:
    """Write what the caller heard as an 8 kHz mono 16-bit WAV: prompts at their times, else silence."""
    import numpy as np

    mix = np.zeros(int(length_ms * SAMPLE_RATE / 1000) + 1, dtype=np.int32)
    for stretch in heard:
        if "://" in stretch.file:
            continue
        samples = load_samples(stretch.file)
        start = int(stretch.started_ms * SAMPLE_RATE / 1000)
        count = min(len(samples), int((stretch.ended_ms - stretch.started_ms) * SAMPLE_RATE / 1000), len(mix) - start)
        if count > 0:
            mix[start : start + count] += samples[:count]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(np.clip(mix, -32768, 32767).astype("<i2").tobytes())


def load_samples(path: str) -> Any:
    """An array of samples at 8 kHz; a format other than 16-bit PCM is heard as silence."""
    import numpy as np

    try:
        with wave.open(path if "." in path else path + ".wav", "rb") as file:
            if file.getsampwidth() != 2:
                return np.zeros(0, dtype=np.int32)
            rate, channels = file.getframerate(), file.getnchannels()
            data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (OSError, EOFError, wave.Error):
        return np.zeros(0, dtype=np.int32)
    mono = data[: len(data) // channels * channels].reshape(-1, channels).mean(axis=1)
    if rate != SAMPLE_RATE and len(mono):
        places = np.arange(0, len(mono), rate / SAMPLE_RATE)
        mono = np.interp(places, np.arange(len(mono)), mono)
    return mono.astype(np.int32)
