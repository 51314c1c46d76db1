"""Files and streams as frames of a codec: 160 bytes each, 20 ms of PCMU or PCMA."""

from __future__ import annotations

import itertools
import os
import re
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
from aiortp.codecs import get_codec

from devswitch.expand import atoi
from devswitch.media import FRAME_SAMPLES, SAMPLE_RATE, find_sound, load_samples

_KEPT = 256
_LOUDNESS = 0.25 * 32767
_cache: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()


def frames_of(name: str, payload: int, forever: bool = False) -> Iterator[bytes]:
    """The frames of a sound's part, the last one padded with silence. None for a missing file.

    forever: repeat without end.
    """
    if forever:
        return itertools.cycle(frames_of(name, payload))
    scheme, separator, rest = name.partition("://")
    if scheme == "silence_stream" and separator:
        sound = find_sound(name)
        count = round(sound.length_ms / 20) if sound else 0
        return itertools.repeat(silence(payload), count)
    if scheme == "tone_stream" and separator:
        return _tones(rest, payload)
    return _split(_encoded_file(name, payload), payload)


def silence(payload: int) -> bytes:
    """One frame without sound."""
    return get_codec(payload).encode(bytes(2 * FRAME_SAMPLES))


def _split(data: bytes, payload: int) -> Iterator[bytes]:
    for start in range(0, len(data), FRAME_SAMPLES):
        frame = data[start : start + FRAME_SAMPLES]
        yield frame if len(frame) == FRAME_SAMPLES else frame + silence(payload)[len(frame) :]


def _encoded_file(path: str, payload: int) -> bytes:
    if "." not in path:
        path += ".wav"
    try:
        stat = os.stat(path)
    except (OSError, ValueError):
        return b""
    key = (path, stat.st_mtime_ns, stat.st_size, payload)
    data = _cache.get(key)
    if data is None:
        samples = np.clip(load_samples(path), -32768, 32767).astype("<i2")
        data = _cache[key] = get_codec(payload).encode(samples.tobytes())
        if len(_cache) > _KEPT:
            _cache.popitem(last=False)
    else:
        _cache.move_to_end(key)
    return data


def _tones(script: str, payload: int) -> Iterator[bytes]:
    """`%(on_ms,off_ms,hz...)` one after the other, `;loops=N` times; a negative N is without end."""
    body, _, loops = script.lower().partition(";loops=")
    once = list(_split(b"".join(_tone(found, payload) for found in re.findall(r"%\(([\d.,]+)\)", body)), payload))
    turns = atoi(loops) if loops else 1
    rounds = itertools.repeat(once) if turns < 0 and once else itertools.repeat(once, max(1, turns))
    return itertools.chain.from_iterable(rounds)


def _tone(numbers: str, payload: int) -> bytes:
    on_ms, off_ms, *hertz = [float(number) for number in numbers.split(",") if number]
    at_s = np.arange(int(on_ms * SAMPLE_RATE / 1000)) / SAMPLE_RATE
    wave = sum((np.sin(2 * np.pi * frequency * at_s) for frequency in hertz), np.zeros(len(at_s)))
    samples = np.concatenate([wave * (_LOUDNESS / max(1, len(hertz))), np.zeros(int(off_ms * SAMPLE_RATE / 1000))])
    return get_codec(payload).encode(samples.astype("<i2").tobytes())
