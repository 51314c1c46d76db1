"""Words spoken in a call: once for all calls, never waited for longer than a call may wait."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from esl_server.speech import MAX_AT_ONCE, MAX_KNOWN, CallSpeech
from ivr.domain.menu.published import PromptFile
from tts.client.errors import TtsUnavailable, VoiceNotFound
from tts.client.results import Speech

PATIENCE_S = 20


class Client:
    """A speech process that answers when `go` is set."""

    def __init__(self) -> None:
        self.go, self.asked = Event(), Event()
        self.go.set()
        self.said: list[str] = []
        self.wanted: list[str] = []
        self.fault: Exception | None = None
        self.instead = ""

    def speak(self, text: str, voice: str, *, in_call: bool) -> Speech:
        self.said.append(text)
        self.asked.set()
        self.go.wait()
        if self.fault is not None:
            raise self.fault
        return Speech(f"{text}.wav", voice, "model", 700, cached=False, instead_because=self.instead)

    def want_pieces(self, voice: str) -> bool:
        self.wanted.append(voice)
        self.go.wait()
        if self.fault is not None:
            raise self.fault
        return voice == "joe"


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.go.set()


@pytest.fixture
def speech(client: Client) -> CallSpeech:
    return CallSpeech(client, wait_s=PATIENCE_S)


def late(speech: CallSpeech) -> float:
    """A deadline that has passed."""
    return speech.deadline() - PATIENCE_S


def test_the_same_words_are_spoken_once(speech: CallSpeech, client: Client) -> None:
    for _ in range(3):
        assert speech.speak("Ann", "joe", speech.deadline()) == PromptFile("Ann.wav", 700)
    assert client.said == ["Ann"]
    speech.forget("Ann", "joe")
    speech.speak("Ann", "joe", speech.deadline())
    assert client.said == ["Ann", "Ann"]


def test_words_of_another_voice_are_asked_for_again(speech: CallSpeech, client: Client) -> None:
    client.instead = "it takes too long"
    for _ in range(2):
        assert speech.speak("Ann", "ef_dora", speech.deadline()) == PromptFile("Ann.wav", 700)
    assert client.said == ["Ann", "Ann"]


def test_calls_that_want_the_same_words_at_once_share_a_request(speech: CallSpeech, client: Client) -> None:
    client.go.clear()
    calls = [gevent.spawn(speech.speak, "Ann", "joe", speech.deadline()) for _ in range(10)]
    assert client.asked.wait(PATIENCE_S)
    client.go.set()
    gevent.joinall(calls, timeout=PATIENCE_S)
    assert {call.value for call in calls} == {PromptFile("Ann.wav", 700)}
    assert client.said == ["Ann"]


def test_what_comes_too_late_is_there_for_the_next_call(speech: CallSpeech, client: Client) -> None:
    client.go.clear()
    assert speech.speak("Ann", "joe", late(speech)) is None
    client.go.set()
    assert speech.speak("Ann", "joe", speech.deadline()) == PromptFile("Ann.wav", 700)
    assert client.said == ["Ann"]


def test_a_speech_process_that_hangs_holds_few_requests(speech: CallSpeech, client: Client) -> None:
    client.go.clear()
    for number in range(MAX_AT_ONCE + 5):
        assert speech.speak(str(number), "joe", late(speech)) is None
    gevent.sleep(0)
    assert len(client.said) == MAX_AT_ONCE
    client.go.set()
    assert speech.speak("0", "joe", speech.deadline()) is not None


@pytest.mark.parametrize("fault", [TtsUnavailable("away"), VoiceNotFound("bob", ["joe"])])
def test_no_speech_is_no_fault_of_the_call_and_is_asked_again(
    speech: CallSpeech, client: Client, fault: Exception
) -> None:
    client.fault = fault
    assert speech.speak("Ann", "joe", speech.deadline()) is None
    assert speech.want_pieces("joe", speech.deadline())
    client.fault = None
    assert speech.speak("Ann", "joe", speech.deadline()) is not None


def test_what_is_known_is_bounded(speech: CallSpeech, client: Client) -> None:
    for number in range(MAX_KNOWN + 1):
        speech.speak(str(number), "joe", speech.deadline())
    speech.speak("1", "joe", speech.deadline())
    assert client.said.count("1") == 1
    speech.speak("0", "joe", speech.deadline())
    assert client.said.count("0") == 2


def test_pieces_are_wanted_once_a_minute_and_the_voice_may_speak_no_english(
    speech: CallSpeech, client: Client
) -> None:
    assert [speech.want_pieces(voice, speech.deadline()) for voice in ("joe", "dave", "joe", "dave")] == [
        True, False, True, False
    ]  # fmt: skip
    assert client.wanted == ["joe", "dave"]
    client.go.clear()
    assert speech.want_pieces("eva", late(speech)), "not known in time: as most voices"
