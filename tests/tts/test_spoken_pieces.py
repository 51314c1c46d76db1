"""The recorded pieces of spoken variables, made by the real speech process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.domain.spoken import pieces
from ivr.domain.spoken.pieces import PAUSE, PAUSE_MS
from ivr.storage.disk.prompt_files import PromptFiles
from tests.helpers import wait_until
from tests.tts.conftest import SpeechProcess, secret
from tests.tts.kokoro_files import kokoro_voices_dir
from tts.client.client import TtsClient
from tts.client.errors import VoiceNotFound
from tts.client.wav_files import find_duration_ms
from tts.server import pieces as making
from tts.server.engine import SpeechEngine
from tts.server.engines import Sound
from tts.server.models import Models
from tts.server.pieces import PieceMaker
from tts.server.voices import Voice, VoiceTable


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Only a few pieces are recorded in this process: all of them take half a minute."""
    wanted = {name: pieces.RECORDED[name] for name in ("n5", "n5-end", "dollars-end")}
    monkeypatch.setattr(making, "RECORDED", wanted)
    return set(wanted)


@pytest.fixture
def maker(tmp_path: Path) -> PieceMaker:
    (tmp_path / "prompts").mkdir()
    return PieceMaker(SpeechEngine(tmp_path / "prompts", VoiceTable(tmp_path / "voices")))


def test_the_pieces_of_a_voice_are_made_once(maker: PieceMaker, few: set[str], tmp_path: Path) -> None:
    paths = PromptFiles(tmp_path / "prompts")
    assert set(maker.make("joe")) == few
    assert maker.make("joe") == []
    lengths = {name: find_duration_ms(paths.piece("joe", name)) for name in few}
    assert all(150 < (length or 0) < 1200 for length in lengths.values())
    assert find_duration_ms(paths.piece("joe", PAUSE)) == PAUSE_MS


def test_a_voice_by_another_name_has_its_pieces_under_that(
    maker: PieceMaker, few: set[str], tmp_path: Path
) -> None:
    assert set(maker.make("rachel")) == few
    assert PromptFiles(tmp_path / "prompts").piece("rachel", "n5").is_file()


def test_a_damaged_piece_is_made_again(maker: PieceMaker, few: set[str], tmp_path: Path) -> None:
    maker.make("joe")
    PromptFiles(tmp_path / "prompts").piece("joe", "n5").write_bytes(b"RIFF")
    assert maker.make("joe") == ["n5"]


def test_the_speech_process_makes_them_when_it_is_asked(own_speech: Callable[[], SpeechProcess]) -> None:
    process = own_speech()
    with TtsClient(process.url, secret) as client:
        assert client.want_pieces("joe")
        assert client.want_pieces("joe")
        wait_until(lambda: PromptFiles(process.prompts).piece("joe", "n0").is_file(), 60, "a piece is made")
        with pytest.raises(VoiceNotFound):
            client.want_pieces("bob")


@pytest.mark.parametrize(("voice", "name"), [("../etc", "n5"), ("joe", "../n5"), ("", "n5"), ("joe", "")])
def test_no_other_file_is_named_as_a_piece(tmp_path: Path, voice: str, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a piece"):
        PromptFiles(tmp_path).piece(voice, name)


class CountedModels(Models):
    """The voices whose model was used."""

    def __init__(self) -> None:
        super().__init__()
        self.used: list[str] = []

    def synthesise(self, text: str, voice: Voice, rate: float = 1.0) -> Sound:
        self.used.append(voice.id)
        return super().synthesise(text, voice, rate)


def test_a_voice_that_is_asked_for_pieces_is_first_made_ready_for_words_in_calls(
    few: set[str], tmp_path: Path
) -> None:
    (tmp_path / "prompts").mkdir()
    models, paths = CountedModels(), PromptFiles(tmp_path / "prompts")
    maker = PieceMaker(SpeechEngine(tmp_path / "prompts", VoiceTable(tmp_path / "voices"), models))
    maker.make("joe")
    models.used.clear()
    assert maker.want("joe")
    wait_until(lambda: not maker.is_making("joe"), 60, "the voice is ready")
    assert models.used == ["joe"]
    assert paths.piece("joe", "n5").is_file()


def test_a_slow_voices_stand_in_is_made_ready(tmp_path: Path) -> None:
    models = CountedModels()
    SpeechEngine(tmp_path, VoiceTable(kokoro_voices_dir()), models).warm("af_heart")
    assert models.used == ["joe"]
