"""Engines elsewhere, as their makers document them: what they are asked, what is heard, what happens without them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import soundfile

from tests.tts.samples import read_prompt, tone
from tests.tts.web_servers import Answer, Asked, WebServer, web_server
from tts.client.errors import BadRate, EngineFailed
from tts.library.places import VoiceError
from tts.library.remote_voices import RemoteVoice, checked, write_remote_voice
from tts.server.engine import SpeechEngine
from tts.server.engines.remote.polly import signed_headers
from tts.server.models import Models
from tts.server.pieces import PieceMaker
from tts.server.voices import VoiceTable

KEY = "the-key"
# What these engines send: a second of sound at 24 kHz, Polly's at 16 kHz.
_MONO = tone(1.0, 24_000, 1)[:, 0]
PCM_24 = (_MONO * 32767).astype("<i2").tobytes()
PCM_16 = (tone(1.0, 16_000, 1)[:, 0] * 32767).astype("<i2").tobytes()


def wav() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, _MONO, 24_000, format="WAV")
    return file.getvalue()


def streamed_wav() -> bytes:
    """As servers send it that begin before they know its length."""
    content = bytearray(wav())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    return bytes(content)


AUDIO = {"openai": wav(), "elevenlabs": PCM_24, "azure": PCM_24, "polly": PCM_16}
REGIONS = {"azure": "eastus", "polly": "us-east-1"}
MODELS = {"openai": "gpt-4o-mini-tts", "polly": "neural", "elevenlabs": "eleven_multilingual_v2", "azure": ""}


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server(lambda asked: Answer(AUDIO["openai"])) as opened:
        yield opened


@pytest.fixture
def make_engine(tmp_path: Path, server: WebServer) -> Callable[..., SpeechEngine]:
    """A speech engine with a voice `far` at the server."""

    def make(engine: str = "openai", **more: str) -> SpeechEngine:
        voices, prompts = tmp_path / "voices", tmp_path / "prompts"
        voices.mkdir(exist_ok=True)
        prompts.mkdir(exist_ok=True)
        key = "AKID:SECRET" if engine == "polly" else KEY
        given = {"url": server.url, "region": REGIONS.get(engine, ""), "sealed_key": key, **more}
        write_remote_voice(voices, "far", checked(RemoteVoice(engine, "Nova", "en-us", **given)))
        return SpeechEngine(prompts, VoiceTable(voices), Models(lambda sealed: sealed))

    return make


@pytest.mark.parametrize("engine", AUDIO)
def test_each_engine_is_heard_as_a_prompt_like_any_other(
    engine: str, make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    server.answer = lambda asked: Answer(AUDIO[engine])
    speaking = make_engine(engine)
    speech = speaking.speak("Thank you & goodbye.", "far")
    assert (speech.voice, speech.engine, speech.cached, speech.instead_because) == ("far", engine, False, "")
    assert len(read_prompt(speaking.prompts_dir / speech.file)) == speech.duration_ms * 8
    assert 900 < speech.duration_ms < 1200
    assert speaking.speak("Thank you & goodbye.", "far").cached
    assert len(server.asked) == 1


def asked_at(
    engine: str, make_engine: Callable[..., SpeechEngine], server: WebServer, rate: float = 1.1
) -> Asked:
    server.answer = lambda asked: Answer(AUDIO[engine])
    make_engine(engine).speak("Thank you & goodbye.", "far", rate=rate)
    return server.asked[0]


def test_openai_is_asked_as_its_reference_says(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    asked = asked_at("openai", make_engine, server)
    assert (asked.method, asked.headers["authorization"]) == ("POST", f"Bearer {KEY}")
    assert json.loads(asked.body) == {
        "model": "gpt-4o-mini-tts", "input": "Thank you and goodbye.", "voice": "Nova", "response_format": "wav",
        "speed": 1.1,
    }  # fmt: skip


def test_elevenlabs_is_asked_as_its_reference_says(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    asked = asked_at("elevenlabs", make_engine, server)
    assert (asked.path, asked.headers["xi-api-key"]) == ("/Nova?output_format=pcm_24000", KEY)
    assert json.loads(asked.body) == {
        "text": "Thank you and goodbye.", "model_id": "eleven_multilingual_v2", "voice_settings": {"speed": 1.1},
    }  # fmt: skip


def test_azure_is_asked_in_ssml_that_says_the_text_and_nothing_else(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    asked = asked_at("azure", make_engine, server)
    assert asked.headers["ocp-apim-subscription-key"] == KEY
    assert asked.headers["content-type"] == "application/ssml+xml"
    assert asked.headers["x-microsoft-outputformat"] == "raw-24khz-16bit-mono-pcm"
    speak = ElementTree.fromstring(asked.body)  # noqa: S314 - we wrote it
    assert "".join(speak.itertext()) == "Thank you and goodbye."
    assert speak[0].get("name") == "Nova"
    assert speak[0][0].get("rate") == "110%"


def test_polly_is_asked_as_its_reference_says(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    asked = asked_at("polly", make_engine, server)
    assert asked.path == "/v1/speech"
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert json.loads(asked.body) == {
        "Engine": "neural", "OutputFormat": "pcm", "SampleRate": "16000", "TextType": "ssml", "VoiceId": "Nova",
        "Text": '<speak><prosody rate="110%">Thank you and goodbye.</prosody></speak>',
    }  # fmt: skip


def test_pollys_signature_is_that_of_a_second_implementation() -> None:
    """Computed once with botocore's SigV4Auth for this very request."""
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    url = "https://polly.us-east-1.amazonaws.com/v1/speech"
    headers = signed_headers(url, b'{"Text": "Hello."}', "us-east-1", "AKID", "SECRET", now)
    signature = "9ed978f9cfee7241feddcb75f844a4c318ff7811d4d3732f461758e749950908"
    assert headers["authorization"].endswith(f"Signature={signature}")


