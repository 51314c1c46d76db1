"""All texts of a menu spoken by one request: what is due, one that fails, and a process that dies in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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


class Restarting:
    """A speech process that is away until that many seconds are waited, on a clock of its own."""

    def __init__(self, speech: SilentSpeech, away_s: float) -> None:
        self.speech, self.away_s, self.now = speech, away_s, 0.0
        speech.away = True

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.speech.away = self.now < self.away_s

    def clock(self) -> float:
        return self.now


def restarting(services: Services, speech: SilentSpeech, away_s: float) -> Restarting:
    """Speaking that waits for it."""
    process = Restarting(speech, away_s)
    speaking = services.get(MenuSpeech)
    services._by_class[MenuSpeech] = replace(speaking, pause=process.wait, clock=process.clock)
    return process


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


def ready(menu: dict[str, Any]) -> dict[str, str]:
    return {each["audio"]: each["text"] for each in menu["prompts"] if each["state"] == "ready"}


def test_all_texts_are_one_version_and_a_change_of_somebody_else_meanwhile_stays(
    api: Api, later: Later, silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    ivr_id = api.create(with_texts(**TEXTS))
    api("PUT", f"/ivr/{ivr_id}/draft", with_texts(welcome="A draft."))
    start(api, ivr_id)
    later.run()
    menu = dict(api("GET", f"/ivr/{ivr_id}").json or {})
    assert (menu["version"], len(ready(menu)), menu["draft"]["revision"]) == (2, 3, 1)
    assert {node: said["text"] for node, said in menu["nodes"].items() if "text" in said} == TEXTS

    later_texts = {"welcome": "Good evening.", "has_license": "A license?", "unqualified": "Bye."}
    theirs = {**later_texts, "has_license": "Are you licensed?"}
    api("PATCH", f"/ivr/{ivr_id}", {"nodes": with_texts(**later_texts)["nodes"]})
    start(api, ivr_id)
    speak = silent_speech.speak

    def while_somebody_writes(text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech:
        if text == later_texts["unqualified"]:
            api("PATCH", f"/ivr/{ivr_id}", {"name": "Theirs", "nodes": with_texts(**theirs)["nodes"]})
        return speak(text, voice, fragment, rate=rate)

    monkeypatch.setattr(silent_speech, "speak", while_somebody_writes)
    later.run()
    menu = dict(api("GET", f"/ivr/{ivr_id}").json or {})
    assert (menu["version"], menu["name"]) == (5, "Theirs")
    assert {node: said["text"] for node, said in menu["nodes"].items() if "text" in said} == theirs
    job = dict(api("GET", f"/ivr/{ivr_id}/speech").json or {})
    assert states(job) == {"welcome": "spoken", "has_license": "failed", "unqualified": "spoken"}
    assert "changed while it was spoken" in job["texts"][1]["message"]
    assert ready(menu)["welcome.wav"] == "Good evening."
    assert list(states(start(api, ivr_id))) == ["has_license"]


def test_an_interrupted_job_leaves_what_was_spoken_as_one_version(
    api: Api, later: Later, services: Services, silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = restarting(services, silent_speech, 0)
    silent_speech.away = False
    ivr_id = api.create(with_texts(**TEXTS))
    start(api, ivr_id)
    speak = silent_speech.speak

    def dies(text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech:
        if text == TEXTS["unqualified"]:
            process.away_s, silent_speech.away = 3600, True
        return speak(text, voice, fragment, rate=rate)

    monkeypatch.setattr(silent_speech, "speak", dies)
    later.run()
    job = dict(api("GET", f"/ivr/{ivr_id}/speech").json or {})
    assert (job["state"], job["spoken"]) == ("interrupted", 2)
    menu = dict(api("GET", f"/ivr/{ivr_id}").json or {})
    assert (menu["version"], len(ready(menu))) == (2, 2)


def test_a_text_that_is_changed_and_spoken_is_one_version(api: Api) -> None:
    ivr_id = api.create(with_texts(**TEXTS))
    spoken = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": "Good evening."})
    assert spoken.json["version"] == 2
    assert api("GET", f"/ivr/{ivr_id}").json["nodes"]["welcome"]["text"] == "Good evening."


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


def test_texts_wait_for_a_speech_process_that_is_started_again(
    api: Api, later: Later, services: Services, silent_speech: SilentSpeech
) -> None:
    process = restarting(services, silent_speech, 20)
    ivr_id = api.create(with_texts(**TEXTS))
    start(api, ivr_id)
    later.run()
    job = dict(api("GET", f"/ivr/{ivr_id}/speech").json or {})
    assert (job["state"], job["spoken"], job["failed"]) == ("ended", 3, 0)
    assert 20 <= process.now < 20 + 3.0


def test_a_speech_process_that_stays_away_stops_all_texts_once_with_what_to_do(
    api: Api, later: Later, services: Services, silent_speech: SilentSpeech
) -> None:
    process = restarting(services, silent_speech, 3600)
    ivr_id = api.create(with_texts(**TEXTS))
    start(api, ivr_id)
    later.run()
    job = dict(api("GET", f"/ivr/{ivr_id}/speech").json or {})
    assert (job["state"], job["failed"], job["left"]) == ("interrupted", 1, 2)
    assert 60 <= process.now < 60 + 3.0
    (told,) = [each["message"] for each in job["texts"] if each["message"]]
    assert "digitree status" in told
    process.wait(3600)
    assert list(states(start(api, ivr_id))) == list(TEXTS)
    later.run()
    assert api("GET", f"/ivr/{ivr_id}/speech").json["spoken"] == 3


@pytest.mark.parametrize(("languages", "spoken"), [(["en", "es"], {"en", "es"}), (None, {"en"}), (["fr"], set())])
def test_a_text_that_no_caller_hears_is_not_spoken(
    api: Api, later: Later, languages: list[str] | None, spoken: set[str]
) -> None:
    said = {"action": "hangup", "text": {"en": "Goodbye.", "es": "Adiós."}}
    menu: dict[str, Any] = {"name": "M", "nodes": {"bye": said}, **({"languages": languages} if languages else {})}
    job = start(api, api.create(menu))
    assert {each["at"] for each in job["texts"]} == {f"audio/{each}" for each in spoken}


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
    # The process died at its first text: nobody renews its claim, which ends.
    later.work.clear()
    board = SpeechBoard(stores.redis)
    job = dict(board.find(ivr_id) or {})
    job["texts"][0].update(state="spoken", duration_seconds=1.0, cost_usd=0.01)
    job["texts"][1]["state"] = "speaking"
    board.note(ivr_id, job)
    assert 0 < stores.redis.ttl(f"digitree:speech-claim:{ivr_id}") <= 15
    stores.redis.delete(f"digitree:speech-claim:{ivr_id}")
    left = dict(api("GET", f"/ivr/{ivr_id}/speech").json or {})
    assert (left["state"], set(states(left).values())) == ("interrupted", {"waiting"})
    assert left["cost_usd"] == 0
    api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome"})
    assert list(states(start(api, ivr_id))) == ["has_license", "unqualified"]
    later.run()
    assert api("GET", f"/ivr/{ivr_id}/speech").json["state"] == "ended"


def test_progress_is_of_a_menu_that_there_is_and_that_was_spoken(api: Api, later: Later) -> None:
    ivr_id = api.create()
    assert api("GET", f"/ivr/{ivr_id}/speech").json["code"] == "speech_not_found"
    assert api("POST", "/ivr/ivr_none000000/speech").status_code == 404
    assert api("GET", "/ivr/ivr_none000000/speech").status_code == 404
