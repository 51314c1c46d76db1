"""Trimming and loudness of recordings: by what most of the sound is, never by its peak, and never inside speech."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.tts.samples import lufs, syllables
from tts.server.audio import SilentAudio
from tts.server.recordings import PreparedRecording, prepare_recording

EDGE_MS = 50


def ratio(db: float) -> float:
    return float(10 ** (db / 20))


def pause(seconds: float) -> NDArray[np.float64]:
    return np.zeros(int(8000 * seconds))


def click(sound: NDArray[np.float64], at: int, length: int = 40) -> NDArray[np.float64]:
    """5 ms of full scale."""
    result = sound.copy()
    result[at : at + length] = np.where(np.arange(len(result[at : at + length])) % 7 < 4, 1.0, -1.0)
    return result


def speech_at(level_dbfs: float, before_s: float = 0.5, after_s: float = 1.5) -> NDArray[np.float64]:
    return np.concatenate([pause(before_s), syllables(1) * ratio(level_dbfs), pause(after_s)])


def codes(prepared: PreparedRecording) -> set[str]:
    return {each.code for each in prepared.warnings}


@pytest.mark.parametrize("level_dbfs", [-6, -20, -34, -40, -46])
@pytest.mark.parametrize("at_s", [0.1, 1.0, -1.0, -0.1])
def test_a_click_takes_nothing_of_the_speech_and_nothing_of_its_loudness(level_dbfs: float, at_s: float) -> None:
    sound = speech_at(level_dbfs)
    plain = prepare_recording(sound)
    clicked = prepare_recording(click(sound, int(at_s * 8000) % len(sound)))
    assert clicked.trimmed_start_ms == pytest.approx(plain.trimmed_start_ms, abs=5)
    assert clicked.trimmed_end_ms == pytest.approx(plain.trimmed_end_ms, abs=5)
    assert plain.trimmed_start_ms == pytest.approx(500 - EDGE_MS, abs=30)
    assert plain.trimmed_end_ms == pytest.approx(1500 - EDGE_MS, abs=30)
    assert lufs(clicked.pcm / 32767) == pytest.approx(-19, abs=1)
    if level_dbfs < -20:
        assert "spike_lowered" in codes(clicked)
    assert "spike_lowered" not in codes(plain)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    level_dbfs=st.floats(-45, -1),
    pauses_s=st.tuples(st.floats(0, 3), st.floats(0, 3)),
    signal_to_noise_db=st.one_of(st.none(), st.floats(10, 60)),
    clicks=st.lists(st.floats(0, 1), max_size=4),
)
def test_speech_is_never_cut(
    seed: int,
    level_dbfs: float,
    pauses_s: tuple[float, float],
    signal_to_noise_db: float | None,
    clicks: list[float],
) -> None:
    before, after = map(pause, pauses_s)
    sound = np.concatenate([before, syllables(seed) * ratio(level_dbfs), after])
    if signal_to_noise_db is not None:
        sound += np.random.default_rng(seed).normal(0, ratio(level_dbfs - 9 - signal_to_noise_db), len(sound))
    for place in clicks:
        sound = click(sound, int(place * (len(sound) - 40)))
    prepared = prepare_recording(sound)
    # The first and last 10 ms of a syllable swell from nothing.
    assert prepared.trimmed_start_ms <= len(before) / 8 + 10
    assert prepared.trimmed_end_ms <= len(after) / 8 + 10
    assert np.max(np.abs(prepared.pcm)) <= 32767 * ratio(-0.99)


@pytest.mark.parametrize("noise_dbfs", [None, -70])
def test_a_long_pause_around_speech_goes_and_is_told(noise_dbfs: float | None) -> None:
    sound = speech_at(-12, before_s=2.0, after_s=4.0)
    if noise_dbfs is not None:
        sound += np.random.default_rng(3).normal(0, ratio(noise_dbfs), len(sound))
    prepared = prepare_recording(sound)
    assert prepared.trimmed_start_ms == pytest.approx(2000 - EDGE_MS, abs=30)
    assert prepared.trimmed_end_ms == pytest.approx(4000 - EDGE_MS, abs=120)
    (warning,) = prepared.warnings
    assert warning.code == "much_trimmed"
    assert f"{prepared.trimmed_start_ms / 1000:.1f} s of silence" in warning.message
    assert f"{prepared.trimmed_end_ms / 1000:.1f} s after it" in warning.message


def test_a_short_pause_goes_without_a_warning() -> None:
    prepared = prepare_recording(speech_at(-12, 0.2, 0.3))
    assert prepared.trimmed_start_ms > 100
    assert prepared.warnings == ()


@pytest.mark.parametrize("fade_db_per_s", [8, 15, 25])
@pytest.mark.parametrize("after_s", [0.0, 1.0])
def test_a_fade_stays_as_long_as_it_can_be_heard(fade_db_per_s: float, after_s: float) -> None:
    time_s = np.arange(8000 * 5) / 8000
    fade_s = 60 / fade_db_per_s
    level = ratio(-6) * 10 ** (-fade_db_per_s * np.clip(time_s - 1, 0, fade_s) / 20)
    audible_s = min(5.0, 1 + fade_s)
    sound = (np.sin(2 * np.pi * 440 * time_s) * level)[: int(audible_s * 8000)]
    falling = prepare_recording(np.concatenate([sound, pause(after_s)]))
    rising = prepare_recording(np.concatenate([pause(after_s), sound[::-1]]))
    assert falling.trimmed_end_ms <= after_s * 1000
    assert rising.trimmed_start_ms <= after_s * 1000
    assert falling.trimmed_end_ms >= after_s * 1000 - 200


def test_a_linear_fade_to_nothing_stays() -> None:
    time_s = np.arange(8000 * 4) / 8000
    sound = np.sin(2 * np.pi * 300 * time_s) * np.linspace(0.5, 0, len(time_s))
    assert prepare_recording(sound).trimmed_end_ms <= 20


def test_a_quiet_last_sentence_after_a_loud_one_stays() -> None:
    sound = np.concatenate([syllables(1), pause(0.4), syllables(2) * ratio(-36)])
    assert prepare_recording(sound).trimmed_end_ms == 0


@pytest.mark.parametrize("hum_dbfs", [-50, -30])
def test_hum_below_the_telephones_band_is_no_sound(hum_dbfs: float) -> None:
    sound = speech_at(-30, 1.0, 1.0)
    sound += ratio(hum_dbfs) * np.sin(2 * np.pi * 50 * np.arange(len(sound)) / 8000)
    prepared = prepare_recording(sound)
    assert prepared.trimmed_start_ms == pytest.approx(1000 - EDGE_MS, abs=30)
    assert prepared.trimmed_end_ms == pytest.approx(1000 - EDGE_MS, abs=30)


def test_a_bang_of_a_third_of_a_second_decides_nothing() -> None:
    sound = speech_at(-40)
    sound[:2400] += 0.9 * np.sin(np.arange(2400) / 3)
    prepared = prepare_recording(sound)
    assert prepared.trimmed_start_ms == 0
    assert prepared.trimmed_end_ms == pytest.approx(1500 - EDGE_MS, abs=100)
    speech = prepared.pcm[4400 : 4400 + len(syllables(1))] / 32767
    assert lufs(speech) > -28, "the speech was at -50"


def test_a_rooms_hiss_counts_as_silence() -> None:
    sound = speech_at(-8, 1.0, 1.0)
    prepared = prepare_recording(sound + np.random.default_rng(1).normal(0, ratio(-55), len(sound)))
    assert prepared.trimmed_start_ms > 800
    assert prepared.trimmed_end_ms > 600


SILENT = {
    "zeros": np.zeros(8000),
    "too quiet": np.full(8000, 0.0002),
    "only an offset": np.full(8000, 0.7),
    "no numbers": np.full(800, np.nan),
    "one sample": np.array([0.5]),
    "a click": click(np.zeros(16_000), 8000),
    "a switched-off microphone": np.random.default_rng(5).normal(0, ratio(-65), 16_000),
    "a click over a switched-off microphone": click(np.random.default_rng(5).normal(0, ratio(-65), 16_000), 5000),
}


@pytest.mark.parametrize("nothing", SILENT.values(), ids=SILENT.keys())
def test_what_has_no_sound_is_refused_with_the_way_to_mean_it(nothing: NDArray[np.float64]) -> None:
    with pytest.raises(SilentAudio, match="silence=keep"):
        prepare_recording(nothing)


@pytest.mark.parametrize("nothing", SILENT.values(), ids=SILENT.keys())
def test_silence_on_purpose_keeps_its_length(nothing: NDArray[np.float64]) -> None:
    prepared = prepare_recording(nothing, keep_silence=True)
    assert 0 <= len(prepared.pcm) - len(nothing) < 8
    assert (prepared.trimmed_start_ms, prepared.trimmed_end_ms) == (0, 0)


@pytest.mark.parametrize("noise_dbfs", [-120, -65])
def test_short_beeps_are_sound_where_there_is_nothing_else(noise_dbfs: float) -> None:
    sound = np.random.default_rng(6).normal(0, ratio(noise_dbfs), 16_000)
    beep = 0.3 * np.sin(2 * np.pi * 500 * np.arange(160) / 8000)
    for at in (4000, 8000, 12_000):
        sound[at : at + 160] += beep
    prepared = prepare_recording(sound)
    assert prepared.trimmed_start_ms <= 500
    assert prepared.trimmed_end_ms <= 480
    assert np.max(np.abs(prepared.pcm)) > 15_000


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 700), st.floats(-1e6, 1e6), st.booleans()), min_size=1, max_size=8),
    st.booleans(),
)
def test_any_samples_are_a_prompt_or_silence(parts: list[tuple[int, float, bool]], keep_silence: bool) -> None:
    waves = [np.sin(np.arange(length)) if wavy else np.ones(length) for length, _, wavy in parts]
    sound = np.concatenate([wave * level for wave, (_, level, _) in zip(waves, parts, strict=True)])
    try:
        prepared = prepare_recording(sound, keep_silence)
    except SilentAudio:
        assert not keep_silence
    else:
        assert len(prepared.pcm) % 8 == 0
        assert prepared.trimmed_start_ms >= 0
        assert prepared.trimmed_end_ms >= 0


def test_nothing_at_all_is_no_silence_either() -> None:
    with pytest.raises(SilentAudio):
        prepare_recording(np.zeros(0), keep_silence=True)


def test_pauses_around_speech_on_purpose_stay_at_the_one_loudness() -> None:
    sound = speech_at(-30, 1.0, 2.0)
    prepared = prepare_recording(sound, keep_silence=True)
    assert len(prepared.pcm) == pytest.approx(len(sound), abs=8)
    assert lufs(prepared.pcm / 32767) == pytest.approx(-19, abs=1)


def test_a_very_quiet_recording_is_told() -> None:
    assert "very_quiet" in codes(prepare_recording(speech_at(-46)))
    assert "very_quiet" not in codes(prepare_recording(speech_at(-20)))


@pytest.mark.parametrize("scale", [1e-2, 1.0, 300.0, 32768.0])
def test_the_scale_of_the_samples_changes_nothing(scale: float) -> None:
    prepared = prepare_recording(syllables(7) * scale)
    assert lufs(prepared.pcm / 32767) == pytest.approx(-19, abs=1)


def test_an_offset_is_taken_out() -> None:
    prepared = prepare_recording(speech_at(-12, 0.5, 0.5) + 0.2)
    assert abs(int(np.median(prepared.pcm))) <= 40
    assert prepared.trimmed_start_ms == pytest.approx(500 - EDGE_MS, abs=30)
