"""Lists of words that are said in other words: the installation's, and a menu's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_TREE
from tts.client.results import VoiceInfo


def said(api: Api, text: str, **more: object) -> str:
    answer = api("POST", "/words/check", {"text": text, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json["spoken_as"])


def test_the_list_is_empty_at_first_and_is_replaced_whole(api: Api) -> None:
    assert api("GET", "/words").json["words"] == {}
    api("PUT", "/words", {"words": {"Geis": "guys", "APR": "annual rate"}})
    api("PUT", "/words", {"words": {"Geis": "guys"}})
    assert api("GET", "/words").json["words"] == {"Geis": "guys"}
    assert said(api, "Geis Garage, geis.") == "guys Garage, guys."
    assert said(api, "Geisha") == "Geisha"


def test_a_list_that_was_changed_meanwhile_is_not_overwritten(api: Api) -> None:
    tag = api("GET", "/words").headers["ETag"]
    assert api("PUT", "/words", {"words": {"a1": "one"}}, headers={"If-Match": tag}).status_code == 200
    refused = api("PUT", "/words", {"words": {}}, headers={"If-Match": tag})
    assert refused.status_code == 412
    assert api("GET", "/words").json["words"] == {"a1": "one"}


def test_a_change_of_the_list_is_in_the_audit_log_and_the_same_list_is_no_change(api: Api) -> None:
    for _ in range(2):
        api("PUT", "/words", {"words": {"Geis": "guys"}})
    entries = [each for each in api("GET", "/audit").json["items"] if each["action"] == "words.put"]
    assert [(each["before"], each["after"]) for each in entries] == [({}, {"Geis": "guys"})]


@pytest.mark.parametrize("words", [{"": "x"}, {"a": ""}, {"a": "..."}, {"a<b": "x"}, {"a": "{name}"}, {"a": 1}])
def test_words_that_cannot_be_said_are_refused_by_name(api: Api, words: dict[str, object]) -> None:
    answer = api("PUT", "/words", {"words": words})
    assert answer.status_code == 422
    assert all(each["pointer"].startswith("/words") for each in answer.json["errors"])


@pytest.fixture
def voice_for_mexico(silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch) -> str:
    speak, spoken = silent_speech.speak, {"joe": "en-us", "claude": "es-mx"}
    known = [VoiceInfo(name, name, spoken[name], "m", default=name == "joe", alias_of=None) for name in spoken]
    monkeypatch.setattr(
        silent_speech, "speak",
        lambda text, voice, *fragment, **rate: replace(
            speak(text, voice, *fragment, **rate), language=spoken.get(voice, "en-us")
        ),
    )
    monkeypatch.setattr(silent_speech, "voices", lambda: known)
    return "claude"


def test_an_entry_of_a_language_changes_texts_of_that_language_alone(voice_for_mexico: str, api: Api) -> None:
    once = {"once": {"say": "one time", "language": "en"}}
    ivr_id = api.create()
    spanish = {"node": "welcome", "text": "Abrimos a las once", "voice": voice_for_mexico}
    assert api("POST", f"/ivr/{ivr_id}/audio", spanish).json["spoken_as"] == "Abrimos a las once"
    stored = api("PUT", "/words", {"words": once})
    assert (stored.status_code, stored.json["words"]) == (200, once)
    assert said(api, "Only once") == "Only one time"
    assert said(api, "Abrimos a las once", language="es") == "Abrimos a las once"
    assert not any(each["outdated"] for each in api("GET", f"/ivr/{ivr_id}").json["prompts"])
    assert api("POST", f"/ivr/{ivr_id}/audio", spanish).json["spoken_as"] == "Abrimos a las once"
    english = {"node": "has_license", "text": "Only once"}
    assert api("POST", f"/ivr/{ivr_id}/audio", english).json["spoken_as"] == "Only one time"
    assert not any(each["outdated"] for each in api("GET", f"/ivr/{ivr_id}").json["prompts"])


def test_a_menus_words_may_have_a_language_too(api: Api) -> None:
    once = {"once": {"say": "one time", "language": "en"}}
    ivr_id = api.create({**PAGE_TREE, "words": once})
    assert api("GET", f"/ivr/{ivr_id}").json["words"] == once


@pytest.mark.parametrize(
    ("entry", "at"),
    [({"language": "en"}, "say"), ({"say": "x", "language": "English"}, "language"), ({"say": "x", "to": 1}, "to")],
)
def test_an_entry_that_is_wrong_is_refused_at_its_field(api: Api, entry: dict[str, object], at: str) -> None:
    refused = api("PUT", "/words", {"words": {"a": entry}})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, f"/words/a/{at}")


@pytest.mark.parametrize(
    ("words", "at", "code", "message"),
    [
        ({"Geis": "guys", "geis": "gize"}, "geis", "duplicate_spelling", "in the list as Geis already"),
        ({"  ": "x"}, "  ", "invalid_spelling", "is all blanks"),
        ({"Geis ": "x"}, "Geis ", "invalid_spelling", "a blank at an end"),
    ],
)
def test_a_spelling_that_counts_for_nothing_is_refused_with_the_reason(
    api: Api, words: dict[str, str], at: str, code: str, message: str
) -> None:
    refused = api("PUT", "/words", {"words": words})
    (error,) = refused.json["errors"]
    assert (refused.status_code, error["pointer"], error["code"]) == (422, f"/words/{at}", code)
    assert message in error["message"]


def test_a_text_is_checked_with_its_pauses_and_its_refusals(api: Api) -> None:
    assert said(api, "One...two") == 'One <break time="500ms"/> two'
    assert said(api, "Hallo 10", language="xx") == "Hallo 10"
    refused = api("POST", "/words/check", {"text": "<b>Now</b>"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/text")
    warned = api("POST", "/words/check", {"text": "Hi {{name}}, call 5."}).json
    assert [each["code"] for each in warned["warnings"]] == ["text_template"]


def test_a_menus_own_words_come_before_the_installations(api: Api) -> None:
    api("PUT", "/words", {"words": {"Geis": "guys", "Roxe": "rocks"}})
    ivr_id = api.create({**PAGE_TREE, "words": {"Geis": "gice"}})
    assert api("GET", f"/ivr/{ivr_id}").json["words"] == {"Geis": "gice"}
    spoken = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": "Geis and Roxe"})
    assert spoken.json["spoken_as"] == "gice and rocks"
    removed = api("PATCH", f"/ivr/{ivr_id}", {"words": None})
    assert removed.json["words"] == {}


def test_a_changed_word_makes_the_prompts_that_have_it_outdated_until_they_are_spoken_again(api: Api) -> None:
    ivr_id = api.create()
    for node, text in (("welcome", "Geis Garage"), ("has_license", "Goodbye")):
        assert api("POST", f"/ivr/{ivr_id}/audio", {"node": node, "text": text}).status_code == 201

    def outdated() -> set[str]:
        menu = api("GET", f"/ivr/{ivr_id}").json
        stale = {each["pointer"] for each in menu["warnings"] if each["code"] == "stale_prompt"}
        found = {node for each in menu["prompts"] if each["outdated"] for node in each["nodes"]}
        assert stale == {f"/nodes/{node}/audio" for node in found}
        return found

    assert outdated() == set()
    api("PUT", "/words", {"words": {"Geis": "guys"}})
    assert outdated() == {"welcome"}
    again = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": "Geis Garage"})
    assert again.json["spoken_as"] == "guys Garage"
    assert outdated() == set()


def test_a_dry_run_says_what_will_be_said_for_each_text(api: Api) -> None:
    ivr_id = api.create()
    node = {**PAGE_TREE["nodes"]["welcome"], "text": "Open 9am-5pm, {name}."}
    answer = api("POST", f"/ivr/{ivr_id}/check", {"nodes": {"welcome": node}}).json
    found = {each["pointer"]: each["spoken_as"] for each in answer["said"]}
    assert found["/nodes/welcome/text"] == "Open nine AM to five PM, {name}."
    refused = api("POST", f"/ivr/{ivr_id}/check", {"nodes": {"welcome": {**node, "text": "<b>Hi</b> 😀"}}}).json
    assert {"pointer": "/nodes/welcome/text", "spoken_as": None} in refused["said"]
    assert "text_tag" in {each["code"] for each in refused["warnings"]}
