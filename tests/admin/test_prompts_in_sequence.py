"""Prompts in parts and in several languages: spoken one by one over the API, and shown as a card each."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.admin.conftest import Api
from tests.admin.test_hours_page import browser

__all__ = ["browser"]

NODES: dict[str, Any] = {
    "ask": {
        "text": {"en": ["Welcome.", "Press 1."], "es": "Bienvenidos."},
        "again_text": ["Press 1, please."],
        "gather": {"1": "bye"},
    },
    "bye": {"action": "hangup", "audio": "bye.wav", "text": {"en": "Goodbye.", "es": "Adios."}},
}


def create(api: Api) -> str:
    menu: dict[str, Any] = {"name": "Languages", "languages": ["en", "es"], "nodes": NODES}
    return str(api("POST", "/ivr", menu).json["id"])


def speak(api: Api, ivr_id: str, **body: str) -> Any:
    return api("POST", f"/ivr/{ivr_id}/audio", body)


def test_each_text_is_spoken_at_its_place_and_all_get_names_that_tell_it(api: Api) -> None:
    ivr_id = create(api)
    spoken = speak(api, ivr_id, node="ask", at="audio/en/1", text="Press 1 now.")
    assert (spoken.status_code, spoken.json["audio"], spoken.json["audio_added"]) == (201, "ask-en-2.wav", True)
    again = speak(api, ivr_id, node="ask", at="again_audio/0", text="Press 1, please.")
    assert again.json["audio"] == "ask-again.wav"
    menu = api("GET", f"/ivr/{ivr_id}").json
    assert menu["languages"] == ["en", "es"]
    assert menu["nodes"]["ask"]["audio"] == {"en": ["ask-en.wav", "ask-en-2.wav"], "es": "ask-es.wav"}
    assert menu["nodes"]["ask"]["text"]["en"] == ["Welcome.", "Press 1 now."]
    assert menu["nodes"]["ask"]["again_audio"] == ["ask-again.wav"]
    ready = {each["audio"] for each in menu["prompts"] if each["state"] == "ready"}
    assert ready == {"ask-en-2.wav", "ask-again.wav"}


def test_one_file_beside_texts_in_several_languages_stays_that_of_the_first(api: Api) -> None:
    ivr_id = create(api)
    assert speak(api, ivr_id, node="bye", at="audio/es", text="Adios.").json["audio"] == "bye-es.wav"
    assert api("GET", f"/ivr/{ivr_id}").json["nodes"]["bye"]["audio"] == {"en": "bye.wav", "es": "bye-es.wav"}


def test_a_node_with_several_prompts_is_asked_which_one(api: Api) -> None:
    ivr_id = create(api)
    for at in ({}, {"at": "audio/fr"}):
        refused = speak(api, ivr_id, node="ask", text="Hi", **at)
        (fault,) = refused.json["errors"]
        assert (refused.status_code, fault["pointer"], fault["code"]) == (422, "/at", "place_not_found")
        assert "audio/en/0 or audio/en/1 or audio/es" in fault["message"]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"audio": {"en": ["a.wav", "b.wav"]}, "text": {"en": "Press 1."}}, "audio/en"),
        ({"audio": {"en": "a.wav"}, "text": ["Press 1.", "Now."]}, "audio/0"),
    ],
)
def test_a_text_that_belongs_to_no_audio_is_not_spoken(
    api: Api, said: dict[str, Any], at: str
) -> None:
    nodes = {"q": {**said, "gather": {"1": "end"}}, "end": {"action": "hangup"}}
    created = api("POST", "/ivr", {"name": "Several", "languages": ["en"], "nodes": nodes})
    assert created.status_code == 201
    refused = api("POST", f"/ivr/{created.json['id']}/audio", {"node": "q", "text": "Press 1.", "at": at})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/at")
    assert api("GET", f"/ivr/{created.json['id']}").json["version"] == 1


def test_languages_are_patched_and_told_by_versions(api: Api) -> None:
    ivr_id = create(api)
    patched = api("PATCH", f"/ivr/{ivr_id}", {"languages": ["es", "en"]})
    assert patched.json["languages"] == ["es", "en"]
    (change,) = api("GET", f"/ivr/{ivr_id}/versions").json["items"][0]["diff"]["menu"]
    assert (change["pointer"], change["before"], change["after"]) == ("/languages", ["en", "es"], ["es", "en"])
    assert api("GET", f"/ivr/{ivr_id}/versions/1").json["languages"] == ["en", "es"]
    removed: Any = api("PATCH", f"/ivr/{ivr_id}", {"languages": None}).json
    assert removed["languages"] == []
    assert api("PATCH", f"/ivr/{ivr_id}", {"languages": []}).json["languages"] == []


def test_the_page_of_prompts_has_a_card_for_each_and_what_stands_around_its_words(
    api: Api, browser: FlaskClient
) -> None:
    ivr_id = create(api)
    page = browser.get(f"/ui/menus/{ivr_id}/prompts")
    assert page.status_code == 200
    places = re.findall(r'data-node="(\w+)" data-at="([^"]+)"', page.text)
    assert places == [
        ("ask", "audio/en/0"), ("ask", "audio/en/1"), ("ask", "audio/es"), ("ask", "again_audio/0"),
        ("bye", "audio/en"), ("bye", "audio/es"),
    ]  # fmt: skip
    around = [json.loads(unescape(each)) for each in re.findall(r'data-around="([^"]*)"', page.text)]
    written = json.loads('"Hola."'.join(around[2]))
    assert written["text"] == {"en": ["Welcome.", "Press 1."], "es": "Hola."}
    assert written["audio"]["es"] == "ask-es.wav"
    assert list(written["gather"]) == ["1"]
