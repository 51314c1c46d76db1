"""A decoded recording made into its prompt, with warnings for its author. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tts.client.naming import SAMPLE_RATE_HZ
from tts.client.results import RecordingWarning
from tts.server.audio import (
    EDGE_MS,
    Samples,
    SilentAudio,
    as_pcm,
    cut_with_edges,
    fade_edges,
    limit_peaks,
    set_loudness,
)
from tts.server.sound_level import MeasuredSound, find_sound, ms

# How far a peak of speech may exceed its usual peaks.
_HEADROOM = 10 ** (12 / 20)
_MUCH_LOUDER = 4.0
_WORKING_PEAK = 0.25
_VERY_QUIET_DBFS = -50.0
_MUCH_TRIMMED_MS = 1000
_MUCH_TRIMMED_SHARE = 0.2
_ALWAYS_MUCH_MS = 3000
NO_SOUND = (
    "there is no sound in it; if the silence is meant, upload it with ?silence=keep, or confirm it on the page"
)


@dataclass(frozen=True)
class PreparedRecording:
    """16-bit samples at 8 kHz; `trimmed_*_ms` of silence were cut off."""

    pcm: NDArray[np.int16]
    trimmed_start_ms: int = 0
    trimmed_end_ms: int = 0
    warnings: tuple[RecordingWarning, ...] = ()


def prepare_recording(samples: Samples, keep_silence: bool = False) -> PreparedRecording:
    """A recording at the loudness of all prompts, without the silence around its sound; with `keep_silence` its
    length stays. SilentAudio if there is no sound in it and `keep_silence` is not set."""
    finite = np.nan_to_num(np.asarray(samples, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    # A DC offset is no sound but would count as sound. It is measured by the median: the mean of speech is not zero,
    # and subtracting that would put an offset into the silence.
    centred = finite - np.median(finite) if finite.size else finite
    sound = find_sound(centred) if centred.size else None
    if sound is None:
        if not keep_silence or not centred.size:
            raise SilentAudio(NO_SOUND)
        return PreparedRecording(as_pcm(fade_edges(np.clip(centred, -1.0, 1.0))))
    warnings = list(_warnings_of_level(centred, sound))
    calm = limit_peaks(centred * (_WORKING_PEAK / sound.peak), _WORKING_PEAK * _HEADROOM)
    if keep_silence:
        return PreparedRecording(as_pcm(fade_edges(set_loudness(calm))), warnings=tuple(warnings))
    edge = ms(EDGE_MS)
    first, last = sound.first - edge, sound.last + edge
    trimmed_start_ms, trimmed_end_ms = (max(0, cut) * 1000 // SAMPLE_RATE_HZ for cut in (first, len(calm) - last))
    warnings += _warning_of_trimming(trimmed_start_ms, trimmed_end_ms, len(calm) * 1000 // SAMPLE_RATE_HZ)
    pcm = as_pcm(fade_edges(set_loudness(cut_with_edges(calm, first, last), EDGE_MS)))
    return PreparedRecording(pcm, trimmed_start_ms, trimmed_end_ms, tuple(warnings))


def _warnings_of_level(samples: Samples, sound: MeasuredSound) -> list[RecordingWarning]:
    warnings = []
    loudest = int(np.argmax(np.abs(samples)))
    if abs(samples[loudest]) > sound.peak * _HEADROOM * _MUCH_LOUDER:
        at_s = loudest / SAMPLE_RATE_HZ
        text = f"something at {at_s:.1f} s is far louder than the rest, such as a click; it is lowered"
        warnings.append(RecordingWarning("spike_lowered", text))
    if sound.level_dbfs < _VERY_QUIET_DBFS:
        text = "the recording is very quiet; it is made as loud as other prompts, and its noise with it"
        warnings.append(RecordingWarning("very_quiet", text))
    return warnings


def _warning_of_trimming(start_ms: int, end_ms: int, of_ms: int) -> list[RecordingWarning]:
    if start_ms + end_ms < min(max(_MUCH_TRIMMED_MS, _MUCH_TRIMMED_SHARE * of_ms), _ALWAYS_MUCH_MS):
        return []
    text = (
        f"{start_ms / 1000:.1f} s of silence were cut off before the sound and {end_ms / 1000:.1f} s after it, "
        f"of {of_ms / 1000:.1f} s; with ?silence=keep they stay"
    )
    return [RecordingWarning("much_trimmed", text)]
