"""Every language of Kokoro, each by its first voice: a sentence of a menu, heard as long as its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tts.kokoro_files import kokoro_voices_dir
from tts.library.kokoro import STYLES
from tts.library.samples import sample_of
from tts.server.engine import SpeechEngine
from tts.server.voices import VoiceTable

FIRST = {style.language: style.name for style in reversed(STYLES)}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SpeechEngine:
    return SpeechEngine(tmp_path_factory.mktemp("prompts"), VoiceTable(kokoro_voices_dir()))


@pytest.mark.parametrize(("language", "name"), sorted(FIRST.items()))
def test_a_sentence_in_each_language(engine: SpeechEngine, language: str, name: str) -> None:
    text = sample_of(language)
    spoken = engine.speak(text, name)
    assert (spoken.voice, spoken.engine) == (name, "kokoro")
    # Menus are spoken at some 15 letters a second.
    assert 0.4 < spoken.duration_ms / 1000 / (len(text) / 15) < 2.5
    assert (Path(engine.prompts_dir) / spoken.file).is_file()
