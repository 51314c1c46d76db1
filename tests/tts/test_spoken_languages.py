"""System prompts in the languages that this machine's voices speak."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ivr.domain.system_prompts.languages import LANGUAGES
from ivr.storage.disk.prompt_files import PromptFiles, write_wav
from tests.helpers import wait_until
from tests.tts.conftest import SpeechProcess, secret
from tts.client.client import TtsClient
from tts.client.errors import SynthesisFailed
from tts.client.results import Speech
from tts.library.licences import UNKNOWN, Licence
from tts.server.system_prompts import SystemPromptMaker
from tts.server.voices import Voice, VoiceTable

JOE = Voice("joe", "Joe", "en-us", "joe")
FREE = Licence("Apache-2.0", "yes", "", "")
SPANISH = set(LANGUAGES["es"].prompts)


@dataclass
class Engine:
    """Stands for the speech engine: each text is one of its own, and what was said by whom is noted."""

    prompts_dir: Path
    installed: list[Voice] = field(default_factory=lambda: [JOE])
    said: list[tuple[str, str]] = field(default_factory=list)
    refuses: str = ""
    may_speak: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_speak.set()
        self.voices = SimpleNamespace(all=lambda: self.installed)

    def speak(self, text: str, voice: str, fragment: bool = False) -> Speech:
        self.may_speak.wait()
        if voice == self.refuses:
            raise SynthesisFailed("the model gave no sound")
        self.said.append((voice, text))
        file = f"{len(self.said):032x}.wav"
        write_wav(self.prompts_dir / file, b"\1\0" * 1600)
        return Speech(file, voice, voice, 200, cached=False)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


@pytest.fixture
def maker(engine: Engine) -> SystemPromptMaker:
    return SystemPromptMaker(engine)  # type: ignore[arg-type]


def speaking(voice: str, language: str, licence: Licence = FREE, **more: Any) -> Voice:
    return Voice(voice, voice, language, voice, licence=licence, **more)


def test_with_an_english_voice_alone_nothing_is_spoken(maker: SystemPromptMaker, engine: Engine) -> None:
    assert maker.want() == []
    assert maker.make() == {}
    assert not (engine.prompts_dir / "system").exists()


def test_each_language_that_a_voice_speaks_is_spoken_whole(maker: SystemPromptMaker, engine: Engine) -> None:
    engine.installed += [speaking("eva", "es"), speaking("bia", "pt-br"), speaking("yuki", "ja")]
    assert {language: set(names) for language, names in maker.make().items()} == {
        "es": SPANISH,
        "pt-BR": set(LANGUAGES["pt-BR"].prompts),
    }
    files = PromptFiles(engine.prompts_dir)
    assert all(files.find_system(name, "es") for name in SPANISH)
    assert ("eva", LANGUAGES["es"].sentences["opted_out"]) in engine.said
    assert files.keys_prompt("19", "pt") is not None
    assert maker.make() == {}


def test_what_is_missing_or_damaged_is_spoken_again(maker: SystemPromptMaker, engine: Engine) -> None:
    engine.installed.append(speaking("eva", "es-419"))
    maker.make()
    folder = engine.prompts_dir / "system" / "es"
    (folder / "goodbye.wav").unlink()
    (folder / "7.wav").write_bytes(b"RIFF")
    joined = PromptFiles(engine.prompts_dir).keys_prompt("1", "es")
    assert joined is not None
    assert {language: set(names) for language, names in maker.make().items()} == {"es": {"goodbye", "7"}}
    assert not joined.exists()


def test_the_voice_that_spoke_a_language_goes_on_with_it(maker: SystemPromptMaker, engine: Engine) -> None:
    engine.installed.append(speaking("old", "es", UNKNOWN))
    maker.make()
    engine.installed.append(speaking("best", "es"))
    (engine.prompts_dir / "system" / "es" / "goodbye.wav").unlink()
    assert maker.make() == {"es": ["goodbye"]}
    assert engine.said[-1][0] == "old"


@pytest.mark.parametrize(
    ("language", "voices", "chosen"),
    [
        ("es", [("any", "es", UNKNOWN), ("free", "es", FREE)], "free"),
        ("pt-BR", [("lisbon", "pt-pt", FREE), ("rio", "pt-br", UNKNOWN)], "rio"),
        ("pt-BR", [("lisbon", "pt-pt", FREE)], "lisbon"),
        ("de", [("a", "de", UNKNOWN), ("b", "de", UNKNOWN)], "a"),
    ],
)
def test_the_voice_of_the_country_then_the_one_that_may_be_used(
    maker: SystemPromptMaker, engine: Engine, language: str, voices: list[Any], chosen: str
) -> None:
    engine.installed += [speaking(*each) for each in voices]
    assert list(maker.make()) == [language]
    assert {voice for voice, _ in engine.said} == {chosen}


def test_a_voice_that_somebody_else_charges_for_is_not_used_unasked(
    maker: SystemPromptMaker, engine: Engine
) -> None:
    remote: Any = SimpleNamespace(fallback="")
    engine.installed.append(speaking("cloud", "es", remote=remote))
    assert maker.make() == {}


def test_a_language_that_cannot_be_spoken_stops_no_other(maker: SystemPromptMaker, engine: Engine) -> None:
    engine.installed += [speaking("eva", "es"), speaking("ines", "fr")]
    engine.refuses = "eva"
    assert list(maker.make()) == ["fr"]
    engine.refuses = ""
    assert list(maker.make()) == ["es"]


def test_a_voice_that_is_added_while_others_speak_is_not_forgotten(
    maker: SystemPromptMaker, engine: Engine
) -> None:
    engine.installed.append(speaking("eva", "es"))
    engine.may_speak.clear()
    assert maker.want() == ["es"]
    engine.installed.append(speaking("ines", "fr"))
    assert maker.want() == ["es", "fr"]
    engine.may_speak.set()
    files = PromptFiles(engine.prompts_dir)
    names = LANGUAGES["fr"].prompts
    wait_until(lambda: all(files.find_system(name, "fr") for name in names), 60, "French is spoken")


def test_a_running_process_speaks_the_language_of_a_voice_that_was_added(
    own_speech: Callable[[], SpeechProcess],
) -> None:
    process = own_speech()
    with TtsClient(process.url, secret) as client:
        assert client.want_system_prompts() == []
        # A model of English under a Spanish name: what it says is not understood here.
        joe = VoiceTable(process.home / "voices").resolve("joe")
        (process.home / "voices").mkdir()
        shutil.copyfile(joe.model_path, process.home / "voices" / "eva.onnx")
        config = joe.config_path.read_text(encoding="utf-8").replace('"en-us"', '"es"')
        (process.home / "voices" / "eva.onnx.json").write_text(config, encoding="utf-8")
        assert client.want_system_prompts() == ["es"]
        files = PromptFiles(process.prompts)
        wait_until(lambda: files.find_system("invalid", "es") is not None, 60, "Spanish is spoken")
