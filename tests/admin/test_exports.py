"""Menus as documents of other systems, over the API: the document, its report, and what is refused."""

from __future__ import annotations

import json
from typing import Any, get_args
from urllib.parse import quote

import pytest

from admin.exports.schema import Target
from ivr.domain.exports.targets import TARGETS
from tests.admin.conftest import Api

MENU: dict[str, Any] = {
    "name": "Hill Roofing",
    "nodes": {
        "ask": {"text": "For sales press 1, to be removed 9.", "gather": {"1": "look", "9": "out"}},
        "look": {"action": "request", "service": "desk", "next": "ring", "fail_node": "ring"},
        "ring": {"action": "transfer", "agent": "sales", "fallback_node": "bye"},
        "out": {"action": "suppress"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
    },
}


@pytest.fixture
def menu(api: Api) -> str:
    return str(api.create(MENU))


def test_the_table_of_targets_is_that_of_the_api() -> None:
    assert set(get_args(Target)) == set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_node_has_a_line_of_the_report_and_the_file_is_the_document_alone(
    api: Api, menu: str, target: str
) -> None:
    answer = api("GET", f"/ivr/{menu}/export?as={target}").json
    assert {line["part"] for line in answer["report"]} == set(MENU["nodes"])
    assert sum(answer["counts"].values()) == len(MENU["nodes"])
    file = api("GET", f"/ivr/{menu}/export/file?as={target}")
    assert json.loads(file.data) == answer["document"]
    assert file.headers["Content-Disposition"] == f'attachment; filename="Hill Roofing.{target}.json"'


def test_services_and_agents_stand_in_it_by_their_addresses_without_their_secrets(api: Api, menu: str) -> None:
    service = {"name": "desk", "url": "https://desk.example.com/ask", "headers": {"X-Token": "hush-hush"}}
    assert api("POST", "/services", service).status_code == 201
    target = {"uri": "sip:sales@pbx.example.com", "username": "us", "password": "hush-hush"}
    assert api("POST", "/agents", {"name": "sales", "targets": [target]}).status_code == 201
    answer = api("GET", f"/ivr/{menu}/export?as=studio")
    widgets = {each["name"]: each["properties"] for each in answer.json["document"]["states"]}
    assert widgets["look"]["url"] == "https://desk.example.com/ask"
    assert widgets["ring"]["sip_endpoint"] == "sip:sales@pbx.example.com"
    assert b"hush-hush" not in answer.data
    whys = {line["part"]: line["why"] for line in answer.json["report"]}
    assert "no headers of its own and no signature" in whys["look"]
    assert "POST /dnc" in whys["out"]


def test_recordings_are_played_from_the_address_that_is_given(api: Api, menu: str) -> None:
    answer = api("GET", f"/ivr/{menu}/export?as=swml&sounds=https://cdn.example.com/ivr").json
    assert answer["document"]["sections"]["bye"][0] == {"play": {"url": "https://cdn.example.com/ivr/bye.wav"}}


def test_a_draft_or_an_earlier_version_is_exported_by_its_own_words(api: Api, menu: str) -> None:
    changed = {"nodes": {"ask": {**MENU["nodes"]["ask"], "text": "Press 1 or 9."}}}
    assert api("PATCH", f"/ivr/{menu}", changed).status_code == 200
    assert api("PUT", f"/ivr/{menu}/draft", {**MENU, "name": "A draft"}).status_code in (200, 201)

    def first(query: str) -> tuple[str, str]:
        document = api("GET", f"/ivr/{menu}/export?as=studio{query}").json["document"]
        return document["description"], document["states"][1]["properties"]["say"]

    assert first("") == ("Hill Roofing", "Press 1 or 9.")
    assert first("&version=1") == ("Hill Roofing", MENU["nodes"]["ask"]["text"])
    assert first("&draft=true") == ("A draft", MENU["nodes"]["ask"]["text"])
    both = api("GET", f"/ivr/{menu}/export?as=studio&draft=true&version=1")
    assert (both.status_code, both.json["errors"][0]["pointer"]) == (422, "/query/version")
    assert api("GET", f"/ivr/{menu}/export?as=studio&version=99").status_code == 404


@pytest.mark.parametrize(
    "sounds",
    ["ftp://a.example/", "http://[::1", "http://a.example:99999/", "https://u:p@a.example/", "https://a.example/?x=1",
     "https://a.example/#a", "https://a.example/a b/"],
)  # fmt: skip
def test_an_address_behind_which_no_file_name_can_be_put_is_refused(api: Api, sounds: str) -> None:
    menu = api.create(MENU)
    answer = api("GET", f"/ivr/{menu}/export?as=swml&sounds={quote(sounds, safe='')}")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/query/sounds")


def test_a_menu_that_no_flow_can_hold_is_refused_in_words(api: Api) -> None:
    ask = {"text": "Press 1.", "gather": {"1": "n0"}, "max_attempts": {"no_input": 10, "no_match": 10}}
    nodes = {f"n{at}": {**ask, "gather": {"1": f"n{at + 1}"}} for at in range(20)}
    menu = api.create({"name": "Large", "nodes": nodes})
    answer = api("GET", f"/ivr/{menu}/export?as=studio")
    assert (answer.status_code, answer.json["code"]) == (409, "not_exportable")
    assert "1,000 at most" in answer.json["detail"]
    assert api("GET", f"/ivr/{menu}/export?as=swml").status_code == 200