def test_a_wav_whose_header_does_not_know_its_length_is_heard_whole(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    server.answer = lambda asked: Answer(streamed_wav())
    assert 900 < make_engine().speak("Hello.", "far").duration_ms < 1200


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"{}", 401), "refuses its key"),
        (Answer(b"{}", 429), "quota"),
        (Answer(b"{}", 500), "fault of its own"),
        (Answer(b'{"error": "no such voice"}', 400), "no such voice"),
        (Answer(b""), "no sound"),
        (Answer(b"certainly no sound"), "no sound"),
        (Answer(b"", 302, {"Location": "http://127.0.0.1:1/"}), "302"),
    ],
)
def test_an_engine_that_fails_says_so_and_nothing_is_kept(
    answer: Answer, words: str, make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    server.answer = lambda asked: answer
    speaking = make_engine()
    with pytest.raises(EngineFailed, match=words):
        speaking.speak("Hello.", "far")
    assert list(speaking.prompts_dir.iterdir()) == []


def test_where_the_owner_chose_a_voice_for_that_it_speaks_until_the_engine_is_back(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    server.answer = lambda asked: Answer(b"", 503)
    speaking = make_engine(fallback="joe")
    instead = speaking.speak("Hello.", "far")
    assert (instead.voice, instead.engine) == ("joe", "piper")
    assert "fault of its own" in instead.instead_because
    server.answer = lambda asked: Answer(AUDIO["openai"])
    again = speaking.speak("Hello.", "far")
    assert (again.voice, again.instead_because) == ("far", "")
    assert again.file != instead.file


def test_a_caller_does_not_wait_for_an_engine_elsewhere(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    speaking = make_engine()
    instead = speaking.speak("Hello.", "far", in_call=True)
    assert (instead.voice, server.asked) == ("joe", [])
    made = speaking.speak("Hello.", "far")
    assert speaking.speak("Hello.", "far", in_call=True).file == made.file, "what is there already is played"


def test_a_fallback_that_was_removed_is_replaced_by_another_voice(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    server.answer = lambda asked: Answer(b"", 503)
    assert make_engine(fallback="gone").speak("Hello.", "far").voice == "joe"


def test_pieces_that_are_joined_are_never_spoken_by_another_voice(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    server.answer = lambda asked: Answer(b"", 503)
    speaking = make_engine(fallback="joe")
    with pytest.raises(EngineFailed):
        PieceMaker(speaking).make("far")
    assert list((speaking.prompts_dir / "system" / "spoken" / "far").iterdir()) == []


def test_a_rate_that_the_engine_does_not_have_is_refused_before_it_is_asked(
    make_engine: Callable[..., SpeechEngine], server: WebServer
) -> None:
    with pytest.raises(BadRate, match=r"0\.7 to 1\.2") as refused:
        make_engine("elevenlabs").speak("Hello.", "far", rate=2.0)
    assert (refused.value.code, server.asked) == ("rate_not_supported", [])


def test_another_key_makes_no_prompt_anew_but_another_model_does(
    make_engine: Callable[..., SpeechEngine]
) -> None:
    first = make_engine().speak("Hello.", "far")
    assert make_engine(sealed_key="another").speak("Hello.", "far").cached
    assert make_engine(model="another").speak("Hello.", "far").file != first.file


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        (RemoteVoice("espeak", "x", "en-us", ""), "no engine"),
        (RemoteVoice("openai", "", "en-us", ""), "--voice"),
        (RemoteVoice("openai", "nova", "English", ""), "no language"),
        (RemoteVoice("azure", "x", "en-us", ""), "needs its region"),
        (RemoteVoice("polly", "x", "en-us", "https://polly.example.com"), "needs its region"),
        (RemoteVoice("openai", "nova", "en-us", "ftp://example.com"), "no address"),
        (RemoteVoice("openai", "nova", "en-us", "", usd_per_second="free"), "no price"),
        (RemoteVoice("openai", "nova", "en-us", "http://example.com/v1/audio/speech"), "write https"),
    ],
)
def test_a_voice_that_could_not_work_is_refused_when_it_is_added(voice: RemoteVoice, words: str) -> None:
    with pytest.raises(VoiceError, match=words):
        checked(voice)


