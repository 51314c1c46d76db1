"""The section `listening` of the measurements.

    python -m benchmarks.listening --wavs DIR    leaves five prompts of each voice, too, as a caller hears them
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.listening.measure import VoiceMeasured, measure_voice
from benchmarks.listening.prompts import PROMPTS
from benchmarks.listening.recognisers import Moonshine, PocketSphinx, Recogniser
from tts.server.engine import SpeechEngine
from tts.server.voices import VoiceTable

Say = Callable[[str], None]
HOME = "DIGITREE_HOME"


def listening(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Every voice of the home, one after the other. Raises NoRecogniser where the better one cannot be had."""
    return listen(say, size=size)


def listen(say: Say, *, size: float = 1.0, wavs: Path | None = None) -> dict[str, Any]:
    home = Path(os.environ.get(HOME, ".digitree")).absolute()
    recognisers: list[Recogniser] = [Moonshine(home / "recognisers"), PocketSphinx()]
    prompts = PROMPTS[: max(1, round(len(PROMPTS) * size))]
    with TemporaryDirectory(prefix="digitree-listening-") as place:
        engine = SpeechEngine(Path(place), VoiceTable(home / "voices"))
        voices = [voice.id for voice in engine.voices.all()]
        found = {each: measure_voice(engine, each, prompts, recognisers, say, wavs) for each in voices}
    return {"prompts": len(prompts), "voices": {name: _summary(each) for name, each in found.items()}}


def _summary(found: VoiceMeasured) -> dict[str, Any]:
    levels = found.levels
    loudness, spread = found.lufs
    return {
        "word_error": {name: round(found.word_error(name), 3) for name in found.read},
        "lufs": loudness,
        "lufs_spread": spread,
        "peak_dbfs": max(each.peak_dbfs for each in levels),
        "clipped": sum(each.clipped for each in levels),
        "before_ms": round(median(each.before_ms for each in levels)),
        "after_ms": round(median(each.after_ms for each in levels)),
        "words_per_minute": round(found.words_per_minute),
        "real_time": round(found.made_s / sum(each.speech_s for each in levels), 2),
    }
