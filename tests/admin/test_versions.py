"""/ivr/{id}/versions, /check and PUT: nothing that was is lost, nothing is overwritten unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

from admin.http.services import Services
from admin.versions.changed_fields import changed_field
from admin.versions.summaries import summary_text
from admin.wiring import Stores
from ivr.ports.menu_versions import VersionStore
from ivr.ports.menus import MenuStore
from ivr.storage.disk.prompt_files import PromptFiles
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE
from tests.helpers import as_superuser

SPEAK = {"node": "welcome", "text": "Press 1, or press 9.", "voice": "joe"}


def test_every_write_is_a_version_with_who_when_and_what(api: Api) -> None:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", PAGE_PATCH)
    api("POST", f"/ivr/{menu}/audio", SPEAK)
    page = api("GET", f"/ivr/{menu}/versions").json
    assert [(each["version"], each["current"]) for each in page["items"]] == [(3, True), (2, False), (1, False)]
    assert {each["actor"][:4] for each in page["items"]} == {"key_"}
    assert page["items"][0]["diff"]["prompts"] == [{"audio": "welcome.wav", "change": "added"}]
    (change,) = page["items"][1]["diff"]["nodes"]
    assert (change["node"], change["change"]) == ("welcome", "changed")
    assert change["fields"] == [
        {"pointer": "/nodes/welcome/gather/2", "change": "added", "before": None, "after": "hours"}
    ]
    assert [each["change"] for each in page["items"][2]["diff"]["nodes"]] == ["added"] * 7


def test_versions_come_in_pages_and_each_still_has_its_difference(api: Api) -> None:
    menu = api.create()
    for count in range(4):
        api("PATCH", f"/ivr/{menu}", {"name": f"name {count}"})
    seen, cursor = [], ""
    while True:
        page = api("GET", f"/ivr/{menu}/versions?limit=2{cursor}").json
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [each["version"] for each in seen] == [5, 4, 3, 2, 1]
    assert all(len(each["diff"]["menu"]) == 1 for each in seen)
    assert api("GET", f"/ivr/{menu}/versions?cursor=bm8").status_code == 422


def followed(api: Api, path: str) -> Iterator[Any]:
    """The pages of a list of 200 at a time."""
    cursor = ""
    while True:
        answer = api("GET", f"{path}?limit=200{cursor}")
        assert answer.status_code == 200
        yield answer
        if answer.json["next_cursor"] is None:
            return
        cursor = f"&cursor={answer.json['next_cursor']}"


def test_pages_of_large_menus_are_short_and_leave_nothing_out(api: Api, stores: Stores) -> None:
    menu = api.create()
    large = {**PAGE_TREE, "nodes": {f"n{n}": {"action": "hangup", "text": "x" * 900} for n in range(250)}}
    with stores.postgres.database.transaction() as connection:
        connection.execute(
            "insert into ivr_version (ivr_id, version, document, prompts, actor)"
            " select %s, n, replace(%s, 'n7', 'n7' || n)::json, '{}', 'test' from generate_series(2, 30) n",
            (menu, json.dumps(large)),
        )
        connection.execute(
            "insert into audit_log (actor, action, subject, before, after)"
            " select 'test', 'ivr.change', %(id)s, %(text)s::json, %(text)s::json from generate_series(2, 30) n",
            {"id": menu, "text": json.dumps(large)},
        )
    pages = list(followed(api, f"/ivr/{menu}/versions"))
    assert [each["version"] for page in pages for each in page.json["items"]] == [*range(30, 0, -1)]
    assert all(each["diff"]["nodes"] for page in pages for each in page.json["items"])
    audits = list(followed(api, "/audit"))
    assert len([each for page in audits for each in page.json["items"] if each["subject"] == menu]) == 30
    assert len(pages) > 2
    assert len(audits) > 5
    assert max(len(page.data) for page in audits) < 3_000_000


def test_a_version_is_the_menu_as_it_was(api: Api) -> None:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", {"nodes": {"welcome": None, "dnc": None}})
    old = api("GET", f"/ivr/{menu}/versions/1")
    assert old.json["nodes"] == PAGE_TREE["nodes"]
    assert list(json.loads(old.data)["nodes"]) == list(PAGE_TREE["nodes"])
    assert (old.json["version"], old.json["current"], old.json["start"]) == (1, False, "welcome")
    for missing in ("3", "0", "-1", "x", "9999999999"):
        assert api("GET", f"/ivr/{menu}/versions/{missing}").json["code"] == "version_not_found"
    assert api("GET", "/ivr/ivr_nosuchmenu1/versions/1").json["code"] == "tree_not_found"
    assert api("GET", "/ivr/ivr_nosuchmenu1/versions").status_code == 404


def test_two_versions_are_compared_either_way(api: Api) -> None:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", {"name": "Other", "nodes": {"dnc": None}})
    there = api("GET", f"/ivr/{menu}/versions/1/diff/2").json
    assert there["menu"] == [
        {"pointer": "/name", "change": "changed", "before": "Plumber Qualifier", "after": "Other"}
    ]
    assert [(each["node"], each["change"]) for each in there["nodes"]] == [("dnc", "removed")]
    back = api("GET", f"/ivr/{menu}/versions/2/diff/1").json
    assert [(each["node"], each["change"]) for each in back["nodes"]] == [("dnc", "added")]


def test_a_return_brings_back_nodes_and_prompts_as_a_new_version_that_calls_hear(
    api: Api, cached: Callable[[str], str | None], services: Services
) -> None:
    menu = api.create()
    api("POST", f"/ivr/{menu}/audio", SPEAK)
    api("POST", f"/ivr/{menu}/assign", {"did": PAGE_DID})
    before = services.get(MenuStore).get(menu)
    api("POST", f"/ivr/{menu}/audio", {**SPEAK, "text": "Something else", "voice": "rachel"})
    api("PATCH", f"/ivr/{menu}", {"nodes": {"dnc": None, "late": {"action": "hangup"}}})
    answer = api("POST", f"/ivr/{menu}/versions/2/restore", headers={"If-Match": '"4"'})
    assert answer.status_code == 200
    assert (answer.json["version"], answer.headers["ETag"]) == (5, '"5"')
    after = services.get(MenuStore).get(menu)
    assert list(after.document["nodes"]) == list(PAGE_TREE["nodes"])
    assert after.prompts == before.prompts
    assert cached(f"did:{PAGE_DID}") == f"{menu}:5"
    again = api("POST", f"/ivr/{menu}/versions/2/restore")
    assert again.json["version"] == 5  # it is that version already
    entry = api("GET", f"/audit?subject={menu}").json["items"][0]
    assert entry["action"] == "ivr.restore"


def test_a_return_brings_the_sound_of_then_though_the_audit_log_is_pruned(
    api: Api, services: Services, database: str
) -> None:
    menu = api.create()
    for text in ("Then.", "Now."):
        api("POST", f"/ivr/{menu}/audio", {**SPEAK, "text": text})
    then = services.get(VersionStore).get(menu, 2).prompts["welcome.wav"]
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from audit_log")
    assert api("POST", f"/ivr/{menu}/versions/2/restore").status_code == 200
    assert services.get(MenuStore).get(menu).prompts["welcome.wav"].as_file() == then


def test_a_return_leaves_a_prompt_alone_whose_old_file_is_gone(api: Api, services: Services) -> None:
    menu = api.create()
    api("POST", f"/ivr/{menu}/audio", SPEAK)
    old = services.get(MenuStore).get(menu).prompts["welcome.wav"].file
    api("POST", f"/ivr/{menu}/audio", {**SPEAK, "text": "Something else"})
    new = services.get(MenuStore).get(menu).prompts["welcome.wav"].file
    services.get(PromptFiles).path_of(old).unlink()
    assert api("POST", f"/ivr/{menu}/versions/2/restore").status_code == 200
    assert services.get(MenuStore).get(menu).prompts["welcome.wav"].file == new


def test_whoever_returns_or_replaces_for_a_version_that_is_gone_gets_412(api: Api) -> None:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", {"name": "Somebody's"})
    old = {"If-Match": '"1"'}
    for method, path, body in (
        ("POST", f"/ivr/{menu}/versions/1/restore", None),
        ("PUT", f"/ivr/{menu}", PAGE_TREE),
        ("PATCH", f"/ivr/{menu}", {"name": "Mine"}),
    ):
        refused = api(method, path, body, headers=old)
        assert (refused.status_code, refused.json["code"]) == (412, "version_replaced")
        assert refused.headers["ETag"] == '"2"'
    assert api("GET", f"/ivr/{menu}").json["name"] == "Somebody's"


def test_put_replaces_the_whole_menu_in_the_order_given(api: Api) -> None:
    menu = api.create()
    nodes = {"10": {"gather": {"9": "2", "1": "2"}}, "2": {"action": "hangup", "text": "Bye.", "voice": "rachel"}}
    answer = api("PUT", f"/ivr/{menu}", {"name": "New", "nodes": nodes}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json["version"]) == (200, 2)
    read = json.loads(api("GET", f"/ivr/{menu}").data)
    assert list(read["nodes"]) == ["10", "2"]
    assert list(read["nodes"]["10"]["gather"]) == ["9", "1"]
    assert api("PUT", f"/ivr/{menu}", {"nodes": nodes}).json["errors"][0]["pointer"] == "/name"
    assert api("PUT", f"/ivr/{menu}?strict=true", {"name": "New", "nodes": nodes}).json["code"] == "warnings"


def test_a_check_tells_what_would_change_and_writes_nothing(api: Api) -> None:
    menu = api.create()
    api("POST", f"/ivr/{menu}/assign", {"did": PAGE_DID})
    checked = api("POST", f"/ivr/{menu}/check", PAGE_PATCH).json
    assert (checked["version"], checked["dids"], checked["calls_under_way"]) == (1, [PAGE_DID], 0)
    assert [each["node"] for each in checked["diff"]["nodes"]] == ["welcome"]
    assert any(each["pointer"] == "/nodes/welcome/gather/2" for each in checked["warnings"])
    whole = {"name": "Plumber Qualifier", "nodes": {"end": {"action": "hangup", "text": "Press 3."}}}
    checked = api("POST", f"/ivr/{menu}/check?replace=true", whole).json
    assert [each["change"] for each in checked["diff"]["nodes"]] == ["added"] + ["removed"] * 7
    assert "key_not_offered" in [each["code"] for each in checked["warnings"]]
    refused = api("POST", f"/ivr/{menu}/check?replace=true", {"name": "x", "nodes": {"a": {}}})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/nodes/a")
    assert api("POST", f"/ivr/{menu}/check", []).status_code == 422
    assert api("GET", f"/ivr/{menu}").json["version"] == 1


def test_speaking_other_words_changes_the_nodes_text_and_leaves_a_node_without_one_alone(api: Api) -> None:
    nodes = {**PAGE_TREE["nodes"], "bye": {"action": "hangup", "text": "Bye now.", "voice": "rachel"}}
    menu = api.create({**PAGE_TREE, "nodes": nodes})
    spoken = api("POST", f"/ivr/{menu}/audio", {"node": "bye", "text": "Good bye.", "voice": "joe"}).json
    assert (spoken["audio_added"], spoken["voice"]) == (True, "joe")
    read = api("GET", f"/ivr/{menu}").json
    assert read["nodes"]["bye"] == {"audio": "bye.wav", "action": "hangup", "text": "Good bye.", "voice": "joe"}
    api("POST", f"/ivr/{menu}/audio", SPEAK)
    assert api("GET", f"/ivr/{menu}").json["nodes"]["welcome"] == PAGE_TREE["nodes"]["welcome"]
    assert not [each for each in read["warnings"] if each["code"] == "stale_prompt"]


def test_a_text_that_was_changed_after_it_was_spoken_is_told(api: Api) -> None:
    menu = api.create({"name": "m", "nodes": {"bye": {"action": "hangup", "text": "Bye now."}}})
    voiced = api("POST", f"/ivr/{menu}/audio", {"node": "bye", "text": "Bye now."}).json
    assert voiced["voice"] == "joe" or voiced["voice"]
    api("PATCH", f"/ivr/{menu}", {"nodes": {"bye": {"action": "hangup", "audio": "bye.wav", "text": "Good bye."}}})
    assert [each["code"] for each in api("GET", f"/ivr/{menu}").json["warnings"]] == ["stale_prompt"]


def test_a_return_to_a_version_with_warnings_is_refused_where_that_is_asked_for(api: Api) -> None:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", {"nodes": {"lost": {"action": "hangup"}}})
    api("PATCH", f"/ivr/{menu}", {"nodes": {"lost": None}})
    answer = api("POST", f"/ivr/{menu}/versions/2/restore?strict=true")
    assert (answer.status_code, answer.json["code"]) == (422, "warnings")
    assert "lost" in {each["node"] for each in answer.json["errors"]}
    assert api("GET", f"/ivr/{menu}").json["version"] == 3
    assert api("POST", f"/ivr/{menu}/versions/2/restore").json["version"] == 4


@pytest.mark.parametrize(
    ("pointer", "before", "after", "lines"),
    [
        ("/nodes/a/remember", True, ..., ["remember: no longer yes"]),
        ("/nodes/a/barge_in", True, False, ["barge_in: yes → no"]),
        ("/nodes/a/voice", {"es": "em_alex"}, ..., ["voice, Spanish: no longer em_alex"]),
        ("/nodes/a/text", {"en": "Hi", "es": "Ola"}, {"en": "Hi", "es": "Hola"}, ["text, Spanish: Ola → Hola"]),
        ("/nodes/a/text", "Hi", {"en": "Hello"}, ["text: no longer Hi", "text, English: Hello"]),
        ("/languages", ["en"], ["en", "es"], ["languages: English → English, Spanish"]),
        ("/nodes/a/set", ..., {"visits": "{visits}1"}, ["set: visits: {visits}1"]),
    ],
)
def test_pages_say_a_changed_field_in_words_and_by_language(
    pointer: str, before: Any, after: Any, lines: list[str]
) -> None:
    change = "added" if before is ... else "removed" if after is ... else "changed"
    sides = {"before": None if before is ... else before, "after": None if after is ... else after}
    below = "nodes/a/" if pointer.startswith("/nodes") else ""
    assert changed_field({"pointer": pointer, "change": change, **sides}, below) == lines


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "renamed to Roofing line; key 2 of welcome added; prompt welcome added"),
        ("es", "ahora se llama Roofing line; tecla 2 de welcome añadida; locución welcome añadida"),
    ],
)
def test_pages_name_a_version_in_their_language(api: Api, app: Flask, language: str, expected: str) -> None:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", {**PAGE_PATCH, "name": "Roofing line"})
    api("POST", f"/ivr/{menu}/audio", SPEAK)
    diff = api("GET", f"/ivr/{menu}/versions/1/diff/3").json
    with app.test_request_context("/ui/", headers={"Accept-Language": language}):
        assert summary_text(diff) == expected
