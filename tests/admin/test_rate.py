"""How fast prompts are spoken: by the request, else by the node, else by the menu."""

from __future__ import annotations

from typing import Any

from admin.wiring import Stores
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_TREE

NODES = PAGE_TREE["nodes"]


def speak(api: Api, ivr_id: str, **more: Any) -> dict[str, Any]:
    answer = api("POST", f"/ivr/{ivr_id}/audio", {"node": "welcome", "text": "Good morning.", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def outdated(api: Api, ivr_id: str) -> list[str]:
    menu = api("GET", f"/ivr/{ivr_id}").json
    stale = [each["node"] for each in menu["warnings"] if each["code"] == "stale_prompt"]
    assert stale == [node for each in menu["prompts"] if each["outdated"] for node in each["nodes"]]
    return stale


def test_a_prompt_has_the_rate_of_its_node_else_of_its_menu_else_the_voices_own(api: Api) -> None:
    ivr_id = api.create()
    assert speak(api, ivr_id)["rate"] == 1
    api("PATCH", f"/ivr/{ivr_id}", {"rate": 0.8})
    assert speak(api, ivr_id)["rate"] == 0.8
    api("PATCH", f"/ivr/{ivr_id}", {"nodes": {"welcome": {**NODES["welcome"], "rate": 1.25}}})
    assert speak(api, ivr_id)["rate"] == 1.25
    removed = api("PATCH", f"/ivr/{ivr_id}", {"rate": None}).json
    assert removed["rate"] is None


def test_the_rate_of_a_request_comes_first_and_is_the_nodes_from_then_on(api: Api) -> None:
    ivr_id = api.create({**PAGE_TREE, "rate": 1.1})
    assert speak(api, ivr_id, rate=1.1)["rate"] == 1.1
    assert "rate" not in api("GET", f"/ivr/{ivr_id}").json["nodes"]["welcome"]
    assert speak(api, ivr_id, rate=0.7)["rate"] == 0.7
    assert api("GET", f"/ivr/{ivr_id}").json["nodes"]["welcome"]["rate"] == 0.7
    assert outdated(api, ivr_id) == []


def test_a_prompt_spoken_at_another_rate_than_its_node_now_has_is_outdated(api: Api) -> None:
    ivr_id = api.create()
    speak(api, ivr_id)
    assert outdated(api, ivr_id) == []
    api("PATCH", f"/ivr/{ivr_id}", {"rate": 0.9})
    assert outdated(api, ivr_id) == ["welcome"]
    speak(api, ivr_id)
    assert outdated(api, ivr_id) == []
    checked = api("POST", f"/ivr/{ivr_id}/check", {"rate": 1.5}).json
    assert "stale_prompt" in {each["code"] for each in checked["warnings"]}
    assert [each["pointer"] for each in checked["diff"]["menu"]] == ["/rate"]


def test_a_version_brings_back_its_rate_with_its_prompt(api: Api) -> None:
    ivr_id = api.create({**PAGE_TREE, "rate": 0.9})
    first = speak(api, ivr_id)["version"]
    api("PATCH", f"/ivr/{ivr_id}", {"rate": 1.5})
    speak(api, ivr_id)
    assert api("POST", f"/ivr/{ivr_id}/versions/{first}/restore").status_code == 200
    menu = api("GET", f"/ivr/{ivr_id}").json
    prompt = next(each for each in menu["prompts"] if "welcome" in each["nodes"])
    assert (menu["rate"], outdated(api, ivr_id), prompt["outdated"]) == (0.9, [], False)


def test_a_prompt_older_than_the_rules_is_outdated_where_they_make_other_words_of_its_text(
    api: Api, stores: Stores
) -> None:
    ivr_id = api.create()
    for node, text in (("welcome", "Open 9am-5pm!!!"), ("has_license", "Good bye - and thanks!!!")):
        assert api("POST", f"/ivr/{ivr_id}/audio", {"node": node, "text": text}).status_code == 201
    with stores.postgres.database.transaction() as connection:
        connection.execute("update prompt set spoken_as = null, language = null")
    # The rest of the process knows the menu as it was.
    api("PATCH", f"/ivr/{ivr_id}", {"name": "Older"})
    assert outdated(api, ivr_id) == ["welcome"]
