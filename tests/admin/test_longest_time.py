"""A menu with a longest time of its own through the API: created, patched, compared, shown as JSON."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.admin.conftest import Api
from tests.admin.test_hours_page import ORIGIN

SHORT: dict[str, Any] = {"name": "Short", "max_menu_s": 120, "nodes": {"bye": {"action": "hangup"}}}


def test_the_longest_time_is_read_patched_compared_and_usual_again(api: Api) -> None:
    created = api("POST", "/ivr", SHORT)
    assert (created.status_code, created.json["max_menu_s"]) == (201, 120)
    menu = f"/ivr/{created.json['id']}"
    assert api("PATCH", menu, {"name": "Shorter"}).json["max_menu_s"] == 120
    assert api("PATCH", menu, {"max_menu_s": None}).json["max_menu_s"] == 600
    assert api("GET", f"{menu}/versions/2").json["max_menu_s"] == 120
    diff = api("GET", f"{menu}/versions/2/diff/3").json
    assert [(each["pointer"], each["change"]) for each in diff["menu"]] == [("/max_menu_s", "removed")]
    assert api("POST", f"{menu}/versions/1/restore").json["max_menu_s"] == 120


def test_another_time_is_refused_in_words(api: Api) -> None:
    answer = api("POST", "/ivr", {**SHORT, "max_menu_s": 4000})
    assert answer.status_code == 422
    assert [(each["pointer"], each["message"]) for each in answer.json["errors"]] == [
        ("/max_menu_s", "max_menu_s is a whole number of seconds from 30 to 3600")
    ]


def test_the_page_shows_the_json_from_which_the_menu_could_be_made_again(
    api: Api, app: Flask, api_key: str
) -> None:
    created = api("POST", "/ivr", SHORT).json
    browser = app.test_client()
    assert browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    assert "&#34;max_menu_s&#34;: 120" in browser.get(f"/ui/menus/{created['id']}").text
