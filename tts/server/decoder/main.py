"""The child program: a recording on standard input (a regular file), mono float32 samples on standard output.

The output is one JSON line, then, if it says ok, the samples. The limits are set before the first byte is read; from
then on it can open no file and no socket, and write no more than the longest recording takes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from tts.server.decoder.containers import HEAD_BYTES, has_magic, recognise
from tts.server.decoder.ffmpeg import FfmpegSource
from tts.server.decoder.mixing import mono
from tts.server.decoder.sndfile import RawSource, SndfileSource
from tts.server.decoder.sources import Limits, NotThisKind, Refused, Source, Warnings

_ANSWER_BYTES = 1 << 16
_FFMPEG_RAW = frozenset({"g722", "g723_1", "g729"})


@dataclass(frozen=True)
class Task:
    """The parent's request; `codec` and `raw_rate_hz` are for samples without a header."""

    limits: Limits
    max_memory_bytes: int
    max_cpu_s: int
    codec: str = ""
    raw_rate_hz: int = 0


def decode(file: BinaryIO, size: int, task: Task, warnings: Warnings) -> Any:
    """Mono samples of a file in any known format."""
    head = file.read(HEAD_BYTES)
    if task.codec and not has_magic(head):
        source: Source = (
            FfmpegSource(file, task.codec, task.limits)
            if task.codec in _FFMPEG_RAW
            else RawSource(file, task.codec, task.raw_rate_hz, task.limits)
        )
        return mono(source, task.limits, warnings)
    demuxer = recognise(head)
    try:
        return mono(SndfileSource(file, size, task.limits), task.limits, warnings)
    except NotThisKind:
        if demuxer is None:
            raise
    return mono(FfmpegSource(file, demuxer, task.limits), task.limits, warnings)


def confine(task: Task) -> None:
    """Set the limits that keep a malicious file from doing harm."""
    longest = (task.limits.max_duration_s + 1) * task.limits.rate_hz * 4 + _ANSWER_BYTES
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, task.max_memory_bytes),
        (resource.RLIMIT_CPU, task.max_cpu_s),
        (resource.RLIMIT_FSIZE, longest),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))


def answer(head: dict[str, Any], body: bytes = b"") -> NoReturn:
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(json.dumps(head).encode() + b"\n" + body)
    raise SystemExit(0)


def main(said: str) -> None:
    wanted = json.loads(said)
    task = Task(**{**wanted, "limits": Limits(**wanted["limits"])})
    warnings = Warnings()
    with os.fdopen(0, "rb", closefd=False) as file:
        confine(task)
        try:
            samples = decode(file, os.fstat(0).st_size, task, warnings)
        except Refused as refused:
            answer({"ok": False, "reason": str(refused)})
        except MemoryError:
            answer({"ok": False, "reason": "reading it takes too much memory"})
    answer({"ok": True, "warnings": warnings.items}, samples.astype("<f4").tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
