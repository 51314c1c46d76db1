"""The pages of services: made, changed and tried, and nothing secret is shown but a new secret, once."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import ORIGIN, post
from tests.service_stub import answer, serving

FORM = {
    **{"name": "crm", "url": "https://crm.example.com/", "method": "PUT", "timeout_s": "1.5", "cache_s": "60"},
    "headers": "Authorization: Bearer: 7\r\n\r\nX-Shop : 12 ",
}


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return client


def test_a_service_is_made_changed_and_deleted_on_its_pages(api: Api, browser: FlaskClient) -> None:
    assert "No service yet" in browser.get("/ui/services").text
    status, text = post(browser, "/ui/services/new", **FORM)
    assert status == 200
    assert "whsec_" in text
    made = api("GET", "/services/crm").json
    assert (made["method"], made["timeout_s"], made["cache_s"]) == ("PUT", 1.5, 60)
    assert (made["headers"], made["allow_private"]) == (["Authorization", "X-Shop"], False)
    shown = unescape(browser.get("/ui/services/crm").text)
    assert "whsec_" not in shown
    assert "Bearer: 7" not in shown
    assert "Authorization:\nX-Shop:" in shown
    changed = {**FORM, "headers": "X-Shop:", "allow_private": "true"}
    assert post(browser, "/ui/services/crm", **changed)[0] == 303
    made = api("GET", "/services/crm").json
    assert (made["headers"], made["allow_private"]) == (["X-Shop"], True)
    assert "whsec_" in post(browser, "/ui/services/crm/rotate")[1]
    listed = browser.get("/ui/services").text
    assert "https://crm.example.com/" in listed
    assert ">1.5 s<" in listed
    assert post(browser, "/ui/services/crm/delete")[0] == 303
    assert api("GET", "/services").json["items"] == []


def test_what_is_refused_stays_typed(browser: FlaskClient) -> None:
    for wrong, fault in [
        ({"url": "crm"}, "an address begins with https://"),
        ({"timeout_s": "soon"}, "write a number of seconds"),
        ({"timeout_s": "nan"}, "write a number of seconds"),
        ({"cache_s": "inf"}, "write a number of seconds"),
        ({"cache_s": "1.5"}, "write a number of seconds"),
        ({"timeout_s": "9"}, "timeout_s"),
        ({"headers": "Host: inside"}, "Host is set by every request itself"),
    ]:
        status, text = post(browser, "/ui/services/new", **{**FORM, **wrong})
        assert (status, fault in text) == (422, True), wrong
        assert 'value="crm"' in text


def test_a_service_is_tried_on_its_page(api: Api, browser: FlaskClient) -> None:
    with serving(answer({"name": "<b>Ann</b>"})) as stub:
        api("POST", "/services", {"name": "crm", "url": stub.url, "allow_private": True})
        answered = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
        tried = browser.post(
            "/ui/services/crm/try", data={"csrf": answered, "sent": "caller: +14155550100\nempty:"}, headers=ORIGIN
        )
        assert b'"caller":"+14155550100","empty":""' in stub.got[0].body
    assert "&lt;b&gt;Ann&lt;/b&gt;" in tried.text
    assert "<b>Ann" not in tried.text
    assert "HTTP 200" in tried.text
    assert "checked" in tried.text  # allow_private stays ticked
    away = post(browser, "/ui/services/crm/try", sent="")[1]
    assert "cannot be reached" in away


def test_who_may_only_read_sees_no_form(api: Api, app: Flask) -> None:
    api("POST", "/services", {"name": "crm", "url": "https://crm.example.com/"})
    key = api("POST", "/keys", {"name": "reader", "scopes": ["read", "write"]}).json["key"]
    reader = app.test_client()
    assert reader.post("/ui/login", data={"key": key}, headers=ORIGIN).status_code == 303
    shown = reader.get("/ui/services/crm").text
    assert "https://crm.example.com/" in shown
    assert 'action="/ui/services/crm' not in shown
    assert reader.get("/ui/services/new").status_code == 403
