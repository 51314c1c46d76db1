"""Recordings, good and hostile, made on the spot; and what a test wants to know of a prompt."""

from __future__ import annotations

import io
import struct
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
import pyloudnorm
import soundfile
from numpy.typing import NDArray

RATE_HZ = 44_100


def tone(duration_s: float = 1.5, rate_hz: int = RATE_HZ, channels: int = 2) -> NDArray[np.float64]:
    """A tone that comes and goes, as syllables do."""
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    mono = 0.3 * np.sin(2 * np.pi * 440 * time_s) * (1.2 + np.sin(20 * time_s)) / 2.2
    return np.stack([mono] * channels, axis=1)


def encode(
    container: str,
    subtype: str | None = None,
    samples: NDArray[np.float64] | None = None,
    rate_hz: int = RATE_HZ,
) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone() if samples is None else samples, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


def encode_with_ffmpeg(
    container: str,
    codec: str,
    samples: NDArray[np.float64] | None = None,
    rate_hz: int = RATE_HZ,
    options: dict[str, str] | None = None,
) -> bytes:
    """What phones and browsers record, and libsndfile does not write."""
    sound = tone(rate_hz=rate_hz) if samples is None else samples
    # Not in memory: to put the index first, the muxer reads again what it wrote.
    with tempfile.NamedTemporaryFile() as file:
        _write_with_ffmpeg(file.name, container, codec, sound, rate_hz, options or {})
        return Path(file.name).read_bytes()


def _write_with_ffmpeg(
    path: str, container: str, codec: str, sound: NDArray[np.float64], rate_hz: int, options: dict[str, str]
) -> None:
    layout = {1: "mono", 2: "stereo"}[sound.shape[1]]
    with av.open(path, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=rate_hz, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate_hz)
        for begin in range(0, len(sound), 1024):
            block = np.round(sound[begin : begin + 1024] * 32767).astype("<i2")
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout=layout)
            frame.sample_rate, frame.pts = rate_hz, begin
            for converted in resampler.resample(frame):
                out.mux(stream.encode(converted))
        out.mux(stream.encode(None))


def raw_samples(subtype: str, rate_hz: int = 8000, endian: str = "LITTLE") -> bytes:
    """1.5 s without a header, as Asterisk keeps them."""
    file = io.BytesIO()
    byte_order = endian if subtype == "PCM_16" else "FILE"
    soundfile.write(file, tone(1.5, rate_hz, 1), rate_hz, format="RAW", subtype=subtype, endian=byte_order)
    return file.getvalue()


def syllables(seed: int, duration_s: float = 2.0) -> NDArray[np.float64]:
    """What a telephone makes of speech, as far as levels go: bursts of 60 to 250 ms within 24 dB of each other, with
    pauses of 30 to 200 ms between them; 8 kHz, peak 1."""
    random = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    while sum(map(len, parts)) < duration_s * 8000:
        length = int(random.integers(480, 2000))
        pitch_hz = random.uniform(200, 1500)
        burst = np.sin(2 * np.pi * pitch_hz * np.arange(length) / 8000) + random.normal(0, 0.2, length)
        parts += [burst * np.hanning(length) * 10 ** (-random.uniform(0, 24) / 20)]
        parts += [np.zeros(int(random.integers(240, 1600)))]
    sound = np.concatenate(parts[:-1])
    return sound / np.max(np.abs(sound))


def wav_claiming(data_bytes: int) -> bytes:
    """A WAV of 1.5 s whose header claims another length."""
    file = bytearray(encode("WAV"))
    file[40:44] = struct.pack("<I", data_bytes)
    return bytes(file)


def two_hours_of_flac(length_known: bool = True) -> bytes:
    """Silence packs to some 180 kB; the length can be taken out of the header."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, format="FLAC") as sound:
        for _ in range(720):
            sound.write(np.zeros(80_000, dtype="int16"))
    content = bytearray(file.getvalue())
    if not length_known:
        content[21] &= 0xF0
        content[22:26] = bytes(4)
    return bytes(content)


def read_prompt(path: Path) -> NDArray[np.float64]:
    """Samples of a prompt file, after its format has been checked with a reader that is not ours."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0


def lufs(samples: NDArray[np.float64]) -> float:
    return float(pyloudnorm.Meter(8000).integrated_loudness(samples))


def peak_dbfs(samples: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.max(np.abs(samples))))
