"""What will be said, as the API answers it: POST audio with the real voice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.wiring import Stores, make_services
from ivr.settings import Settings
from tests.admin.conftest import Api
from tests.tts.conftest import SpeechProcess, secret, start_speech
from tts.client.client import TtsClient

TEXT = "We open 9am-5pm. Call 480-555-0199."
SAID = "We open nine AM to five PM. Call four eight zero, five five five, zero one nine nine."


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("said") / "home"


@pytest.fixture(scope="module")
def voice(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechProcess]:
    process = start_speech(own_home, tmp_path_factory.mktemp("said-log") / "log")
    yield process
    process.stop()


@pytest.fixture
def services(settings: Settings, stores: Stores, voice: SpeechProcess):
    with TtsClient(voice.url, secret) as client:
        yield make_services(settings, stores, speaker=client)


def test_a_spoken_text_is_answered_with_the_words_that_the_voice_said(api: Api) -> None:
    ivr_id = api.create()
    answer = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": TEXT})
    assert answer.status_code == 201
    assert (answer.json["text"], answer.json["spoken_as"], answer.json["warnings"]) == (TEXT, SAID, [])


def test_a_tag_that_is_no_pause_is_refused_at_the_text(api: Api) -> None:
    ivr_id = api.create()
    answer = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": "Say <prosody>this</prosody>"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/text"
    assert answer.json["errors"][0]["code"] == "text_tag"
    assert '<break time="500ms"/>' in answer.json["errors"][0]["message"]


def test_a_text_in_another_language_than_the_voice_is_spoken_with_a_warning(api: Api) -> None:
    ivr_id = api.create()
    spanish = "Gracias por llamar. Para español, oprima el dos."
    answer = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": spanish})
    assert [warning["code"] for warning in answer.json["warnings"]] == ["text_language"]
