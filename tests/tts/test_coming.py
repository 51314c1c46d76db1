"""A word of a call in a language that no fast voice speaks: another voice's now, its own in the calls to come."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import wait_until
from tests.tts.test_kokoro import fake_kokoro
from tts.client.errors import SynthesisFailed
from tts.client.results import Speech
from tts.server.coming import MAX_COMING, Coming
from tts.server.engine import SpeechEngine
from tts.server.engines import Sound
from tts.server.voices import Voice, VoiceTable


class Tones:
    """Stands for the models: half a second of a tone, and who spoke."""

    def __init__(self) -> None:
        self.spoke: list[str] = []

    def synthesise(self, words: str, voice: Voice, rate: float) -> Sound:
        self.spoke.append(voice.id)
        tone = np.sin(np.arange(12_000) * 2 * np.pi * 440 / 24_000)
        return Sound((tone * 0.5).astype(np.float32), 24_000)


@pytest.fixture
def engine(tmp_path: Path) -> SpeechEngine:
    voices = tmp_path / "voices"
    fake_kokoro(voices)
    models: Any = Tones()
    (tmp_path / "prompts").mkdir()
    return SpeechEngine(tmp_path / "prompts", VoiceTable(voices), models)


def test_a_spanish_word_is_spanish_from_the_second_call_on(engine: SpeechEngine) -> None:
    assert engine.speak("3", "ef_dora", in_call=True).voice == "joe"
    wait_until(lambda: engine.speak("3", "ef_dora", in_call=True).voice == "ef_dora", 60, "the voice has said it")
    said = engine.speak("3", "ef_dora", in_call=True)
    assert (said.spoken_as, said.instead_because) == ("tres", "")


def test_an_english_word_is_left_to_the_fast_voice(engine: SpeechEngine) -> None:
    for _ in range(2):
        assert engine.speak("3", "af_heart", in_call=True).voice == "joe"
    assert engine._models.spoke == ["joe"]  # type: ignore[attr-defined]


def test_a_word_is_made_once_and_few_are_made_at_a_time() -> None:
    may_speak, said = threading.Event(), []
    voice = Voice("eva", "Eva", "es", "eva")

    def speak(text: str, voice: Voice, fragment: bool, rate: float) -> Speech:
        said.append(text)
        may_speak.wait()
        raise SynthesisFailed("no sound")

    coming = Coming(speak)
    for number in range(MAX_COMING + 5):
        for _ in range(2):
            coming.speak(str(number), voice, False, 1.0)
    may_speak.set()
    wait_until(lambda: not coming._wanted, 20, "all are said")
    assert sorted(said, key=int) == [str(number) for number in range(MAX_COMING)]
