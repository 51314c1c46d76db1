"""If-Match: no change is made over a state that its sender has not seen, whatever is changed."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_TREE

WAV = b"RIFF" + bytes(2000)
TEST = {"name": "t", "script": "1", "expected": {"outcome": "hung_up"}}
AGENT = {"name": "sales", "targets": [{"uri": "sip:agent@192.0.2.10"}]}
HOURS = {"name": "office", "zone": "Europe/Berlin"}
WEBHOOK = {"url": "https://example.com/hook", "events": ["ivr.changed"]}
SERVICE = {"name": "crm", "url": "https://crm.example.com/callers"}
CHANNEL = {"name": "chat", "preset": "ntfy", "settings": {"topic": "alerts", "base_url": "https://ntfy.example.com"}}
TRUNK = {"name": "carrier", "allowed": ["198.51.100.0/24"]}
USER = {"name": "ada", "password": "a long password", "scopes": ["read"]}

# Every write of a menu, and what is asked about one before: method, path, body.
OF_A_MENU: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"name": "Other"}),
    ("PUT", "", {**PAGE_TREE, "name": "Other"}),
    ("DELETE", "?force=true", None),
    ("POST", "/versions/1/restore", None),
    ("POST", "/check", {"name": "Other"}),
    ("POST", "/assign", {"did": "+14155550111"}),
    ("DELETE", f"/assign/{PAGE_DID}", None),
    ("POST", "/audio", {"node": "welcome", "text": "Hello."}),
    ("PUT", "/audio/welcome.wav", WAV),
    ("POST", "/tests", TEST),
    ("PUT", "/tests/{test}", {**TEST, "name": "u"}),
    ("DELETE", "/tests/{test}", None),
]


@pytest.fixture
def menu(api: Api) -> str:
    """A live menu at version 2, with a test."""
    menu_id = api.create()
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    api("PATCH", f"/ivr/{menu_id}", {"name": "Two"})
    return menu_id


@pytest.mark.parametrize(("method", "path", "body"), OF_A_MENU)
def test_every_write_of_a_menu_is_refused_for_another_version(
    api: Api, menu: str, method: str, path: str, body: Any
) -> None:
    test_id = api("POST", f"/ivr/{menu}/tests", TEST if "{test}" in path else {**TEST, "name": "other"}).json["id"]
    before, tests = api("GET", f"/ivr/{menu}").json, api("GET", f"/ivr/{menu}/tests").json

    def send(tag: str) -> TestResponse:
        kind = {"Content-Type": "audio/wav"} if body is WAV else {}
        where = f"/ivr/{menu}{path.format(test=test_id)}"
        return api(method, where, body, headers={"If-Match": tag, **kind})

    for stale in ('"1"', '"3"', 'W/"2"', "2", '"nonsense"', '""'):
        refused = send(stale)
        assert (refused.status_code, refused.json["code"]) == (412, "version_replaced"), stale
    assert api("GET", f"/ivr/{menu}").json == before
    assert api("GET", f"/ivr/{menu}/tests").json == tests
    assert send('"1", "2"').status_code in (200, 201, 204)


def test_a_run_of_the_tests_is_refused_for_another_version(api: Api, menu: str) -> None:
    assert api("POST", f"/ivr/{menu}/tests/run", {}, headers={"If-Match": '"1"'}).status_code == 412
    assert api("POST", f"/ivr/{menu}/tests/run", {}, headers={"If-Match": '"2"'}).status_code != 412


def test_a_change_that_comes_in_between_is_found_under_the_menus_lock(
    api: Api, menu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ivr.storage.postgres.menus import PostgresMenus

    read = PostgresMenus.get

    def change_after_reading(store: PostgresMenus, ivr_id: str) -> Any:
        stored = read(store, ivr_id)
        monkeypatch.setattr(PostgresMenus, "get", read)
        store.edit(ivr_id, lambda document: {**document, "name": "In between"}, actor="somebody")
        return stored

    for method, path, body in OF_A_MENU[:10]:
        if path == "/check" or "tests" in path:
            continue
        version = api("GET", f"/ivr/{menu}").json["version"]
        api("PATCH", f"/ivr/{menu}", {"name": f"{method} {path}"})
        monkeypatch.setattr(PostgresMenus, "get", change_after_reading)
        kind = {"Content-Type": "audio/wav"} if body is WAV else {}
        answer = api(method, f"/ivr/{menu}{path}", body, headers={"If-Match": f'"{version + 1}"', **kind})
        assert (method, path, answer.status_code) == (method, path, 412)
        monkeypatch.setattr(PostgresMenus, "get", read)


def test_every_answer_about_a_menu_has_its_version_as_etag(api: Api, menu: str) -> None:
    spoken = api("POST", f"/ivr/{menu}/audio", {"node": "welcome", "text": "Hello."})
    assert spoken.headers["ETag"] == f'"{spoken.json["version"]}"' == '"3"'
    put = api("PUT", f"/ivr/{menu}/audio/welcome.wav", WAV, headers={"Content-Type": "audio/wav", "If-Match": '"3"'})
    assert put.headers["ETag"] == f'"{put.json["version"]}"' == '"4"'
    assert api("GET", f"/ivr/{menu}").headers["ETag"] == '"4"'


def test_of_two_who_change_a_test_the_second_is_told(api: Api, menu: str) -> None:
    made = api("POST", f"/ivr/{menu}/tests", TEST)
    where = made.headers["Location"]
    tag = made.headers["ETag"]
    assert api("GET", where).headers["ETag"] == tag
    first = api("PUT", where, {**TEST, "script": "2"}, headers={"If-Match": tag})
    second = api("PUT", where, {**TEST, "script": "3"}, headers={"If-Match": tag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.headers["ETag"] == first.headers["ETag"] != tag
    assert api("DELETE", where, headers={"If-Match": tag}).status_code == 412
    assert api("DELETE", where, headers={"If-Match": first.headers["ETag"]}).status_code == 204


@pytest.mark.parametrize(
    ("path", "made", "one", "other"),
    [
        ("/agents", AGENT, {"ring_timeout_s": 7}, {"ring_timeout_s": 8}),
        ("/agents", AGENT, {"targets": [{"uri": "sip:a@h", "username": "u", "password": "one"}]}, {"max_talk_s": 9}),
        ("/webhooks", WEBHOOK, {"active": False}, {"url": "https://example.com/other"}),
        ("/services", SERVICE, {"cache_s": 0}, {"headers": {"X-A": "1"}}),
        ("/channels", CHANNEL, {"settings": {"token": "one"}}, {"settings": {"token": "two"}}),
        ("/trunks", TRUNK, {"dtmf": "info"}, {"hosts": ["pbx.example"]}),
        ("/trunks", TRUNK, {"username": "u", "password": "one"}, {"password": "two"}),
        ("/users", USER, {"scopes": ["read", "calls"]}, {"disabled": True}),
    ],
)
def test_of_two_who_change_the_same_the_second_is_told(
    api: Api, path: str, made: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    answer = api("POST", path, made)
    where = f"{path}/{answer.json.get('id', made.get('name'))}"
    tag = answer.headers["ETag"]
    assert api("GET", where).headers["ETag"] == tag
    first = api("PATCH", where, one, headers={"If-Match": tag})
    assert (first.status_code, api("GET", where).headers["ETag"]) == (200, first.headers["ETag"])
    assert first.headers["ETag"] != tag
    second = api("PATCH", where, other, headers={"If-Match": tag})
    assert (second.status_code, second.json["code"]) == (412, "version_replaced")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert api("GET", where).json == first.json
    assert api("PATCH", where, other, headers={"If-Match": second.headers["ETag"]}).status_code == 200
    if path != "/users":
        assert api("DELETE", where, headers={"If-Match": tag}).status_code == 412
        assert api("DELETE", where, headers={"If-Match": api("GET", where).headers["ETag"]}).status_code == 204


def test_a_new_secret_of_a_webhook_is_a_change_of_it(api: Api) -> None:
    made = api("POST", "/webhooks", WEBHOOK)
    where, tag = f"/webhooks/{made.json['id']}", made.headers["ETag"]
    turned = api("POST", f"{where}/rotate", headers={"If-Match": tag})
    assert turned.status_code == 200
    assert api("POST", f"{where}/rotate", headers={"If-Match": tag}).status_code == 412
    assert api("GET", where).headers["ETag"] == turned.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/ivr", PAGE_TREE), ("/dnc", {"number": "+14805551234"}), ("/keys", {"name": "k", "scopes": ["read"]})],
)
def test_if_match_where_nothing_has_an_etag_is_refused_and_not_overlooked(api: Api, path: str, body: Any) -> None:
    refused = api("POST", path, body, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json["code"]) == (412, "no_etag")
    assert api("POST", path, body, headers={"If-Match": "*"}).status_code == 201
