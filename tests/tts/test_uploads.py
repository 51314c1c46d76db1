"""Uploads come from strangers: what is good is taken in any format, the rest is refused fast and in little memory."""

from __future__ import annotations

import contextlib
import io
import random
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.tts.samples import encode, tone, two_hours_of_flac, wav_claiming
from tts.client.errors import BadAudio
from tts.server import uploads

HOSTILE = {
    "a text file": b"Press 1, or 9.\n" * 500,
    "zeros": bytes(50_000),
    "noise": random.Random(1).randbytes(50_000),
    "a WAV cut in the middle": encode("WAV")[:100_000],
    "a WAV cut in its header": encode("WAV")[:30],
    "a WAV without data": encode("WAV")[:44],
    "a WAV that claims 4 GB": wav_claiming(0xFFFFFFF0),
    "an AIFF cut in the middle": encode("AIFF")[:100_000],
    "a FLAC cut in the middle": encode("FLAC")[:9000],
    "an OGG cut in its header": encode("OGG")[:100],
    "two hours of FLAC": two_hours_of_flac(),
    "two hours of FLAC of unknown length": two_hours_of_flac(length_known=False),
    "301 seconds": encode("WAV", "PCM_U8", tone(301, 4000, 1), 4000),
    "nine channels": encode("WAV", samples=tone(channels=9)),
    "384,000 samples a second": encode("WAV", samples=tone(0.1), rate_hz=384_000),
    "100 samples a second": encode("WAV", samples=tone(0.1), rate_hz=100),
}


def decode(content: bytes) -> uploads.Samples:
    with uploads.temporary_upload() as file:
        uploads.receive_upload(io.BytesIO(content), file)
        return uploads.decode_upload(file)


@pytest.mark.parametrize(
    ("container", "subtype", "rate_hz", "channels"),
    [
        ("WAV", "PCM_16", 44_100, 2),
        ("WAV", "PCM_24", 48_000, 1),
        ("WAV", "FLOAT", 16_000, 1),
        ("WAV", "ULAW", 8000, 1),
        ("AIFF", "PCM_16", 44_100, 2),
        ("FLAC", "PCM_16", 44_100, 2),
        ("FLAC", "PCM_24", 192_000, 8),
        ("OGG", "VORBIS", 44_100, 2),
        ("OGG", "OPUS", 48_000, 2),
        ("MP3", "MPEG_LAYER_III", 44_100, 2),
        ("CAF", "ALAC_16", 44_100, 2),
    ],
)
def test_what_libsndfile_reads_is_taken(container: str, subtype: str, rate_hz: int, channels: int) -> None:
    samples = decode(encode(container, subtype, tone(1.5, rate_hz, channels), rate_hz))
    assert len(samples) / 8000 == pytest.approx(1.5, abs=0.03)
    assert np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_fast_and_in_little_memory(content: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(BadAudio) as refused:
        decode(content)
    assert time.monotonic() - began < 5
    assert 10 < len(refused.value.reason) < 200
    assert 10 < decoder_memory_mb(content) < 120


# A child's peak begins at that of the process it was forked from, so the fork is left to a small one.
LAUNCHER = """
import os, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def decoder_memory_mb(content: bytes) -> float:
    with uploads.temporary_upload() as file:
        file.write(content)
        file.seek(0)
        worker = [sys.executable, "-I", str(uploads._WORKER), "300", "192000", "8", "8000", str(1 << 30), "15"]
        launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, *worker]
        return int(subprocess.run(launch, stdin=file, capture_output=True, check=True).stdout) / 1024


def test_the_longest_recording_is_taken_in_little_memory() -> None:
    content = encode("FLAC", samples=np.zeros((300 * 16_000, 1)), rate_hz=16_000)
    assert len(decode(content)) == 300 * 8000
    assert decoder_memory_mb(content) < 150


def test_an_upload_over_10_mb_is_refused_without_being_kept() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with uploads.temporary_upload() as file, pytest.raises(BadAudio) as refused:
        uploads.receive_upload(endless, file)  # type: ignore[arg-type]
    assert refused.value.code == "audio_too_large"
    assert endless.given < 11 << 20


def test_an_empty_upload_is_refused() -> None:
    with pytest.raises(BadAudio, match="empty"):
        decode(b"")


def test_a_decoder_that_dies_refuses_the_file_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "_MAX_MEMORY_BYTES", 1 << 25)
        with pytest.raises(BadAudio, match="damaged"):
            decode(encode("WAV"))
    assert len(decode(encode("WAV"))) == 12_000


def test_a_decoder_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_MAX_WALL_S", 0.01)
    with pytest.raises(BadAudio, match="too long"):
        decode(encode("WAV"))


@pytest.mark.parametrize("seed", range(8))
def test_a_file_with_bytes_overwritten_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(encode(chance.choice(["WAV", "AIFF", "FLAC", "OGG", "MP3"])))
    for _ in range(40):
        content[chance.randrange(min(len(content), 3000))] = chance.randrange(256)
    samples = None
    with contextlib.suppress(BadAudio):
        samples = decode(bytes(content))
    assert samples is None or (len(samples) <= 300 * 8000 and np.isfinite(samples).all())
