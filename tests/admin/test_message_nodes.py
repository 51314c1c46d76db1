"""A menu with a message through the API: created, read, compared, drawn; what is wrong with one is named."""

from __future__ import annotations

from typing import Any

from admin.menus.picture import draw
from tests.admin.conftest import Api

MENU: dict[str, Any] = {
    "name": "Hello",
    "nodes": {
        "hello": {"text": "Hello.", "audio": "hello.wav", "next": "ask"},
        "ask": {"gather": {"1": "bye"}, "audio": "ask.wav"},
        "bye": {"action": "hangup"},
    },
}


def test_a_menu_with_a_message_is_created_and_read_as_it_was_written(api: Api) -> None:
    response = api("POST", "/ivr", MENU)
    assert response.status_code == 201
    menu = api("GET", f"/ivr/{response.json['id']}").json
    assert (menu["start"], menu["nodes"]) == ("hello", MENU["nodes"])


def test_a_message_without_a_node_to_continue_at_is_refused(api: Api) -> None:
    response = api("POST", "/ivr", {**MENU, "nodes": {"hello": {"audio": "hello.wav"}}})
    assert response.status_code == 422
    assert [(each["pointer"], each["code"]) for each in response.json["errors"]] == [
        ("/nodes/hello", "no_gather_no_action")
    ]
    assert "next" in response.json["errors"][0]["message"]


def test_a_node_is_a_message_or_a_question_and_never_both(api: Api) -> None:
    response = api("POST", "/ivr", {**MENU, "nodes": {"hello": {"gather": {"1": "bye"}, "next": "bye"}}})
    assert [each["code"] for each in response.json["errors"]] == ["gather_and_action"]


def test_the_openapi_document_has_a_schema_of_messages(api: Api) -> None:
    schemas = api("GET", "/openapi.json").json["components"]["schemas"]
    assert schemas["MessageNode"]["required"] == ["next"]
    assert {"$ref": "#/components/schemas/MessageNode"} in schemas["Node"]["oneOf"]


def test_a_message_is_drawn_with_its_way_on() -> None:
    picture = draw("ask", {**MENU["nodes"], "ask": {"gather": {"1": "hello", "2": "bye"}}})
    assert [(dot.id, dot.kind) for dot in picture.dots] == [("ask", "start"), ("hello", "message"), ("bye", "hangup")]
    assert len(picture.paths) == 2
    assert len(picture.back) == 1
