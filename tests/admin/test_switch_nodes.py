"""A menu with a switch and variables through the API: created, read, compared, drawn; what is wrong is named."""

from __future__ import annotations

from typing import Any

from admin.menus.picture import draw
from tests.admin.conftest import Api

MENU: dict[str, Any] = {
    "name": "Where from",
    "nodes": {
        "where": {"switch": "caller", "case": {"+1480*": "local", "anonymous": "ask"}, "default": "bye"},
        "local": {"set": {"line": "{called}", "tries": 2, "known": True}, "next": "ask"},
        "ask": {"gather": {"1": "bye"}, "audio": "ask.wav", "max_visits": 2, "over_node": "bye", "count": "tries"},
        "bye": {"action": "hangup"},
    },
}


def test_a_menu_with_a_switch_is_created_and_read_as_it_was_written(api: Api) -> None:
    response = api("POST", "/ivr", MENU)
    assert response.status_code == 201
    menu = api("GET", f"/ivr/{response.json['id']}").json
    assert (menu["start"], menu["nodes"]) == ("where", MENU["nodes"])
    assert list(menu["nodes"]["where"]["case"]) == ["+1480*", "anonymous"]
    assert {each["code"] for each in menu["warnings"]} == {"audio_not_ready"}


def test_what_is_wrong_with_a_switch_and_with_variables_is_named_at_once(api: Api) -> None:
    nodes = {
        **MENU["nodes"],
        "where": {"switch": "caller", "case": {"*": "ask"}},
        "local": {"set": {"caller": "x", "line": "{"}, "next": "ask", "max_visits": 0},
    }
    response = api("POST", "/ivr", {**MENU, "nodes": nodes})
    assert response.status_code == 422
    assert [(each["pointer"], each["code"]) for each in response.json["errors"]] == [
        ("/nodes/where/case/*", "invalid_case"),
        ("/nodes/where/default", "missing"),
        ("/nodes/local/set/caller", "reserved_variable"),
        ("/nodes/local/set/line", "invalid_value"),
        ("/nodes/local/max_visits", "invalid_max_visits"),
        ("/nodes/local/max_visits", "over_node_missing"),
    ]


def test_a_change_of_a_case_and_of_a_variable_is_told_by_its_pointer(api: Api) -> None:
    created = api("POST", "/ivr", MENU).json
    where = {**MENU["nodes"]["where"], "case": {"+1480*": "local", "+1602*": "local"}}
    local = {"set": {"line": "x", "tries": 2, "known": True}, "next": "ask"}
    api("PATCH", f"/ivr/{created['id']}", {"nodes": {"where": where, "local": local}})
    diff = api("GET", f"/ivr/{created['id']}/versions/1/diff/2").json
    changed = {change["pointer"] for node in diff["nodes"] for change in node["fields"]}
    assert changed == {"/nodes/where/case/+1602*", "/nodes/where/case/anonymous", "/nodes/local/set/line"}


def test_the_openapi_document_has_a_schema_of_switches(api: Api) -> None:
    schemas = api("GET", "/openapi.json").json["components"]["schemas"]
    assert schemas["SwitchNode"]["required"] == ["switch", "case", "default"]
    assert {"$ref": "#/components/schemas/SwitchNode"} in schemas["Node"]["oneOf"]
    assert "set" in schemas["GatherNode"]["properties"]


def test_a_switch_is_drawn_with_a_line_for_each_node_it_leads_to() -> None:
    picture = draw("where", MENU["nodes"])
    assert [(dot.id, dot.kind) for dot in picture.dots] == [
        ("where", "start"), ("local", "message"), ("ask", "gather"), ("bye", "hangup"),
    ]  # fmt: skip
    assert len(picture.paths) + len(picture.back) == 5
