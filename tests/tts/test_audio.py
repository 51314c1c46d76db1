from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.tts.samples import tone
from tts.server import audio

CEILING = 10 ** (-1 / 20)


def voice(duration_s: float = 1.0, level: float = 0.3) -> NDArray[np.float64]:
    return tone(duration_s, 8000, 1)[:, 0] * level / 0.3


def with_silence(before_s: float, sound: NDArray[np.float64], after_s: float) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(int(before_s * 8000)), sound, np.zeros(int(after_s * 8000))])


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000, 192_000])
def test_resampling_keeps_pitch_and_duration(rate_hz: int) -> None:
    narrow = audio.resample(tone(2.0, rate_hz, 1)[:, 0], rate_hz)
    assert abs(len(narrow) - 16_000) <= 2
    loudest_hz = np.argmax(np.abs(np.fft.rfft(narrow))) * 8000 / len(narrow)
    assert loudest_hz == pytest.approx(440, abs=4)


def test_what_a_telephone_cannot_carry_is_gone_not_folded_back() -> None:
    time_s = np.arange(48_000) / 48_000
    assert np.max(np.abs(audio.resample(np.sin(2 * np.pi * 6000 * time_s), 48_000)[100:-100])) < 0.001


@pytest.mark.parametrize("edge_ms", [15, 50])
def test_silence_around_the_sound_is_cut_to_the_edge(edge_ms: int) -> None:
    trimmed = audio.trim_silence(with_silence(0.7, voice(), 1.3), edge_ms)
    assert len(trimmed) == pytest.approx(8000 + 2 * edge_ms * 8, abs=160)


def test_sound_that_begins_at_once_gets_its_edge() -> None:
    trimmed = audio.trim_silence(voice(), 50)
    assert not trimmed[:400].any()
    assert len(trimmed) == pytest.approx(8000 + 800, abs=80)


def test_a_pause_within_is_left_alone() -> None:
    sound = np.concatenate([with_silence(0.5, voice(), 0.8), with_silence(0, voice(), 0.5)])
    assert len(audio.trim_silence(sound, 50)) == pytest.approx(8 * 2900, abs=160)


def test_a_weak_consonant_of_a_model_is_no_silence() -> None:
    hiss = np.random.default_rng(1).normal(0, 0.3 * 10 ** (-52 / 20), 4000)
    assert len(audio.trim_silence(np.concatenate([hiss, voice()]), 50)) == pytest.approx(8 * 1600, abs=160)


@pytest.mark.parametrize("level", [0.005, 0.1, 0.9])
@pytest.mark.parametrize("duration_s", [0.25, 0.4, 3.0])
def test_every_prompt_has_one_loudness(level: float, duration_s: float) -> None:
    prompt = audio.make_prompt(voice(duration_s, level)) / 32767
    sound = prompt[400:-400]
    assert audio.measure_lufs(sound) == pytest.approx(-19, abs=1)


def test_a_clip_of_any_length_has_a_loudness() -> None:
    steady = np.sin(2 * np.pi * 440 * np.arange(3200) / 8000)
    for length in range(1, 3200):
        audio.measure_lufs(steady[:length])


def test_a_word_shorter_than_the_gating_block_is_as_loud_as_a_sentence() -> None:
    steady = np.sin(2 * np.pi * 440 * np.arange(16_000) / 8000)
    assert audio.measure_lufs(steady[:1600]) == pytest.approx(audio.measure_lufs(steady), abs=0.5)


def test_a_peaky_recording_reaches_the_loudness_without_clipping() -> None:
    sound = voice(3.0, 0.05)
    sound[::2000] = 1.0
    prompt = audio.make_prompt(sound) / 32767
    assert audio.measure_lufs(prompt) == pytest.approx(-19, abs=1)
    assert np.max(np.abs(prompt)) <= CEILING + 1e-4


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    length=st.integers(1, 3000),
    gain=st.floats(0.01, 50),
    spikes=st.integers(0, 20),
)
def test_the_limiter_never_lets_a_peak_through(seed: int, length: int, gain: float, spikes: int) -> None:
    random = np.random.default_rng(seed)
    sound = random.normal(0, 0.2, length) * gain
    sound[random.integers(0, length, spikes)] = 30.0
    limited = audio.limit_peaks(sound)
    assert limited.shape == sound.shape
    assert np.max(np.abs(limited)) <= CEILING + 1e-9


def test_the_limiter_lowers_the_gain_smoothly_instead_of_cutting_the_wave() -> None:
    sound = 0.5 * np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
    sound[3000:3400] *= 4
    limited = audio.limit_peaks(sound)
    gain = limited / np.where(np.abs(sound) > 0.01, sound, np.nan)
    steps = np.abs(np.diff(gain[~np.isnan(gain)]))
    assert np.max(steps) < 0.06
    assert np.allclose(limited[:2800], sound[:2800], atol=1e-9)


@pytest.mark.parametrize(
    "nothing",
    [np.zeros(8000), np.zeros(0), np.full(8000, 0.0002), np.full(8000, 0.7), np.full(800, np.nan), np.array([0.5])],
    ids=["zeros", "empty", "too quiet", "only an offset", "no numbers", "one sample"],
)
def test_what_has_no_sound_is_no_prompt(nothing: NDArray[np.float64]) -> None:
    with pytest.raises(audio.SilentAudio):
        audio.make_prompt(nothing)


def test_an_offset_is_taken_out() -> None:
    prompt = audio.make_prompt(with_silence(0.5, voice(), 0.5) + 0.2)
    assert abs(int(np.median(prompt))) <= 40
    assert len(prompt) == pytest.approx(8 * 1100, abs=160)


def test_a_prompt_begins_and_ends_at_zero_and_lasts_whole_milliseconds() -> None:
    prompt = audio.make_prompt(voice(1.00003), edge_ms=0)
    assert prompt[0] == 0
    assert abs(int(prompt[-1])) < 20
    assert len(prompt) % 8 == 0
