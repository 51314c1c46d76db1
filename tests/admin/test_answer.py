"""A menu that answers late through the API: created, changed, compared, shown as JSON, tested."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.admin.conftest import Api
from tests.admin.test_hours_page import ORIGIN

GATE: dict[str, Any] = {
    "name": "Gate",
    "answer": False,
    "nodes": {
        "who": {"switch": "caller", "case": {"anonymous": "no"}, "default": "bye"},
        "no": {"action": "reject", "reason": "busy"},
        "bye": {"action": "hangup"},
    },
}


def test_a_menu_that_answers_late_is_read_and_patched(api: Api) -> None:
    created = api("POST", "/ivr", GATE)
    assert (created.status_code, created.json["answer"], created.json["warnings"]) == (201, False, [])
    menu = f"/ivr/{created.json['id']}"
    assert api("GET", menu).json["nodes"] == GATE["nodes"]
    assert api("PATCH", menu, {"name": "Gate two"}).json["answer"] is False
    at_once = api("PATCH", menu, {"answer": None}).json
    assert at_once["answer"] is True
    assert [each["code"] for each in at_once["warnings"]] == ["reject_after_answer"]
    assert api("GET", f"{menu}/versions/2").json["answer"] is False
    diff = api("GET", f"{menu}/versions/2/diff/3").json
    assert [(each["pointer"], each["change"]) for each in diff["menu"]] == [("/answer", "removed")]
    assert api("PUT", menu, {**GATE, "answer": True}).json["answer"] is True


def test_another_reason_and_another_answer_are_refused_in_words(api: Api) -> None:
    nodes = {"no": {"action": "reject", "reason": "spam"}}
    answer = api("POST", "/ivr", {"name": "Gate", "answer": "no", "nodes": nodes})
    assert answer.status_code == 422
    assert [(each["pointer"], each["message"]) for each in answer.json["errors"]] == [
        ("/nodes/no/reason", "reason is one of declined, busy, unavailable, not_found"),
        ("/answer", "answer is true or false"),
    ]


def test_the_page_shows_the_json_from_which_the_menu_could_be_made_again(
    api: Api, app: Flask, api_key: str
) -> None:
    created = api("POST", "/ivr", GATE).json
    browser = app.test_client()
    assert browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    assert "&#34;answer&#34;: false" in browser.get(f"/ui/menus/{created['id']}").text
