"""All texts of a menu spoken by one request: what is due, one that fails, and a process that dies in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from admin.http.services import Services
from admin.prompts.service import PromptService
from admin.prompts.speaking_all import MenuSpeech
from admin.prompts.speech_board import SpeechBoard
from admin.wiring import Stores
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_TREE
from tts.client.errors import VoiceNotFound
from tts.client.results import Speech

NODES = PAGE_TREE["nodes"]
TEXTS = {"welcome": "Good morning.", "has_license": "Do you have a license?", "unqualified": "Goodbye."}


def with_texts(**texts: str) -> dict[str, Any]:
    nodes = {name: {**node, **({"text": texts[name]} if name in texts else {})} for name, node in NODES.items()}
    return {**PAGE_TREE, "nodes": nodes}


class Later:
    """Work that is put off, as by a process that is busy; `run` does it."""

    def __init__(self) -> None:
        self.work: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self.work.append(work)

    def run(self) -> None:
        while self.work:
            self.work.pop(0)()


@pytest.fixture
def later(services: Services, stores: Stores) -> Later:
    later = Later()
    services._by_class[MenuSpeech] = MenuSpeech(services.get(PromptService), SpeechBoard(stores.redis), later)
    return later


def start(api: Api, ivr_id: str) -> dict[str, Any]:
    answer = api("POST", f"/ivr/{ivr_id}/speech")
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/ivr/{ivr_id}/speech"
    return dict(answer.json or {})


def states(job: dict[str, Any]) -> dict[str, str]:
    return {each["node"]: each["state"] for each in job["texts"]}


def test_texts_without_a_prompt_or_with_another_one_are_spoken_and_recordings_stay(
    api: Api, later: Later, silent_speech: SilentSpeech
) -> None:
    ivr_id = api.create(with_texts(**TEXTS))
    assert states(start(api, ivr_id)) == dict.fromkeys(TEXTS, "waiting")
    later.run()
    job = api("GET", f"/ivr/{ivr_id}/speech").json
    assert (job["state"], job["total"], job["spoken"], job["failed"], job["left"]) == ("ended", 3, 3, 0, 0)
    assert job["cost_usd"] == pytest.approx(0.0369)
    api("PUT", f"/ivr/{ivr_id}/audio/license_check.wav", b"RIFF")
    changed = with_texts(**{**TEXTS, "welcome": "Good evening.", "has_license": "Another question?"})
    api("PATCH", f"/ivr/{ivr_id}", {"nodes": changed["nodes"]})
    assert list(states(start(api, ivr_id))) == ["welcome"]
    later.run()
    api("PATCH", f"/ivr/{ivr_id}", {"rate": 0.8})
    assert list(states(start(api, ivr_id))) == ["welcome", "unqualified"]


def test_one_text_that_cannot_be_spoken_is_named_and_the_others_are_spoken(
    api: Api, later: Later, silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak = silent_speech.speak

    def refuses_one(text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech:
        if text == TEXTS["has_license"]:
            raise VoiceNotFound("bella", ["joe"])
        return speak(text, voice, fragment, rate=rate)

    monkeypatch.setattr(silent_speech, "speak", refuses_one)
    ivr_id = api.create(with_texts(**TEXTS))
    start(api, ivr_id)
    later.run()
    job = dict(api("GET", f"/ivr/{ivr_id}/speech").json or {})
    assert states(job) == {"welcome": "spoken", "has_license": "failed", "unqualified": "spoken"}
    assert [each["message"] for each in job["texts"] if each["state"] == "failed"] != [None]
    assert list(states(start(api, ivr_id))) == ["has_license"]


def test_a_menu_is_spoken_by_one_process_at_a_time(api: Api, later: Later) -> None:
    ivr_id = api.create(with_texts(**TEXTS))
    first = start(api, ivr_id)
    assert start(api, ivr_id) == first
    assert len(later.work) == 1


def test_speaking_that_a_stopped_process_left_goes_on_when_asked_again(
    api: Api, later: Later, stores: Stores
) -> None:
    ivr_id = api.create(with_texts(**TEXTS))
    start(api, ivr_id)
    # The process died: nobody renews its claim, which ends.
    later.work.clear()
    assert 0 < stores.redis.ttl(f"digitree:speech-claim:{ivr_id}") <= 15
    stores.redis.delete(f"digitree:speech-claim:{ivr_id}")
    assert api("GET", f"/ivr/{ivr_id}/speech").json["state"] == "interrupted"
    api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome"})
    assert list(states(start(api, ivr_id))) == ["has_license", "unqualified"]
    later.run()
    assert api("GET", f"/ivr/{ivr_id}/speech").json["state"] == "ended"


def test_progress_is_of_a_menu_that_there_is_and_that_was_spoken(api: Api, later: Later) -> None:
    ivr_id = api.create()
    assert api("GET", f"/ivr/{ivr_id}/speech").json["code"] == "speech_not_found"
    assert api("POST", "/ivr/ivr_none000000/speech").status_code == 404
    assert api("GET", "/ivr/ivr_none000000/speech").status_code == 404
