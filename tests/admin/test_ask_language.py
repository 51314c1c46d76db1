"""The question for the language when its menu is saved: its sentences are spoken, and its gaps are warnings."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from admin.menus.known_voices import KnownVoices
from admin.menus.language_sentences import LanguageSentences
from admin.wiring import Stores
from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.numbers import E164
from ivr.domain.system_prompts.languages import LANGUAGES
from ivr.settings import Settings
from ivr.storage.disk.prompt_files import write_wav
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.test_number_lists_page import ORIGIN
from tts.client.results import VoiceInfo

MENU: dict[str, Any] = {
    "name": "Two", "languages": ["en", "es"],
    "nodes": {"language": {"action": "ask_language", "next": "bye"}, "bye": {"action": "hangup"}},
}  # fmt: skip


@pytest.fixture
def sentences(settings: Settings) -> Path:
    """Where they are."""
    return settings.prompts / "languages"


@pytest.fixture(autouse=True)
def system_prompts(settings: Settings) -> None:
    """Digitree's own prompts in all languages, so that no warning tells of them."""
    for language in LANGUAGES:
        folder = settings.prompts / "system" / language
        folder.mkdir(exist_ok=True)
        write_wav(folder / "opted_out.wav", bytes(3200))


@pytest.fixture
def spoken(silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Words and voices, in an installation with a voice for Mexico."""
    said: list[tuple[str, str]] = []
    speak = silent_speech.speak

    def listen(text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Any:
        said.append((text, voice))
        return speak(text, voice, fragment, rate=rate)

    voices = [("joe", "en-us"), ("claude", "es-mx")]
    monkeypatch.setattr(silent_speech, "speak", listen)
    monkeypatch.setattr(
        silent_speech, "voices",
        lambda: [VoiceInfo(name, name, spoken, "m", default=name == "joe", alias_of=None) for name, spoken in voices],
    )
    return said


def codes(menu: Any) -> list[str]:
    """Of the warnings of the question."""
    return [each["code"] for each in menu["warnings"] if each["node"] == "language"]


def test_each_language_is_spoken_by_a_voice_of_its_own_when_the_menu_is_saved(
    api: Api, spoken: list[tuple[str, str]], sentences: Path
) -> None:
    menu = api("POST", "/ivr", MENU).json
    assert spoken == [("For English, press 1.", "joe"), ("Para español, oprima el 2.", "claude")]
    assert sorted(each.name for each in sentences.glob("*.wav")) == ["en-1.wav", "es-2.wav"]
    assert codes(menu) == []
    assert menu["prompts"] == [], "they are the installation's, at no charge"


def test_a_sentence_is_spoken_once_whatever_menus_say_it(api: Api, spoken: list[tuple[str, str]]) -> None:
    first = api("POST", "/ivr", MENU).json
    api("POST", "/ivr", MENU)
    api("PATCH", f"/ivr/{first['id']}", {"name": "Other"})
    assert len(spoken) == 2
    api("PATCH", f"/ivr/{first['id']}", {"languages": ["en", "es", "de"]})
    assert spoken[2:] == [("Für Deutsch drücken Sie die 3.", "joe")]


def test_a_language_without_a_voice_is_a_warning_and_heard_in_the_nearest_one(
    api: Api, spoken: list[tuple[str, str]]
) -> None:
    menu = api("POST", "/ivr", {**MENU, "languages": ["en", "pt-BR"]}).json
    assert spoken[1] == ("Para português, tecle 2.", "joe")
    assert codes(menu) == ["no_voice_for_language"]


def test_a_save_succeeds_while_no_voice_answers_and_says_what_is_missing(
    api: Api, silent_speech: SilentSpeech, sentences: Path
) -> None:
    silent_speech.away = True
    menu = api("POST", "/ivr", MENU).json
    assert codes(menu) == ["audio_not_ready", "audio_not_ready"]
    assert not sentences.exists()


def test_a_strict_save_speaks_first(api: Api, spoken: list[tuple[str, str]], settings: Settings) -> None:
    for folder in (settings.prompts / "system", settings.prompts / "system/es"):
        folder.mkdir(parents=True, exist_ok=True)
        write_wav(folder / "opted_out.wav", bytes(1600))
    menu = api("POST", "/ivr", {"name": "M", "languages": ["en", "es"], "nodes": {"bye": MENU["nodes"]["bye"]}}).json
    asking = api("PATCH", f"/ivr/{menu['id']}?strict=true", {"start": "language", "nodes": MENU["nodes"]})
    assert [each["code"] for each in asking.json.get("errors", ())] == []
    assert asking.status_code == 200


def test_a_sentence_can_be_heard_by_its_name_in_a_call_record(api: Api, spoken: list[tuple[str, str]]) -> None:
    assert api("GET", "/prompts/languages/es-2").json["code"] == "prompt_not_found"
    api("POST", "/ivr", MENU)
    assert len(spoken) == 2
    heard = api("GET", "/prompts/languages/es-2")
    assert (heard.status_code, heard.content_type, heard.data[:4]) == (200, "audio/wav", b"RIFF")
    for name in ("es-2.wav", "es", "..%2Fsystem", "es-A"):
        assert api("GET", f"/prompts/languages/{name}").status_code in (404, 422), name


def test_a_call_record_shows_and_plays_what_the_languages_said(app: Flask, api_key: str, stores: Stores) -> None:
    asked = Step("language", 1, "key", "2", 400, 1200, "languages/en-1.wav+languages/es-2.wav", 800)
    began, did = datetime(2026, 3, 9, tzinfo=UTC), E164("+14155550100")
    stores.postgres.calls.ended(
        CallRecord(
            "call_0", "chan_0", did, did, None, "", began,
            ended_at=began, duration_ms=0, outcome=Outcome.HUNG_UP, path=[asked],
        )
    )
    browser = app.test_client()
    assert browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    shown = unescape(browser.get("/ui/calls/call_0").text)
    assert '<q class="words" lang="en">For English, press 1.</q>' in shown
    assert '<q class="words" lang="es">Para español, oprima el 2.</q>' in shown
    assert 'src="/prompts/languages/en-1"' in shown
    assert 'src="/prompts/languages/es-2"' in shown


def test_a_sentence_that_another_voice_spoke_is_a_warning_until_the_menu_is_saved_again(
    api: Api, spoken: list[tuple[str, str]], sentences: Path
) -> None:
    menu = api("POST", "/ivr", MENU).json
    assert codes(api("GET", f"/ivr/{menu['id']}").json) == []
    (sentences / "manifest.json").write_text("{}")
    assert codes(api("GET", f"/ivr/{menu['id']}").json) == ["stale_prompt", "stale_prompt"]
    assert codes(api("PATCH", f"/ivr/{menu['id']}", {"name": "Other"}).json) == []
    assert spoken[2:] == spoken[:2]


class Voices(KnownVoices):
    """Those there are, as they come and go."""

    def __init__(self, **there: str) -> None:
        self.there = there

    def find(self) -> dict[str, str]:
        return self.there


def test_a_voice_that_is_removed_leaves_the_sentences_of_its_language_as_they_are(
    silent_speech: SilentSpeech, spoken: list[tuple[str, str]], settings: Settings
) -> None:
    voices = Voices(joe="en-us", claude="es-mx")
    own = LanguageSentences(silent_speech.speak, voices, settings.prompts)
    own.make(MENU)
    del voices.there["claude"]
    own.make(MENU)
    assert spoken == [("For English, press 1.", "joe"), ("Para español, oprima el 2.", "claude")]
    assert own.outdated(MENU) == {"languages/es-2.wav"}
    told = [
        each.message
        for each in lint(parse_menu(MENU), own.outdated(MENU), voices=voices.there, outdated=own.outdated(MENU))
        if each.code == "no_voice_for_language"
    ]
    assert told == [
        "no voice speaks Spanish: its sentence stays as an earlier voice spoke it, and is not spoken again"
    ]


def test_a_sentence_that_a_voice_of_another_language_spoke_is_spoken_again_by_one_of_its_own(
    silent_speech: SilentSpeech, spoken: list[tuple[str, str]], settings: Settings
) -> None:
    voices = Voices(joe="en-us")
    own = LanguageSentences(silent_speech.speak, voices, settings.prompts)
    own.make(MENU)
    assert [voice for _, voice in spoken] == ["joe", "joe"]
    voices.there["claude"] = "es-mx"
    assert own.outdated(MENU) == {"languages/es-2.wav"}
    own.make(MENU)
    assert spoken[2:] == [("Para español, oprima el 2.", "claude")]
    assert own.outdated(MENU) == set()
