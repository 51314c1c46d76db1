"""Voices over the API: under which licence each is, how it sounds, and who speaks when an engine does not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from admin.app import create_app
from admin.wiring import Stores, make_services
from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings
from tests.admin.conftest import Api, SilentSpeech
from tests.tts.test_remote_engines import AUDIO
from tests.tts.web_servers import Answer, WebServer, web_server
from tts.client.results import Recording, VoiceInfo
from tts.library.remote_voices import RemoteVoice, checked, write_remote_voice
from tts.server.engine import SpeechEngine
from tts.server.http import list_voices
from tts.server.models import Models
from tts.server.voices import VoiceTable


class Engine:
    """The speech process without its process: what the admin app asks of it, answered by its engine."""

    def __init__(self, engine: SpeechEngine) -> None:
        self._engine = engine
        self.speak = engine.speak

    def want_pieces(self, voice: str) -> bool:
        return True

    def voices(self) -> list[VoiceInfo]:
        return list_voices(self._engine)

    def convert(self, recording: object, raw_format: str = "", *, keep_silence: bool = False) -> Recording:
        raise NotImplementedError


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server(lambda asked: Answer(AUDIO["openai"])) as opened:
        yield opened


@pytest.fixture
def voices_dir(settings: Settings) -> Path:
    settings.voices.mkdir()
    return settings.voices


@pytest.fixture
def speaking(settings: Settings, stores: Stores, voices_dir: Path, api_key: str) -> Api:
    sealer = Sealer(lambda: read_or_make_secret(settings).encode())
    engine = SpeechEngine(settings.prompts, VoiceTable(voices_dir), Models(sealer.find))
    services = make_services(settings, stores, speaker=Engine(engine))
    return Api(create_app(services=services).test_client(), api_key)


def add(voices_dir: Path, server: WebServer, **more: str) -> None:
    voice = RemoteVoice("openai", "nova", "en-us", server.url, **more)
    write_remote_voice(voices_dir, "nova", checked(voice))


def test_each_voice_says_under_which_licence_it_is(speaking: Api, voices_dir: Path, server: WebServer) -> None:
    add(voices_dir, server)
    voices = {each["id"]: each for each in speaking("GET", "/voices").json["items"]}
    assert (voices["joe"]["licence"], voices["joe"]["commerce"]) == ("CC0", "unclear")
    assert "lessac" in voices["joe"]["licence_note"]
    assert voices["rachel"]["alias_of"] == "joe"
    assert (voices["nova"]["engine"], voices["nova"]["live"], voices["nova"]["commerce"]) == (
        "openai", False, "unclear",
    )  # fmt: skip


def test_a_sample_is_a_wav_in_the_voice_and_made_once(speaking: Api, voices_dir: Path, server: WebServer) -> None:
    add(voices_dir, server)
    first, again = speaking("GET", "/voices/nova/sample.wav"), speaking("GET", "/voices/nova/sample.wav")
    assert (first.status_code, first.mimetype, first.data[:4]) == (200, "audio/wav", b"RIFF")
    assert again.data == first.data
    assert len(server.asked) == 1
    assert speaking("GET", "/voices/nobody/sample.wav").json["code"] == "voice_not_found"


def test_a_sample_never_lets_another_voice_speak(speaking: Api, voices_dir: Path, server: WebServer) -> None:
    add(voices_dir, server, fallback="joe")
    server.answer = lambda asked: Answer(b"", 500)
    refused = speaking("GET", "/voices/nova/sample.wav")
    assert (refused.status_code, refused.json["code"]) == (503, "speech_engine_failed")


def test_an_engine_that_fails_without_a_fallback_is_503_and_changes_nothing(
    speaking: Api, voices_dir: Path, server: WebServer
) -> None:
    add(voices_dir, server)
    server.answer = lambda asked: Answer(b"{}", 401)
    menu_id = speaking.create()
    request = {"node": "welcome", "text": "Hello.", "voice": "nova"}
    refused = speaking("POST", f"/ivr/{menu_id}/audio", request)
    assert (refused.status_code, refused.json["code"]) == (503, "speech_engine_failed")
    assert "refuses its key" in refused.json["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    assert speaking("GET", f"/ivr/{menu_id}").json["version"] == 1


def test_a_fallback_speaks_and_says_why(speaking: Api, voices_dir: Path, server: WebServer) -> None:
    add(voices_dir, server, fallback="joe", usd_per_second="0.5")
    server.answer = lambda asked: Answer(b"{}", 500)
    menu_id = speaking.create()
    request = {"node": "welcome", "text": "Hello.", "voice": "nova"}
    spoken = speaking("POST", f"/ivr/{menu_id}/audio", request).json
    assert spoken["voice"] == "nova", "the name that was asked for"
    assert "fault of its own" in spoken["instead_because"]
    server.answer = lambda asked: Answer(AUDIO["openai"])
    again = speaking("POST", f"/ivr/{menu_id}/audio", request).json
    assert again["instead_because"] is None
    assert again["version"] == spoken["version"] + 1, "the engine is asked again, and its prompt takes the place"
    assert Decimal(str(again["cost_usd"])) == Decimal(str(again["duration_seconds"])) / 2, "what the voice costs"


def test_a_rate_makes_a_prompt_of_its_own(speaking: Api) -> None:
    menu_id = speaking.create()
    request = {"node": "welcome", "text": "Hello there."}
    plain = speaking("POST", f"/ivr/{menu_id}/audio", request).json
    slow = speaking("POST", f"/ivr/{menu_id}/audio", {**request, "rate": 0.5}).json
    assert slow["duration_seconds"] > 1.5 * plain["duration_seconds"]
    # Its node has the rate, too, in the same version.
    assert slow["version"] == plain["version"] + 1


@pytest.mark.parametrize("rate", [0.4, 2.1, "fast"])
def test_a_rate_out_of_bounds_is_422(api: Api, silent_speech: SilentSpeech, rate: object) -> None:
    menu_id = api.create()
    refused = api("POST", f"/ivr/{menu_id}/audio", {"node": "welcome", "text": "Hello.", "rate": rate})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/rate")


def test_a_rate_that_the_engine_lacks_is_422_at_the_rate(
    speaking: Api, voices_dir: Path, server: WebServer
) -> None:
    voice = RemoteVoice("elevenlabs", "id", "en-us", server.url)
    write_remote_voice(voices_dir, "eleven", checked(voice))
    menu_id = speaking.create()
    request = {"node": "welcome", "text": "Hello.", "voice": "eleven", "rate": 2}
    refused = speaking("POST", f"/ivr/{menu_id}/audio", request)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/rate")
    assert server.asked == []


NOVA = {"name": "nova", "engine": "openai", "voice": "alloy", "key": "sk-very-secret", "fallback": "joe"}


def test_a_voice_of_a_server_elsewhere_is_added_speaks_at_its_price_and_is_removed(
    speaking: Api, server: WebServer
) -> None:
    made = speaking("POST", "/voices", {**NOVA, "url": f"{server.url}/v1/audio/speech", "usd_per_second": "0.5"})
    assert (made.status_code, made.json["engine"], made.json["live"]) == (201, "openai", False)
    ivr_id = speaking.create()
    spoken = speaking("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": "Hello.", "voice": "nova"}).json
    assert spoken["cost_usd"] == pytest.approx(spoken["duration_seconds"] / 2, rel=1e-3)
    sent = {name.lower(): value for name, value in server.asked[-1].headers.items()}
    assert sent["authorization"] == "Bearer sk-very-secret"
    assert [each["voice"] for each in speaking("GET", "/usage").json["speech"]] == ["nova"]
    assert speaking("DELETE", "/voices/nova").status_code == 204
    assert speaking("DELETE", "/voices/nova").json["code"] == "added_voice_not_found"
    assert "nova" not in {each["id"] for each in speaking("GET", "/voices").json["items"]}
    audited = [each for each in speaking("GET", "/audit").json["items"] if each["action"].startswith("voice.")]
    assert [each["action"] for each in audited] == ["voice.remove", "voice.add"]


def test_the_key_of_an_engine_is_in_no_answer_and_sealed_on_disk(
    speaking: Api, server: WebServer, voices_dir: Path
) -> None:
    made = speaking("POST", "/voices", {**NOVA, "url": server.url})
    answers = [made.text, *(speaking("GET", path).text for path in ("/voices", "/audit"))]
    answers.append((voices_dir / "nova.voice.json").read_text())
    assert made.status_code == 201
    assert not any("very-secret" in each for each in answers)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({**NOVA, "name": "joe"}, 409, "/name"),
        ({**NOVA, "name": "../joe"}, 422, "/name"),
        ({**NOVA, "fallback": "nobody"}, 422, ""),
        ({**NOVA, "engine": "polly"}, 422, ""),
        ({**NOVA, "url": "http://speech.example.com/v1"}, 422, ""),
        ({**NOVA, "usd_per_second": "cheap"}, 422, "/usd_per_second"),
    ],
)
def test_a_voice_that_cannot_be_is_refused_and_nothing_is_written(
    speaking: Api, voices_dir: Path, body: dict[str, str], status: int, pointer: str
) -> None:
    refused = speaking("POST", "/voices", body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (status, pointer)
    assert list(voices_dir.iterdir()) == []


def test_a_voice_of_kokoro_is_removed_with_all_of_them_on_the_machine(speaking: Api, voices_dir: Path) -> None:
    told = speaking("DELETE", "/voices/ef_dora").json["detail"]
    assert told.endswith("those of Kokoro all together: digitree voices remove kokoro")
    assert speaking("DELETE", "/voices/amy").json["detail"].endswith("digitree voices remove amy")


def test_the_voices_of_the_installation_are_not_removed_by_the_api(speaking: Api, voices_dir: Path) -> None:
    for name in ("joe", "rachel", "..%2Fjoe"):
        assert speaking("DELETE", f"/voices/{name}").status_code == 404
