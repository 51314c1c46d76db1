"""The pages of people: added, taken off duty, changed and deleted."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import ORIGIN, post

FORM = {"name": "ann", "address": "+14155552671", "groups": "office, emergency", "place": "7", "duty": "on"}


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return client


def test_a_person_is_added_changed_and_deleted_on_their_pages(api: Api, browser: FlaskClient) -> None:
    assert "Nobody yet" in browser.get("/ui/people").text
    assert "a premium-rate number" in unescape(post(browser, "/ui/people", **{**FORM, "address": "+19005551234"})[1])
    assert post(browser, "/ui/people", **FORM)[0] == 303
    made = api("GET", "/people/ann").json
    assert (made["groups"], made["place"], made["on_duty"]) == (["office", "emergency"], 7, True)
    assert post(browser, "/ui/people/ann/duty", duty="off")[0] == 303
    assert "off duty" in browser.get("/ui/people?group=office").text
    assert 'value="office, emergency"' in unescape(browser.get("/ui/people/ann").text)
    assert post(browser, "/ui/people/ann", **{**FORM, "place": "x", "duty": "hours"})[0] == 422
    assert post(browser, "/ui/people/ann", **{**FORM, "groups": ""})[0] == 303
    assert api("GET", "/people/ann").json["groups"] == []
    assert post(browser, "/ui/people/ann/delete")[0] == 303
    assert api("GET", "/people/ann").status_code == 404
