"""Recordings that people upload: bounded, then decoded in a short-lived child process (decode_worker.py)."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tts.client.errors import BadAudio
from tts.client.limits import MAX_UPLOAD_BYTES
from tts.client.naming import SAMPLE_RATE_HZ, recording_file, recording_hash
from tts.server.audio import Samples
from tts.server.child_env import child_env

MAX_DURATION_S = 300
MAX_RATE_HZ = 192_000
MAX_CHANNELS = 8

_WORKER = Path(__file__).with_name("decode_worker.py")
# Address space, of which numpy and the decoders reserve most and use little.
_MAX_MEMORY_BYTES = 1 << 30
_MAX_CPU_S = 15
_MAX_WALL_S = 30.0
_CHUNK_BYTES = 1 << 16

log = logging.getLogger(__name__)


def receive_upload(stream: BinaryIO, into: BinaryIO) -> str:
    """Copies an upload into a file; returns the name its prompt will have. BadAudio over 10 MB or if empty."""
    running, size = recording_hash(), 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > MAX_UPLOAD_BYTES:
            raise BadAudio(f"larger than {MAX_UPLOAD_BYTES // (1 << 20)} MB", "audio_too_large")
        running.update(chunk)
        into.write(chunk)
    if not size:
        raise BadAudio("the file is empty", "audio_empty")
    into.flush()
    return recording_file(running.hexdigest())


def decode_upload(file: BinaryIO) -> Samples:
    """Mono samples at 8 kHz of a file in any format libsndfile reads. BadAudio says why not."""
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    limits = (MAX_DURATION_S, MAX_RATE_HZ, MAX_CHANNELS, SAMPLE_RATE_HZ, _MAX_MEMORY_BYTES, _MAX_CPU_S)
    command = [sys.executable, "-I", str(_WORKER), *map(str, limits)]
    try:
        done = subprocess.run(
            command,
            stdin=file,
            capture_output=True,
            timeout=_MAX_WALL_S,
            # Its thread pools would take all of its address space on a machine with many cores.
            env=child_env(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1"),
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise BadAudio("reading it takes too long", "audio_unreadable") from error
    if done.returncode != 0:
        complaint = done.stderr[-500:].decode(errors="replace")
        log.warning("decoder ended with %s: %s", done.returncode, complaint)
        raise BadAudio("the file is damaged beyond reading", "audio_unreadable")
    head, _, body = done.stdout.partition(b"\n")
    answer = json.loads(head)
    if not answer["ok"]:
        raise BadAudio(answer["reason"])
    return np.frombuffer(body, dtype="<f4").astype(np.float64)


def temporary_upload() -> BinaryIO:
    """An unnamed file: gone with the process, whatever happens to it."""
    return tempfile.TemporaryFile()
