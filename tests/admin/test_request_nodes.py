"""A menu with requests and a list through the API: created, read, changed, drawn; what is wrong is named."""

from __future__ import annotations

from typing import Any

from admin.menus.picture import draw
from tests.admin.conftest import Api

MENU: dict[str, Any] = {
    "name": "Representatives",
    "nodes": {
        "find": {"action": "request", "service": "people", "send": ["caller"], "save": "found", "next": "people",
                 "fail_node": "none"},
        "people": {"action": "each", "list": "found.people", "save": "who", "next": "call", "done_node": "tell",
                   "empty_node": "none", "shuffle": True, "max": 5},
        "call": {"gather": {"1": "people"}, "audio": "call.wav"},
        "tell": {"action": "request", "wait": False, "service": "desk", "send": {"n": "{caller}"}, "next": "none"},
        "none": {"action": "hangup"},
    },
}  # fmt: skip


def made(api: Api) -> Any:
    response = api("POST", "/ivr", MENU)
    assert response.status_code == 201, response.json
    return response.json


def test_a_menu_with_requests_and_a_list_is_created_and_read_as_it_was_written(api: Api) -> None:
    menu = api("GET", f"/ivr/{made(api)['id']}").json
    assert menu["nodes"] == MENU["nodes"]
    assert {each["code"] for each in menu["warnings"]} == {"audio_not_ready", "service_not_found"}


def test_what_is_wrong_with_requests_and_lists_is_named_at_once(api: Api) -> None:
    nodes = {
        **MENU["nodes"],
        "find": {"action": "request", "service": "a b", "send": ["Caller"], "next": "people"},
        "people": {**MENU["nodes"]["people"], "save": "found", "max": 0},
    }
    response = api("POST", "/ivr", {**MENU, "nodes": nodes})
    assert response.status_code == 422
    assert [(each["pointer"], each["code"]) for each in response.json["errors"]] == [
        ("/nodes/find/service", "invalid_service"),
        ("/nodes/find/send/0", "invalid_variable"),
        ("/nodes/find/fail_node", "fail_node_missing"),
        ("/nodes/people/max", "invalid_max"),
        ("/nodes/people/save", "saves_over_list"),
    ]


def test_a_change_of_what_is_sent_is_told_by_its_name(api: Api) -> None:
    menu = made(api)
    tell = {**MENU["nodes"]["tell"], "send": {"n": "{caller}", "why": "done"}}
    assert api("PATCH", f"/ivr/{menu['id']}", {"nodes": {"tell": tell}}).status_code == 200
    diff = api("GET", f"/ivr/{menu['id']}/versions/1/diff/2").json
    assert [each["pointer"] for node in diff["nodes"] for each in node["fields"]] == ["/nodes/tell/send/why"]


def test_the_openapi_document_says_when_a_request_needs_a_way_out(api: Api) -> None:
    schemas = api("GET", "/openapi.json").json["components"]["schemas"]
    assert schemas["RequestNode"]["required"] == ["action", "service", "next"]
    assert schemas["RequestNode"]["else"] == {"required": ["fail_node"]}
    assert schemas["EachNode"]["required"] == ["action", "list", "save", "next", "done_node"]


def test_requests_and_lists_are_drawn_as_nodes_of_their_kinds() -> None:
    picture = draw("find", MENU["nodes"])
    assert {dot.id: dot.kind for dot in picture.dots} == {
        "find": "start", "people": "each", "none": "hangup", "call": "gather", "tell": "request",
    }  # fmt: skip
