"""Users and sessions over the API, and what the API makes of a session in place of a key."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.admin.conftest import Api
from tests.admin.pages import PAGE_TREE

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": "http://localhost"}


def _user(api: Api, *scopes: str) -> str:
    made = api("POST", "/users", {"name": "ada", "password": PASSWORD, "scopes": list(scopes)})
    assert made.status_code == 201, made.text
    return str(made.json["id"])


def _log_in(app: Flask, **form: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data=form, headers=ORIGIN).status_code == 303
    return client


def _csrf(client: FlaskClient) -> str:
    text = client.get("/ui/account").text
    return text.split('name="csrf-token" content="')[1].split('"')[0]


def test_a_user_is_made_shown_changed_and_never_with_a_password(api: Api) -> None:
    user_id = _user(api, "read")
    assert api("POST", "/users", {"name": "ADA", "password": PASSWORD}).json["code"] == "user_taken"
    shown = api("GET", f"/users/{user_id}")
    assert shown.json["scopes"] == ["read"]
    changed = api("PATCH", f"/users/{user_id}", {"scopes": ["read", "calls"], "disabled": True})
    assert (changed.json["scopes"], changed.json["disabled_at"] is None) == (["read", "calls"], False)
    assert PASSWORD not in shown.text + changed.text + api("GET", "/users").text + api("GET", "/audit").text
    assert api("GET", "/users/user_0").status_code == 404


def test_nobody_becomes_by_way_of_a_user_what_he_is_not(api: Api) -> None:
    user_id = _user(api, "read", "write", "calls")
    key = api("POST", "/keys", {"name": "x", "scopes": ["read", "write", "admin"]}).json["key"]
    lesser = api.as_key(key)
    assert lesser("POST", "/users", {"name": "b", "password": PASSWORD, "scopes": ["calls"]}).status_code == 403
    assert lesser("PATCH", f"/users/{user_id}", {"password": "taken over by b"}).status_code == 403


def test_a_session_reads_without_a_key_and_writes_with_its_token(app: Flask, api: Api, api_key: str) -> None:
    client = _log_in(app, key=api_key)
    assert client.get("/ivr").status_code == 200
    assert client.post("/ivr", json=PAGE_TREE, headers=ORIGIN).json["code"] == "csrf"
    csrf = _csrf(client)
    assert client.post("/ivr", json=PAGE_TREE, headers={**ORIGIN, "X-CSRF-Token": csrf}).status_code == 201
    foreign = {"Origin": "http://evil.example", "X-CSRF-Token": csrf}
    assert client.post("/ivr", json=PAGE_TREE, headers=foreign).json["code"] == "foreign_origin"
    cross = {**ORIGIN, "Sec-Fetch-Site": "cross-site", "X-CSRF-Token": csrf}
    assert client.post("/ivr", json=PAGE_TREE, headers=cross).json["code"] == "foreign_origin"
    assert client.post("/ivr", json=PAGE_TREE, headers={"X-CSRF-Token": csrf}).json["code"] == "foreign_origin"
    # Another one's token is of no use.
    other = _csrf(_log_in(app, key=api_key))
    assert client.post("/ivr", json=PAGE_TREE, headers={**ORIGIN, "X-CSRF-Token": other}).status_code == 403


def test_a_wrong_key_beside_a_good_session_is_a_wrong_key(app: Flask, api_key: str) -> None:
    client = _log_in(app, key=api_key)
    assert client.get("/ivr", headers={"Authorization": "Bearer dt_wrong-wrong-wrong"}).status_code == 401


def test_a_session_has_the_scopes_of_its_user_alone(app: Flask, api: Api) -> None:
    _user(api, "read")
    client = _log_in(app, name="ada", password=PASSWORD)
    assert client.get("/ivr").status_code == 200
    assert client.get("/calls").status_code == 403
    assert client.get("/ui/keys").status_code == 403


def test_the_cookie_is_new_at_each_log_in_and_no_script_reads_it(app: Flask, api_key: str) -> None:
    client = app.test_client()
    client.set_cookie("digitree", "a" * 43)
    cookies = []
    for headers in (ORIGIN, {**ORIGIN, "X-Forwarded-Proto": "https"}):
        answer = client.post("/ui/login", data={"key": api_key}, headers=headers)
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        cookies.append(cookie)
    assert "a" * 43 not in cookies[0]
    assert "Secure" not in cookies[0]
    assert cookies[1].startswith("__Host-digitree=")
    assert "Secure" in cookies[1]


def test_logging_out_ends_the_session_and_not_only_the_cookie(app: Flask, api: Api, api_key: str) -> None:
    client = _log_in(app, key=api_key)
    token = client.get_cookie("digitree")
    assert token is not None
    client.post("/ui/logout", data={"csrf": _csrf(client)}, headers=ORIGIN)
    assert client.get_cookie("digitree") is None
    client.set_cookie("digitree", token.value)
    assert client.get("/ivr").status_code == 401


def test_sessions_are_listed_and_ended(app: Flask, api: Api) -> None:
    _user(api, "read")
    client = _log_in(app, name="ada", password=PASSWORD)
    (session,) = api("GET", "/sessions").json["items"]
    assert session["name"] == "ada"
    assert api("DELETE", f"/sessions/{session['id']}").status_code == 204
    assert client.get("/ivr").status_code == 401
    assert api("DELETE", f"/sessions/{session['id']}").status_code == 404


def test_guessing_the_password_of_an_account_needs_longer_and_longer_pauses(app: Flask, api: Api) -> None:
    _user(api, "read")
    client = app.test_client()
    for _ in range(6):
        wrong = client.post("/ui/login", data={"name": "ADA", "password": "wrong password"}, headers=ORIGIN)
    assert wrong.status_code == 429
    answer = client.post("/ui/login", data={"name": "ada", "password": PASSWORD}, headers=ORIGIN)
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers


def test_where_a_log_in_leads_is_always_here(app: Flask, api_key: str) -> None:
    for wanted in ("https://evil.example/ui/", "//evil.example", "/ui/\\evil", "/ui/logout", "javascript:alert(1)"):
        answer = app.test_client().post("/ui/login", data={"key": api_key, "next": wanted}, headers=ORIGIN)
        assert answer.headers["Location"] == "/ui/"


def test_an_own_password_is_changed_by_who_knows_it(app: Flask, api: Api) -> None:
    _user(api, "calls")
    client = _log_in(app, name="ada", password=PASSWORD)
    form = {"csrf": _csrf(client), "current": "wrong", "password": "a new password"}
    assert client.post("/ui/account/password", data=form, headers=ORIGIN).status_code == 422
    form["current"] = PASSWORD
    assert client.post("/ui/account/password", data=form, headers=ORIGIN).status_code == 303
    _log_in(app, name="ada", password="a new password")
