"""Uploads come from strangers: what is good is taken in any format, the rest is refused fast and in little memory."""

from __future__ import annotations

import contextlib
import functools
import io
import random
import subprocess
import sys
from collections.abc import Callable

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tts.samples import encode, encode_with_ffmpeg, tone, two_hours_of_flac
from tts.client.errors import BadAudio
from tts.server import uploads


def without_sound() -> bytes:
    """A film of one picture."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        out.mux(stream.encode(None))
    return file.getvalue()


# Made when a test asks: several processes read this file, one runs its tests.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a text file": lambda: b"Press 1, or 9.\n" * 500,
    "zeros": lambda: bytes(50_000),
    "noise": lambda: random.Random(1).randbytes(50_000),
    "a WAV cut in its header": lambda: encode("WAV")[:30],
    "a WAV without data": lambda: encode("WAV")[:44],
    "an OGG cut in its header": lambda: encode("OGG")[:100],
    "two hours of FLAC": lambda: two_hours_of_flac(),
    "two hours of FLAC of unknown length": lambda: two_hours_of_flac(length_known=False),
    "301 seconds": lambda: encode("WAV", "PCM_U8", tone(301, 4000, 1), 4000),
    "nine channels": lambda: encode("WAV", samples=tone(channels=9)),
    "384,000 samples a second": lambda: encode("WAV", samples=tone(0.1), rate_hz=384_000),
    "100 samples a second": lambda: encode("WAV", samples=tone(0.1), rate_hz=100),
    "an M4A without its index": lambda: encode_with_ffmpeg("ipod", "aac")[:10_000],
    "301 seconds of M4A": lambda: encode_with_ffmpeg("ipod", "aac", np.zeros((301 * 8000, 1)), 8000),
    "301 seconds of WebM": lambda: encode_with_ffmpeg("webm", "libopus", np.zeros((301 * 48_000, 1)), 48_000),
    "301 seconds of ADTS": lambda: encode_with_ffmpeg("adts", "aac", np.zeros((301 * 8000, 1)), 8000),
    "a film without sound": lambda: without_sound(),
    "a playlist": lambda: b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "a list of files": lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "noise that looks like ADTS": lambda: b"\xff\xf1" + random.Random(2).randbytes(50_000),
    "noise that looks like MP3": lambda: b"\xff\xfb" + random.Random(3).randbytes(50_000),
    "noise that looks like MP4": lambda: b"\0\0\0\x18ftypM4A " + random.Random(4).randbytes(50_000),
    "noise that looks like WebM": lambda: b"\x1a\x45\xdf\xa3" + random.Random(5).randbytes(50_000),
}


def decode(content: bytes, raw_format: str = "") -> uploads.Samples:
    with uploads.temporary_upload() as file:
        uploads.receive_upload(io.BytesIO(content), file)
        return uploads.decode_upload(file, raw_format).samples


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


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_for_what_it_is_and_in_little_memory(make: Callable[[], bytes]) -> None:
    content = make()
    with pytest.raises(BadAudio) as refused:
        decode(content)
    assert "too long" not in refused.value.reason, "it is refused for what it is, not for the time that it took"
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
        launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, *uploads.decoder_command()]
        return int(subprocess.run(launch, stdin=file, capture_output=True, check=True).stdout) / 1024


def test_the_longest_recording_is_taken_in_little_memory() -> None:
    content = encode("FLAC", samples=np.zeros((300 * 16_000, 1)), rate_hz=16_000)
    assert len(decode(content)) == 300 * 8000
    assert decoder_memory_mb(content) < 150


def test_an_upload_over_100_mb_is_refused_without_being_kept() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with uploads.temporary_upload() as file, pytest.raises(BadAudio) as refused:
        uploads.receive_upload(endless, file)  # type: ignore[arg-type]
    assert refused.value.code == "audio_too_large"
    assert "100 MB" in refused.value.reason
    assert endless.given < 101 << 20


def test_an_empty_upload_is_refused() -> None:
    with pytest.raises(BadAudio, match="empty"):
        decode(b"")


def test_a_decoder_that_dies_refuses_the_file_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for ending in ("import os; os.abort()", "import os; os._exit(3)", "raise SystemExit(1)"):
        with monkeypatch.context() as patch:
            patch.setattr(uploads, "_PROGRAM", ending)
            with pytest.raises(BadAudio, match="damaged"):
                decode(encode("WAV"))
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "_MAX_MEMORY_BYTES", 1 << 25)
        with pytest.raises(BadAudio, match="memory"):
            decode(encode("WAV"))
    assert len(decode(encode("WAV"))) == 12_000


def test_a_decoder_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_MAX_WALL_S", 0.01)
    with pytest.raises(BadAudio, match="too long"):
        decode(encode("WAV"))


GOOD: dict[str, Callable[[], bytes]] = {
    "WAV": lambda: encode("WAV", samples=tone(0.4)),
    "AIFF": lambda: encode("AIFF", samples=tone(0.4)),
    "FLAC": lambda: encode("FLAC", samples=tone(0.4)),
    "OGG": lambda: encode("OGG", samples=tone(0.4)),
    "MP3": lambda: encode("MP3", samples=tone(0.4)),
    "M4A": lambda: encode_with_ffmpeg("ipod", "aac", tone(0.4)),
    "ADTS": lambda: encode_with_ffmpeg("adts", "aac", tone(0.4)),
    "WebM": lambda: encode_with_ffmpeg("webm", "libopus", tone(0.4, 48_000, 1), 48_000),
    "AMR": lambda: encode_with_ffmpeg("amr", "libopencore_amrnb", tone(0.4, 8000, 1), 8000),
}
PLACES = st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255), st.booleans()), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(GOOD)), changes=PLACES, length=st.one_of(st.just(1.0), st.floats(0.02, 1.0)))
def test_a_file_with_bytes_overwritten_or_cut_off_is_read_or_refused(
    kind: str, changes: list[tuple[float, int, bool]], length: float
) -> None:
    content = bytearray(_good(kind))
    for place, value, in_header in changes:
        content[int(place * min(len(content), 400 if in_header else len(content)))] = value
    samples = None
    with contextlib.suppress(BadAudio):
        samples = decode(bytes(content[: int(length * len(content)) or 1]))
    assert samples is None or (len(samples) <= 301 * 8000 and np.isfinite(samples).all())


@functools.cache
def _good(kind: str) -> bytes:
    return GOOD[kind]()


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=1, max_size=4000), st.sampled_from(["gsm", "g722", "g729", "ulaw", "vox", "sln48"]))
def test_any_bytes_are_raw_samples_or_refused(content: bytes, raw_format: str) -> None:
    with contextlib.suppress(BadAudio):
        assert np.isfinite(decode(content, raw_format)).all()


def test_the_decoder_can_open_nothing_and_write_no_more_than_a_recording() -> None:
    program = uploads._PROGRAM.replace("main(sys.argv[2])", TRIES_TO_ESCAPE)
    assert program != uploads._PROGRAM
    with uploads.temporary_upload() as file:
        uploads.receive_upload(io.BytesIO(encode("WAV")), file)
        command = uploads.decoder_command()
        command[command.index(uploads._PROGRAM)] = program
        said = subprocess.run(command, stdin=file, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["OSError", "OSError", "9697536"]


TRIES_TO_ESCAPE = """
import resource, socket
from tts.server.decoder import main as program
def told(attempt):
    try:
        attempt()
    except OSError:
        print("OSError")
def decode(*_):
    told(lambda: open("/etc/hostname"))
    told(socket.socket)
    print(resource.getrlimit(resource.RLIMIT_FSIZE)[1], flush=True)
    raise SystemExit(0)
program.decode = decode
main(sys.argv[2])
"""
