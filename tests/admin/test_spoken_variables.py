"""Texts with variables over the API: what is recorded, what is charged, what calls read."""

from __future__ import annotations

import json

from admin.wiring import Stores
from ivr.domain.menu.templates import PART_AUDIO, part_names
from ivr.domain.menu.variable_examples import example_of
from tests.admin.conftest import Api, SilentSpeech

MENU = {
    "name": "Balance",
    "nodes": {
        "ask": {"gather": {"XXX": "tell"}, "save": "balance", "text": "Key it in."},
        "tell": {"action": "hangup", "text": "Your balance is {balance:money}. Goodbye."},
    },
}
TEXT = MENU["nodes"]["tell"]["text"]


def test_a_text_with_variables_is_recorded_in_parts_and_heard_with_examples(api: Api, stores: Stores) -> None:
    menu_id = api("POST", "/ivr", MENU).json["id"]
    spoken = api("POST", f"/ivr/{menu_id}/audio", {"node": "tell", "text": TEXT})
    assert spoken.status_code == 201
    assert (spoken.json["audio"], spoken.json["text"]) == ("tell.wav", TEXT)
    # Two parts of 1.23 s, and an example that is free.
    assert spoken.json["cost_usd"] == 0.0246
    published = stores.postgres.menus.get(menu_id).published()
    assert published.prompts["tell.wav"].template == TEXT
    assert {name for name in published.prompts if PART_AUDIO.fullmatch(name)} == part_names(TEXT, "joe")
    prompts = {each["audio"]: each["state"] for each in api("GET", f"/ivr/{menu_id}").json["prompts"]}
    assert prompts == {"tell.wav": "ready"}, "its parts are no prompts of their own"
    assert api("GET", spoken.json["url"]).status_code == 200


def test_the_same_words_again_change_and_cost_nothing(api: Api, stores: Stores) -> None:
    menu_id = api("POST", "/ivr", MENU).json["id"]
    first = api("POST", f"/ivr/{menu_id}/audio", {"node": "tell", "text": TEXT}).json
    again = api("POST", f"/ivr/{menu_id}/audio", {"node": "tell", "text": TEXT}).json
    assert again["version"] == first["version"]
    changed = TEXT.replace("balance:", "sum:")
    other = api("POST", f"/ivr/{menu_id}/audio", {"node": "tell", "text": changed}).json
    assert other["version"] > first["version"]
    assert stores.postgres.menus.get(menu_id).published().prompts["tell.wav"].template == changed


def test_a_lost_part_makes_its_prompt_lost(api: Api, stores: Stores, silent_speech: SilentSpeech) -> None:
    menu_id = api("POST", "/ivr", MENU).json["id"]
    api("POST", f"/ivr/{menu_id}/audio", {"node": "tell", "text": TEXT})
    prompts = stores.postgres.menus.get(menu_id).prompts
    part = next(prompt for name, prompt in prompts.items() if PART_AUDIO.fullmatch(name))
    (silent_speech.prompts / part.file).unlink()
    (tell,) = api("GET", f"/ivr/{menu_id}").json["prompts"]
    assert tell["state"] == "lost"


def test_an_example_is_a_sentence_that_a_voice_can_say() -> None:
    text = "{who.first_name} owes {sum:money:eur}. Call {n:phone} by {t:time}"
    assert example_of(text) == (
        "who first name owes one hundred twenty-three euros and forty-five cents. "
        "Call four eight zero, five five five, zero one nine nine by two thirty P M."
    )
    assert json.dumps(example_of("Hello.")) == '"Hello."'


def test_prompts_are_uploaded_under_the_names_that_a_variable_makes_and_not_spoken(api: Api) -> None:
    nodes = {"bye": {"action": "hangup", "audio": "open-{line}.wav", "text": "Open.", "set": {"line": "north"}}}
    menu_id = api("POST", "/ivr", {"name": "Lines", "nodes": nodes}).json["id"]
    refused = api("POST", f"/ivr/{menu_id}/audio", {"node": "bye", "text": "Open."})
    assert (refused.status_code, refused.json["code"]) == (422, "audio_name_has_variables")
    uploaded = api.put_audio(f"/ivr/{menu_id}/audio/open-north.wav") if hasattr(api, "put_audio") else None
    assert uploaded is None or uploaded.json["nodes"] == ["bye"]
    menu = api("GET", f"/ivr/{menu_id}").json
    assert [(each["audio"], each["nodes"]) for each in menu["prompts"]] == [("open-{line}.wav", ["bye"])]
