"""Child program: a recording on standard input (a regular file), mono 8 kHz float32 on standard output.

libsndfile and the decoders below it are fed by strangers; here they have little memory, little time and
nobody else's state. The output is one JSON line, then, if it says ok, the samples. Blocks are read and
resampled one by one, so that no header can make it ask for more memory than a block.
Started as a file with `python -I`, it may import nothing of ours; the limits come as arguments.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO, NoReturn

_MIN_RATE_HZ = 4000
_BLOCK_SAMPLES = 1 << 16
# Their length is an estimate, so a shorter read is no sign of damage.
_LENGTH_IS_ESTIMATED = frozenset({"MP3", "MPEG", "OGG"})


class Refused(Exception):
    pass


# (container, its form) -> (byte order, name of the chunk with the samples)
_CHUNKED = {
    (b"RIFF", b"WAVE"): ("<", b"data"),
    (b"RIFX", b"WAVE"): (">", b"data"),
    (b"FORM", b"AIFF"): (">", b"SSND"),
    (b"FORM", b"AIFC"): (">", b"SSND"),
}


def check_promised_length(file: BinaryIO, size: int) -> None:
    """libsndfile reads a WAV or AIFF that was cut short without a word; its author should hear of it here."""
    header = file.read(12)
    byte_order, sample_chunk = _CHUNKED.get((header[:4], header[8:]), ("", b""))
    if not byte_order:
        return
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{byte_order}4sI", file.read(8))
        position += 8
        if name == sample_chunk:
            if length > size - position:
                raise Refused(
                    f"the header promises {length} bytes of audio and {size - position} are there; "
                    "the file was cut short"
                )
            return
        position += length + length % 2
    raise Refused("there is no audio in it; the file was cut short")


def decode(max_duration_s: int, max_rate_hz: int, max_channels: int, rate_hz: int) -> Any:
    import numpy as np
    import soundfile
    import soxr

    with os.fdopen(os.dup(0), "rb") as raw:
        check_promised_length(raw, os.fstat(0).st_size)
    os.lseek(0, 0, os.SEEK_SET)
    try:
        sound = soundfile.SoundFile(0, closefd=False)
    except (soundfile.SoundFileError, TypeError) as error:
        raise Refused("this is no audio file of a known format") from error
    with sound:
        if not _MIN_RATE_HZ <= sound.samplerate <= max_rate_hz:
            raise Refused(f"{sound.samplerate} samples a second; {_MIN_RATE_HZ} to {max_rate_hz} can be read")
        if not 1 <= sound.channels <= max_channels:
            raise Refused(f"{sound.channels} channels; {max_channels} at most")
        max_frames = max_duration_s * sound.samplerate
        too_long = f"longer than {max_duration_s} seconds"
        unknown_length = sound.frames <= 0 or sound.frames >= 1 << 62
        if not unknown_length and sound.frames > max_frames:
            raise Refused(too_long)
        stream = soxr.ResampleStream(sound.samplerate, rate_hz, 1, dtype="float32", quality="VHQ")
        pieces, frames = [], 0
        while True:
            try:
                block = sound.read(_BLOCK_SAMPLES // sound.channels, dtype="float32", always_2d=True)
            except soundfile.SoundFileError as error:
                raise Refused("the audio in it is damaged") from error
            frames += len(block)
            if frames > max_frames:
                raise Refused(too_long)
            mono = np.nan_to_num(block.mean(axis=1), nan=0.0, posinf=0.0, neginf=0.0)
            pieces.append(stream.resample_chunk(mono, last=not len(block)))
            if not len(block):
                break
        estimated = unknown_length or sound.format in _LENGTH_IS_ESTIMATED
        if not estimated and frames < sound.frames:
            raise Refused("the file was cut short")
        if not frames:
            raise Refused("there is no audio in it")
    return np.concatenate(pieces)


def answer(head: dict[str, Any], body: bytes = b"") -> NoReturn:
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(json.dumps(head).encode() + b"\n" + body)
    raise SystemExit(0)


def main() -> None:
    max_duration_s, max_rate_hz, max_channels, rate_hz, max_memory_bytes, max_cpu_s = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (max_cpu_s, max_cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        samples = decode(max_duration_s, max_rate_hz, max_channels, rate_hz)
    except Refused as refused:
        answer({"ok": False, "reason": str(refused)})
    except MemoryError:
        answer({"ok": False, "reason": "reading it takes too much memory"})
    answer({"ok": True}, samples.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
