from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tts.conftest import SpeechProcess, secret
from tests.tts.samples import read_prompt
from tts.client import system_prompts
from tts.client.client import TtsClient, TtsUnavailable
from tts.client.system_prompts import SYSTEM_PROMPTS, ensure_system_prompts

NAMES = {
    *("invalid", "goodbye", "apology", "opted_out", "trouble", "press", "or", "star", "pound", "sample_agent"),
    *("number_unknown", "key_number", "confirm_number", "not_recorded", "call_recorded"),
    *"0123456789",
}


@pytest.fixture
def prompts(client: TtsClient, speech: SpeechProcess) -> Path:
    ensure_system_prompts(client, speech.prompts)
    return speech.prompts


@pytest.fixture
def away(free_port: int) -> TtsClient:
    """A client whose speech process is not there."""
    return TtsClient(f"http://127.0.0.1:{free_port}", secret)


def test_every_system_prompt_can_be_heard(prompts: Path) -> None:
    assert set(SYSTEM_PROMPTS) == NAMES
    for name in NAMES:
        assert len(read_prompt(prompts / "system" / f"{name}.wav")) > 8 * 150


def test_the_fragments_joined_are_about_as_long_as_the_sentence_spoken(client: TtsClient, prompts: Path) -> None:
    joined = sum(len(read_prompt(prompts / "system" / f"{name}.wav")) for name in ("press", "1", "or", "9")) / 8
    spoken = client.speak("Press 1, or 9.", "joe").duration_ms
    assert 0.6 * spoken < joined < 1.4 * spoken


def test_with_all_of_them_there_no_speech_process_is_needed(prompts: Path, away: TtsClient) -> None:
    assert ensure_system_prompts(away, prompts) == []


def test_what_is_missing_or_damaged_is_made_again_and_progress_is_told(client: TtsClient, prompts: Path) -> None:
    (prompts / "system" / "goodbye.wav").unlink()
    (prompts / "system" / "7.wav").write_bytes(b"RIFF")
    told: list[tuple[str, int, int]] = []
    assert ensure_system_prompts(client, prompts, lambda *step: told.append(step)) == ["goodbye", "7"]
    assert told == [("goodbye", 1, 2), ("7", 2, 2)]
    assert ensure_system_prompts(client, prompts) == []


def test_a_changed_wording_is_spoken_anew(
    client: TtsClient, prompts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (prompts / "system" / "goodbye.wav").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(system_prompts, "SYSTEM_PROMPTS", {**SYSTEM_PROMPTS, "goodbye": "Farewell, then."})
        assert ensure_system_prompts(client, prompts) == ["goodbye"]
        assert (prompts / "system" / "goodbye.wav").read_bytes() != before
    assert ensure_system_prompts(client, prompts) == ["goodbye"]
    assert (prompts / "system" / "goodbye.wav").read_bytes() == before


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"goodbye": 1})])
def test_a_damaged_manifest_only_costs_work(client: TtsClient, prompts: Path, content: str) -> None:
    (prompts / "system" / "manifest.json").write_text(content)
    assert set(ensure_system_prompts(client, prompts)) == NAMES
    assert ensure_system_prompts(client, prompts) == []


def test_without_speech_what_is_there_stays(prompts: Path, away: TtsClient) -> None:
    (prompts / "system" / "trouble.wav").unlink()
    with pytest.raises(TtsUnavailable):
        ensure_system_prompts(away, prompts)
    assert {path.stem for path in (prompts / "system").glob("*.wav")} == NAMES - {"trouble"}
