"""The section `listening` of the measurements, and prompts for somebody to hear."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import soundfile

from benchmarks.listening.measure import measure_voice
from benchmarks.listening.prompts import LANGUAGES, family, to_hear
from benchmarks.listening.recognisers import Moonshine, PocketSphinx, Recogniser
from benchmarks.listening.telephone import RATE_HZ, read_prompt, through_g711
from tts.server.engine import SpeechEngine
from tts.server.voices import Voice, VoiceTable

Say = Callable[[str], None]
HOME = "DIGITREE_HOME"
_RECOGNISED = "en"


def listening(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Every voice of the home, one after the other. Raises NoRecogniser where the better one cannot be had."""
    return {"voices": dict(measured((), say, size))}


def measured(wanted: Sequence[str], say: Say, size: float = 1.0) -> Iterator[tuple[str, dict[str, Any]]]:
    """The named voices, or all; those that speak no language of the prompts are left out. VoiceNotFound,
    NoRecogniser."""
    moonshine = Moonshine(_home() / "recognisers")
    with _engine() as engine:
        for voice in _voices(engine, wanted):
            language = family(voice.language)
            prompts = LANGUAGES[language][: max(1, round(len(LANGUAGES[language]) * size))]
            # PocketSphinx gets used to what it hears, so each voice has one of its own.
            used: list[Recogniser] = [moonshine, PocketSphinx()] if language == _RECOGNISED else []
            found = measure_voice(engine, voice.id, prompts, used, say)
            yield voice.id, {"language": voice.language, "engine": voice.engine, **found.summary()}


def leave_wavs(wanted: Sequence[str], directory: Path, say: Say) -> int:
    """Five prompts of each voice as a caller hears them; how many files there are."""
    directory.mkdir(parents=True, exist_ok=True)
    files = 0
    with _engine() as engine:
        for voice in _voices(engine, wanted):
            say(voice.id)
            for number, prompt in enumerate(to_hear(family(voice.language)), 1):
                spoken = engine.speak(prompt.text, voice.id)
                line = through_g711(read_prompt(engine.prompts_dir / spoken.file))
                soundfile.write(directory / f"{voice.id}-{number}.wav", line, RATE_HZ)
                files += 1
    return files


def _voices(engine: SpeechEngine, wanted: Sequence[str]) -> list[Voice]:
    voices = [engine.voices.resolve(each) for each in wanted] or engine.voices.all()
    return [each for each in voices if family(each.language) in LANGUAGES]


@contextmanager
def _engine() -> Iterator[SpeechEngine]:
    with TemporaryDirectory(prefix="digitree-listening-") as place:
        yield SpeechEngine(Path(place), VoiceTable(_home() / "voices"))


def _home() -> Path:
    return Path(os.environ.get(HOME, ".digitree")).absolute()
