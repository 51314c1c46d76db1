"""Recordings that people upload: bounded, then decoded in a short-lived child process (tts.server.decoder)."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tts.client.errors import BadAudio
from tts.client.limits import MAX_RECORDING_S, MAX_UPLOAD_BYTES, UPLOAD_TOO_LARGE
from tts.client.naming import SAMPLE_RATE_HZ, recording_file, recording_hash
from tts.client.recording_formats import RAW_FORMATS
from tts.client.results import RecordingWarning
from tts.server.audio import Samples
from tts.server.child_env import child_env

MAX_RATE_HZ = 192_000
MAX_CHANNELS = 8

_ROOT = Path(__file__).parents[2]
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from tts.server.decoder.main import main; main(sys.argv[2])"
# Address space, of which numpy and the decoders reserve most and use little.
_MAX_MEMORY_BYTES = 1 << 30
_MAX_CPU_S = 15
_MAX_WALL_S = 30.0
_CHUNK_BYTES = 1 << 16

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decoded:
    """Mono samples at 8 kHz, and the warnings about their file."""

    samples: Samples
    warnings: tuple[RecordingWarning, ...]


def receive_upload(stream: BinaryIO, into: BinaryIO, raw_format: str = "", keep_silence: bool = False) -> str:
    """Copies an upload into a file; returns the name its prompt will have. BadAudio if too large or empty."""
    running, size = recording_hash(raw_format, keep_silence), 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > MAX_UPLOAD_BYTES:
            raise BadAudio(UPLOAD_TOO_LARGE, "audio_too_large")
        running.update(chunk)
        into.write(chunk)
    if not size:
        raise BadAudio("the file is empty", "audio_empty")
    into.flush()
    return recording_file(running.hexdigest())


def decode_upload(file: BinaryIO, raw_format: str = "") -> Decoded:
    """Decode a file; `raw_format` is a key of RAW_FORMATS or "". BadAudio says why it cannot be read."""
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    # Files, not pipes: their size can be limited for the child.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        try:
            done = subprocess.run(
                decoder_command(raw_format),
                stdin=file,
                stdout=out,
                stderr=complaints,
                timeout=_MAX_WALL_S,
                # Its thread pools would use up its address space on a machine with many cores.
                env=child_env(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1"),
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as error:
            raise BadAudio("reading it takes too long", "audio_unreadable") from error
        if done.returncode != 0:
            complaints.seek(0)
            complaint = complaints.read()[-500:].decode(errors="replace")
            log.warning("decoder ended with %s: %s", done.returncode, complaint)
            raise BadAudio("the file is damaged beyond reading", "audio_unreadable")
        out.seek(0)
        answer = json.loads(out.readline())
        if not answer["ok"]:
            raise BadAudio(answer["reason"])
        samples = np.frombuffer(out.read(), dtype="<f4").astype(np.float64)
    return Decoded(samples, tuple(RecordingWarning(*each) for each in answer["warnings"].items()))


def decoder_command(raw_format: str = "") -> list[str]:
    """The child program and its task, for Popen."""
    raw = RAW_FORMATS.get(raw_format)
    task = {
        "limits": {
            "max_duration_s": MAX_RECORDING_S,
            "max_rate_hz": MAX_RATE_HZ,
            "max_channels": MAX_CHANNELS,
            "rate_hz": SAMPLE_RATE_HZ,
        },
        "max_memory_bytes": _MAX_MEMORY_BYTES,
        "max_cpu_s": _MAX_CPU_S,
        **({"codec": raw.codec, "raw_rate_hz": raw.rate_hz} if raw else {}),
    }
    return [sys.executable, "-I", "-c", _PROGRAM, str(_ROOT), json.dumps(task)]


def temporary_upload() -> BinaryIO:
    """An unnamed file, which disappears with the process."""
    return tempfile.TemporaryFile()
