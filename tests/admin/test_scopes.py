"""Every endpoint and page against every scope, key and session, and against another site; nobody touches who outranks
them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.endpoints import ENDPOINTS
from admin.http.auth import Auth
from admin.http.services import Services
from admin.http.sessions import SAFE_METHODS, Sessions
from admin.pages import _page_modules
from admin.wiring import Stores
from ivr.domain.roles import OR, SCOPES, allows
from tests.admin import scope_table
from tests.admin.conftest import Api

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": "http://localhost"}
# A part of a path that is nothing's name in these tests.
_PARTS = {"did": "+14155550100", "number": "+14155550100", "version": "1", "other": "1", "asset": "docs.js"}
# What a page says to a form without its token, and to one from elsewhere.
_NOT_OURS = ("loaded before you logged in", "came from another site")


def _address(path: str) -> str:
    return re.sub(r"<(?:[a-z]+:)?(\w+)>", lambda part: _PARTS.get(part[1], "nothing"), path)


def _sessions(app: Flask, stores: Stores) -> dict[str, tuple[FlaskClient, str]]:
    """For each scope a browser that is logged in with it alone, and its CSRF token."""
    found: dict[str, tuple[FlaskClient, str]] = {}
    for scope in SCOPES:
        client = app.test_client()
        key = stores.postgres.keys.create(f"page {scope}", [scope])[1]
        assert client.post("/ui/login", data={"key": key}, headers=ORIGIN).status_code == 303
        found[scope] = client, client.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    return found


def test_the_table_names_every_endpoint_and_every_page() -> None:
    endpoints = [(each.scope or "open", each.method, each.path) for each in ENDPOINTS]
    assert sorted(endpoints) == sorted(scope_table.ENDPOINTS)
    pages = [
        ("open" if each.open else each.scope or "any", each.method, "/ui" + each.path)
        for module in _page_modules()
        for each in module.pages.routes
    ]
    assert sorted(pages) == sorted(scope_table.PAGES)


def test_every_endpoint_serves_the_one_scope_of_the_table_by_key_and_by_session(app: Flask, stores: Stores) -> None:
    keys = {scope: stores.postgres.keys.create(scope, [scope])[1] for scope in SCOPES}
    sessions = _sessions(app, stores)
    wrong: list[Any] = []
    for needed, method, path in scope_table.ENDPOINTS:
        if needed == "open":
            continue
        for scope in SCOPES:
            with_key = {"Authorization": f"Bearer {keys[scope]}"}
            browser, csrf = sessions[scope]
            for client, headers in ((app.test_client(), with_key), (browser, {**ORIGIN, "X-CSRF-Token": csrf})):
                code = _asked(client, method, path, headers)
                refused = code == "scope_missing"
                if refused != (not allows([scope], needed)) or code in ("key_missing", "csrf", "foreign_origin"):
                    wrong.append((method, path, scope, code))
        for browser, csrf in [sessions[needed.split(OR)[0]]] if method not in SAFE_METHODS else []:
            for headers, refusal in (
                ({**ORIGIN}, "csrf"),
                ({**ORIGIN, "X-CSRF-Token": "0" * 64}, "csrf"),
                ({"Origin": "https://evil.example", "X-CSRF-Token": csrf}, "foreign_origin"),
                ({"X-CSRF-Token": csrf}, "foreign_origin"),
            ):
                if (code := _asked(browser, method, path, headers)) != refusal:
                    wrong.append((method, path, refusal, code))
    assert wrong == []


def test_every_page_serves_the_one_scope_of_the_table_and_no_other_site(app: Flask, stores: Stores) -> None:
    sessions = _sessions(app, stores)
    wrong: list[Any] = []
    for needed, method, path in scope_table.PAGES:
        if needed == "open" or path == "/ui/logout":
            continue
        for scope in SCOPES:
            browser, csrf = sessions[scope]
            answer = browser.open(_address(path), method=method, data={"csrf": csrf}, headers=ORIGIN)
            refused = f"this page needs the scope “{needed}”" in answer.text
            right = needed == "any" or allows([scope], needed)
            if refused == right or (refused and answer.status_code != 403):
                wrong.append((method, path, scope, answer.status_code))
        nobody = app.test_client().open(_address(path), method=method, headers=ORIGIN)
        if nobody.status_code != 303 or "/ui/login" not in nobody.headers["Location"]:
            wrong.append((method, path, "nobody", nobody.status_code))
        browser, csrf = sessions["read" if needed == "any" else needed.split(OR)[0]]
        for form, origin in () if method == "GET" else (({}, ORIGIN), ({"csrf": csrf}, {"Origin": "https://evil.example"})):
            answer = browser.open(_address(path), method=method, data=form, headers=origin)
            if answer.status_code != 403 or not any(each in answer.text for each in _NOT_OURS):
                wrong.append((method, path, origin, answer.status_code))
    assert wrong == []


def _asked(client: FlaskClient, method: str, path: str, headers: dict[str, str]) -> str:
    """The code of the problem, "" where there is none."""
    with client.open(_address(path), method=method, headers=headers, buffered=False) as answer:
        if answer.status_code < 400:
            return ""
        code: str = answer.get_json()["code"]
        return code


@pytest.fixture
def lesser(api: Api, stores: Stores) -> Api:
    """An administrator who may not see calls."""
    return api.as_key(stores.postgres.keys.create("lesser", ["read", "write", "dnc", "admin"])[1])


def test_nobody_touches_a_key_or_a_session_that_outranks_them(
    app: Flask, api: Api, lesser: Api, stores: Stores
) -> None:
    key, secret = stores.postgres.keys.create("all")
    stores.postgres.sessions.open(key.key_id)
    (session,) = lesser("GET", "/sessions").json["items"]
    assert lesser("DELETE", f"/keys/{key.key_id}").status_code == 403
    assert lesser("DELETE", f"/sessions/{session['id']}").status_code == 403
    assert api.as_key(secret)("GET", "/ivr").status_code == 200
    assert [each["id"] for each in api("GET", "/sessions").json["items"]] == [session["id"]]
    assert api("DELETE", f"/sessions/{session['id']}").status_code == 204
    assert api("DELETE", f"/keys/{key.key_id}").status_code == 204


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "another password"}, {"scopes": ["read"]}])
def test_nobody_changes_a_user_who_outranks_them(api: Api, lesser: Api, change: dict[str, Any]) -> None:
    user = api("POST", "/users", {"name": "ada", "password": PASSWORD, "scopes": ["read", "calls"]}).json
    assert lesser("PATCH", f"/users/{user['id']}", change).status_code == 403
    assert api("GET", f"/users/{user['id']}").json == user


def test_nobody_gives_a_scope_that_they_lack(api: Api, lesser: Api) -> None:
    assert lesser("POST", "/keys", {"name": "x", "scopes": ["calls"]}).status_code == 403
    assert lesser("POST", "/keys", {"name": "x"}).status_code == 403, "nor by saying nothing about scopes"
    assert lesser("POST", "/users", {"name": "eve", "password": PASSWORD, "scopes": ["calls"]}).status_code == 403
    user = lesser("POST", "/users", {"name": "eve", "password": PASSWORD, "scopes": ["read"]}).json
    assert lesser("PATCH", f"/users/{user['id']}", {"scopes": ["read", "calls"]}).status_code == 403
    assert {each["name"] for each in api("GET", "/keys").json["items"]} == {"tests", "lesser"}


def test_a_key_or_user_made_without_a_word_about_scopes_is_no_administrator(api: Api) -> None:
    usual = ["read", "write", "dnc", "calls"]
    assert api("POST", "/keys", {"name": "x"}).json["scopes"] == usual
    assert api("POST", "/users", {"name": "ada", "password": PASSWORD}).json["scopes"] == usual


@pytest.mark.parametrize(
    "guarded",
    [
        {"prepare_url": "https://93.184.216.34/prepare"},
        {"targets": [{"uri": "sip:a@192.0.2.1:5060", "username": "ann", "password": "secret"}]},
        {"targets": [{"uri": "sip:a@192.0.2.1:5060", "username": "ann"}]},
        {"may_transfer_to": ["sip:+1900*@trunk.example.com"]},
    ],
)
def test_agents_with_a_url_credentials_or_a_way_to_send_callers_on_are_the_administrators(
    api: Api, stores: Stores, guarded: dict[str, Any]
) -> None:
    writer = api.as_key(stores.postgres.keys.create("w", ["read", "write"])[1])
    plain = {"targets": [{"uri": "sip:a@192.0.2.1:5060"}]}
    assert writer("POST", "/agents", {"name": "guarded", **plain, **guarded}).status_code == 403
    assert api("POST", "/agents", {"name": "guarded", **plain, **guarded}).status_code == 201
    elsewhere = {"targets": [{"uri": "sip:a@203.0.113.9:5060", "username": "ann"}]}
    assert writer("PATCH", "/agents/guarded", elsewhere).status_code == 403, "a password would go to another host"
    bare = {"prepare_url": None, "may_transfer_to": [], **plain}
    assert writer("PATCH", "/agents/guarded", bare).status_code == 403
    assert writer("DELETE", "/agents/guarded?force=true").status_code == 403
    assert writer("POST", "/agents", {"name": "plain", **plain}).status_code == 201
    assert writer("PATCH", "/agents/plain", guarded).status_code == 403
    assert writer("PATCH", "/agents/plain", {"ring_timeout_s": 5}).status_code == 200
    assert writer("DELETE", "/agents/plain").status_code == 204


def test_nobody_takes_over_a_webhook_that_tells_of_what_they_may_not_see(api: Api, lesser: Api) -> None:
    body = {"url": "https://93.184.216.34/calls", "events": ["call.ended"]}
    webhook = api("POST", "/webhooks", body).json["id"]
    assert lesser("POST", "/webhooks", body).status_code == 403
    assert lesser("PATCH", f"/webhooks/{webhook}", {"url": "https://93.184.216.34/mine"}).status_code == 403
    assert lesser("PATCH", f"/webhooks/{webhook}", {"active": False}).status_code == 403
    assert lesser("POST", f"/webhooks/{webhook}/rotate").status_code == 403
    assert lesser("DELETE", f"/webhooks/{webhook}").status_code == 403
    assert api("POST", f"/webhooks/{webhook}/rotate").status_code == 200


def test_a_key_ends_when_it_says_and_names_its_maker(
    api: Api, stores: Stores, app: Flask, services: Services
) -> None:
    ends = datetime.now(UTC) + timedelta(days=3)
    made = api("POST", "/keys", {"name": "trial", "scopes": ["read"], "expires_at": ends.isoformat()}).json
    assert datetime.fromisoformat(made["expires_at"]) - ends < timedelta(seconds=1)
    key = api.as_key(made["key"])
    browser = app.test_client()
    browser.post("/ui/login", data={"key": made["key"]}, headers=ORIGIN)
    assert key("GET", "/ivr").status_code == browser.get("/ui/menus").status_code == 200
    with stores.postgres.database.transaction() as connection:
        connection.execute("update api_key set expires_at = now() where key_id = %s", (made["id"],))
    services.get(Auth)._known.clear()  # as three seconds later
    services.get(Sessions).forget()
    refused = key("GET", "/ivr")
    assert (refused.status_code, refused.json["code"]) == (401, "key_expired")
    assert "ended on" in refused.json["detail"]
    assert browser.get("/ui/menus").status_code == 303, "so does the session that it opened"
    assert "ended on" in app.test_client().post("/ui/login", data={"key": made["key"]}, headers=ORIGIN).text
    (listed,) = [each for each in api("GET", "/keys").json["items"] if each["id"] == made["id"]]
    (maker,) = [each["id"] for each in api("GET", "/keys").json["items"] if each["name"] == "tests"]
    assert (listed["created_by"], listed["last_used_at"] is None) == (maker, False)


def test_a_key_cannot_end_before_it_begins(api: Api) -> None:
    refused = api("POST", "/keys", {"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/expires_at")


def test_a_page_offers_nothing_that_its_user_may_not_do(app: Flask, stores: Stores) -> None:
    key, secret = stores.postgres.keys.create("lesser", ["read", "admin"])
    stores.postgres.keys.create("all")
    browser = app.test_client()
    browser.post("/ui/login", data={"key": secret}, headers=ORIGIN)
    page = browser.get("/ui/keys").text
    assert "may more than you" in page
    assert f"/ui/keys/{key.key_id}/revoke" not in page
    assert page.count("/revoke") == 0
    assert 'value="calls"' not in page


def test_the_page_of_keys_says_by_name_who_made_each(app: Flask, api: Api, api_key: str) -> None:
    api("POST", "/keys", {"name": "shop", "scopes": ["read"]})
    browser = app.test_client()
    browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN)
    assert ">by tests<" in browser.get("/ui/keys").text
