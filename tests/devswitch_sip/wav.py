"""Sounds to play, and to find again in a recording."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np


def write_noise(path: Path, seconds: float, seed: int) -> np.ndarray:
    """Noise of the band a telephone carries: nothing else is like it, so where it is heard is beyond doubt."""
    samples = np.random.default_rng(seed).normal(0, 3000, int(seconds * 8000))
    write_wav(path, samples)
    return samples


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert file.getframerate() == 8000
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)


def best_match(recorded: np.ndarray, prompt: np.ndarray) -> tuple[float, float]:
    """How like the prompt the recording is where it is most like it (1 is the same), and when that is (s)."""
    size = 1 << (len(recorded) + len(prompt)).bit_length()
    product = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(prompt, size))
    correlation = np.fft.irfft(product, size)[: len(recorded)]
    at = int(correlation.argmax())
    heard = recorded[at : at + len(prompt)]
    norm = np.linalg.norm(heard) * np.linalg.norm(prompt[: len(heard)])
    return float(correlation[at] / norm) if norm else 0.0, at / 8000


def find_prompt(recorded: np.ndarray, prompt: np.ndarray) -> tuple[float, float]:
    """The part of the prompt that is in the recording, in order, and when it begins (s).

    Piece by piece (a quarter of a second): a softphone's jitter buffer may leave out or repeat some samples.
    """
    pieces = [prompt[start : start + 2000] for start in range(0, len(prompt) - 1999, 2000)]
    found = [best_match(recorded, piece) for piece in pieces]
    times_s = [at_s for likeness, at_s in found if likeness > 0.95]
    in_order = len(times_s) if times_s == sorted(times_s) else 0
    return in_order / len(pieces), times_s[0] if times_s else 0.0
