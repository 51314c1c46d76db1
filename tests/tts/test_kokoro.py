"""Kokoro: what its model is given, how it is put together, and a word of it as callers hear it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tts.kokoro_files import kokoro_voices_dir
from tests.tts.samples import lufs, read_prompt
from tts.library.kokoro import MODEL_BYTES, STYLES, model_path, style_path
from tts.library.kokoro_packages import add_kokoro, remove_kokoro
from tts.library.places import VoiceError
from tts.server.engine import SpeechEngine
from tts.server.engines.kokoro import _TOKENS, tokens_of
from tts.server.voices import VoiceTable

_WRITTEN = {number: phoneme for phoneme, number in _TOKENS.items()}


def written(phonemes: str, language: str) -> str:
    return "".join(_WRITTEN[token] for token in tokens_of(phonemes, language))


@pytest.mark.parametrize(
    ("phonemes", "language", "expected"),
    [
        ("tʃˈeɪndʒ jʊɹ tʃˈɔɪs?", "en-us", "ʧˈAnʤ jʊɹ ʧˈYs?"),
        ("lˈɪɾəl bˈʌʔn̩, bˈɜːd nˌɪɹ", "en-us", "lˈɪTᵊl bˈʌtn, bˈɜɹd nˌɪɹ"),
        ("ˈoʊ mˈaɪ.", "en-us", "ˈO mˈI."),
        ("wˌeəɹ, ˈəʊ nˈəʊ", "en-gb-x-rp", "wˌɛːɹ, ˈQ nˈQ"),
        ("ɡɾˈatsje", "it", "ɡɾˈaʦje"),
        ("c\u0327a", "fr", "ça"),
        ("a\u0329☎b", "es", "ᵊab"),
    ],
)
def test_espeaks_phonemes_are_written_in_the_models_alphabet(phonemes: str, language: str, expected: str) -> None:
    assert written(phonemes, language) == expected


def test_the_alphabet_has_the_places_that_the_model_was_trained_with() -> None:
    places = {";": 1, " ": 16, "A": 24, "I": 25, "O": 31, "T": 36, "a": 43, "z": 68, "ɹ": 123, "ʧ": 133, "ˈ": 156}
    assert {phoneme: _TOKENS[phoneme] for phoneme in places} == places
    assert len(_TOKENS) == 114


def fake_kokoro(voices_dir: Path) -> None:
    """Files of the right names and sizes, without their content."""
    model_path(voices_dir).parent.mkdir(parents=True)
    with model_path(voices_dir).open("wb") as file:
        file.truncate(MODEL_BYTES)
    for style in STYLES:
        style_path(voices_dir, style.name).touch()


def test_once_it_is_there_rachel_is_one_of_its_women_and_its_licence_allows_commerce(tmp_path: Path) -> None:
    fake_kokoro(tmp_path)
    table = VoiceTable(tmp_path)
    rachel = table.resolve("rachel")
    assert (rachel.id, rachel.language, rachel.licence.name, rachel.licence.commerce) == (
        "af_heart", "en-us", "Apache-2.0", "yes",
    )  # fmt: skip
    assert not rachel.live
    assert table.resolve("joe").engine == "piper"
    assert remove_kokoro(tmp_path)
    assert table.resolve("rachel").id == "joe"


def test_half_a_model_is_no_voice(tmp_path: Path) -> None:
    fake_kokoro(tmp_path)
    with model_path(tmp_path).open("r+b") as file:
        file.truncate(MODEL_BYTES - 1)
    assert VoiceTable(tmp_path).names() == ["joe", "rachel"]


def test_packages_that_are_missing_or_others_change_nothing(tmp_path: Path) -> None:
    packages, voices_dir = tmp_path / "packages", tmp_path / "voices"
    packages.mkdir()
    with pytest.raises(VoiceError, match=r"kokoro-js-1\.2\.1\.tgz is not in"):
        add_kokoro(voices_dir, packages, lambda text: None)
    (packages / "kokoro-js-1.2.1.tgz").write_bytes(b"another package")
    with pytest.raises(VoiceError, match="damaged or of another version"):
        add_kokoro(voices_dir, packages, lambda text: None)
    assert list(voices_dir.iterdir()) == []


def test_a_word_of_kokoro_is_a_prompt_like_any_other(tmp_path: Path) -> None:
    engine = SpeechEngine(tmp_path, VoiceTable(kokoro_voices_dir()))
    instead = engine.speak("Goodbye.", "af_heart", in_call=True)
    assert instead.voice == "joe", "no caller waits for Kokoro"
    spoken = engine.speak("Goodbye.", "rachel")
    assert (spoken.voice, spoken.engine, spoken.cached) == ("af_heart", "kokoro", False)
    assert lufs(read_prompt(tmp_path / spoken.file)) == pytest.approx(-19, abs=1.5)
    assert 400 < spoken.duration_ms < 1500
    assert engine.speak("Goodbye.", "af_heart", in_call=True).file == spoken.file
    faster = engine.speak("Goodbye.", "af_heart", rate=1.6)
    assert faster.file != spoken.file
    assert faster.duration_ms < spoken.duration_ms


def test_a_word_in_a_call_is_spoken_by_a_fast_voice_of_its_language(tmp_path: Path) -> None:
    fake_kokoro(tmp_path)
    for name, language in (("es_MX-ana-high", "es-419"), ("en_GB-alba-medium", "en-gb-x-rp")):
        config = {"audio": {"sample_rate": 22050}, "espeak": {"voice": language}}
        (tmp_path / f"{name}.onnx").touch()
        (tmp_path / f"{name}.onnx.json").write_text(json.dumps(config))
    table = VoiceTable(tmp_path)
    engine = SpeechEngine(tmp_path, table)
    wanted = {"ef_dora": "es_MX-ana-high", "ff_siwis": "joe", "rachel": "joe"}
    assert {name: engine._stand_in(table.resolve(name), in_call=True).id for name in wanted} == wanted
