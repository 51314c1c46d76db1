"""Hostile requests to the page and the API have no effect."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from difflib import unified_diff
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.app import create_app
from admin.audit import page as audit_page
from admin.http.page import Page
from admin.http.proxies import client_address
from admin.reports import bars
from admin.wiring import Stores, make_services
from ivr.domain.agents import SIP_URI
from ivr.settings import Settings, parse_networks
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_TREE

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": "http://localhost"}
CALL_EVENTS = ("call.ended", "call.transferred", "agent.unreachable")


def log_in(app: Flask, **form: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data=form, headers=ORIGIN).status_code == 303
    return client


def post(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    csrf = client.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    answer = client.post(path, data={"csrf": csrf, **form}, headers=ORIGIN)
    return answer.status_code, answer.text


def new_key(api: Api, *scopes: str) -> tuple[str, str]:
    made = api("POST", "/keys", {"name": "x", "scopes": list(scopes)}).json
    return made["id"], made["key"]


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "http://", "//localhost"])
def test_an_origin_that_is_none_is_a_foreign_one(app: Flask, api_key: str, origin: str) -> None:
    answer = app.test_client().post("/ui/login", data={"key": api_key}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("wanted", ["a\r\nX-Evil: 1", "a\nb", "a&b=c", "\ud83d"])
def test_what_stands_in_an_address_cannot_leave_it(app: Flask, api_key: str, wanted: str) -> None:
    client = log_in(app, key=api_key)
    query = {"number": "+14155550100", "list": wanted.encode("utf-8", "surrogatepass")}
    answer = client.get("/ui/dnc/find", query_string=query)
    assert answer.status_code == 303
    assert "X-Evil" not in answer.headers
    assert "&" not in answer.headers["Location"]


def test_who_may_only_read_does_not_learn_who_can_log_in(app: Flask, api: Api) -> None:
    made = api("POST", "/users", {"name": "secretary", "password": PASSWORD, "scopes": ["read"]})
    assert made.status_code == 201
    menu = api.create()
    client = log_in(app, key=new_key(api, "read")[1])
    for path in (f"/ui/menus/{menu}/edit", f"/ui/menus/{menu}/versions", f"/ui/menus/{menu}/versions/1"):
        page = client.get(path)
        assert page.status_code == 200
        assert "secretary" not in page.text


def test_an_archive_of_ten_thousand_years_costs_no_more_than_its_days(app: Flask, api_key: str) -> None:
    chart = bars.stack(date.min, date.max, {date(2026, 3, 9): [("menu", Decimal("1.5"))]})
    assert chart is not None
    assert chart.pieces[0].width * bars.MAX_BARS >= 0.7 * (chart.width - chart.left), "at most so many bars"
    assert [(piece.kind, piece.title.split(": ")[1]) for piece in chart.pieces] == [("menu", "menu $1.50")]
    answer = log_in(app, key=api_key).get("/ui/money?from=0001-01-01&to=9999-12-31")
    assert answer.status_code == 200


def test_a_difference_of_two_large_menus_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counted(*sides: Any, **options: Any) -> Any:
        compared.append(max(map(len, sides)))
        return unified_diff(*sides, **options)

    monkeypatch.setattr(audit_page, "unified_diff", counted)
    one = {"nodes": {f"n{n}": {"text": "same", "key": n % 7} for n in range(4000)}}
    other = {"nodes": {f"n{n}": {"text": "same", "key": n % 5} for n in range(4000)}}
    lines = audit_page.changed_lines(one, other)
    assert compared == [audit_page._MAX_COMPARED]
    assert {"added", "removed"} <= {kind for kind, _ in lines}


def test_guesses_that_come_at_once_are_as_many_as_those_that_come_one_by_one(
    settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    stores.postgres.users.create("ada", PASSWORD, ["read"], actor="test")
    app = create_app(services=make_services(settings, stores, speaker=silent_speech, wrong_keys_per_minute=5))

    def guess(n: int) -> int:
        form = {"name": "ada", "password": f"wrong guess {n}"}
        return app.test_client().post("/ui/login", data=form, headers=ORIGIN).status_code

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(guess, range(16)))
    assert answers.count(401) == 5
    assert answers.count(429) == 11


def test_logging_in_rightly_uses_up_no_guess(
    settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    stores.postgres.users.create("ada", PASSWORD, ["read"], actor="test")
    app = create_app(services=make_services(settings, stores, speaker=silent_speech, wrong_keys_per_minute=3))
    for _ in range(8):
        log_in(app, name="ada", password=PASSWORD)


def test_a_key_that_is_revoked_ends_the_page_that_was_opened_with_it_at_once(app: Flask, api: Api) -> None:
    key_id, key = new_key(api, "read")
    client = log_in(app, key=key)
    assert client.get("/ivr").status_code == 200
    assert api("DELETE", f"/keys/{key_id}").status_code == 204
    assert client.get("/ivr").status_code == 401


def test_only_digits_of_ours_are_a_port() -> None:
    assert SIP_URI.fullmatch("sip:a@b:5060")
    assert not SIP_URI.fullmatch("sip:a@b:٥٠٦٠")


def test_numbers_to_check_are_counted_before_they_are_read(
    app: Flask, api_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(app, key=api_key)
    monkeypatch.setattr(Page, "number", lambda *_: pytest.fail("it is read"))
    status, text = post(client, "/ui/dnc/check", numbers="\n".join(["415555010"] * 20_000))
    assert status == 422
    assert "10,000" in text


def test_half_a_letter_is_refused_and_not_a_fault_of_ours(app: Flask, api_key: str) -> None:
    client = log_in(app, key=api_key)
    for document in ('{"name": "\\ud800", "nodes": {}}', '{"name": "x", "nodes": {"\\udc00": {"action": "hangup"}}}'):
        status, _ = post(client, "/ui/menus/new", json=document)
        assert status == 422


@pytest.mark.parametrize("event", CALL_EVENTS)
def test_who_may_not_see_calls_has_none_sent_to_him(api: Api, event: str) -> None:
    writer = api.as_key(new_key(api, "read", "write", "admin")[1])
    url = "https://example.com/x"
    assert writer("POST", "/webhooks", {"url": url, "events": [event]}).json["code"] == "scope_missing"
    mine = writer("POST", "/webhooks", {"url": url, "events": ["ivr.changed"]}).json["id"]
    assert writer("PATCH", f"/webhooks/{mine}", {"events": [event]}).status_code == 403
    assert writer("PATCH", f"/webhooks/{mine}", {"url": url + "y"}).status_code == 200
    other = api("POST", "/webhooks", {"url": url, "events": [event]}).json["id"]
    assert writer("PATCH", f"/webhooks/{other}", {"url": "https://evil.example/"}).status_code == 403


def test_a_new_list_stands_in_the_audit_log(api: Api) -> None:
    assert api("POST", "/dnc/lists", {"id": "acme", "scope": "seller", "seller": "Acme"}).status_code == 201
    found = api("GET", "/audit?action=dnc").json["items"]
    assert [(each["action"], each["subject"], each["after"]) for each in found] == [
        ("dnc.list", "acme", {"scope": "seller", "seller": "Acme"})
    ]


OURS = parse_networks("127.0.0.1, 10.0.0.0/8, ::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", "1.2.3.4", "203.0.113.5"),  # it is no proxy: what it says is its own affair
        ("127.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.1.1", "1.2.3.4"),  # left of the client anybody may have written
        ("127.0.0.1", "6.6.6.6, nonsense", "127.0.0.1"),
        ("::1", "2001:DB8::5", "2001:db8::5"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_a_client_is_whom_our_proxies_name(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, OURS) == client


def test_who_guesses_behind_a_proxy_locks_out_himself_alone(
    settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    stores.postgres.users.create("ada", PASSWORD, ["read"], actor="test")
    behind = settings.model_copy(update={"proxies": "127.0.0.1"})
    services = make_services(settings, stores, speaker=silent_speech, wrong_keys_per_minute=2)
    client = create_app(behind, services).test_client()

    def status(address: str, password: str) -> int:
        headers = {**ORIGIN, "X-Forwarded-For": address}
        return client.post("/ui/login", data={"name": "ada", "password": password}, headers=headers).status_code

    # An IPv6 client has as many addresses as it likes.
    assert [status(f"2001:db8::{n}", "wrong guess") for n in range(4)] == [401, 401, 429, 429]
    assert status("2001:db8:0:1::1", PASSWORD) == 303


def test_a_secret_that_changed_is_audited_and_not_shown(api: Api) -> None:
    target = {"uri": "sip:a@example.com", "username": "u"}
    body = {"name": "sales", "targets": [{**target, "password": "first-secret"}]}
    assert api("POST", "/agents", body).status_code == 201
    again = {"targets": [{**target, "password": "second-secret"}]}
    assert api("PATCH", "/agents/sales", again).status_code == 200
    audit = api("GET", "/audit?action=agent.change")
    assert audit.json["items"][0]["after"]["secrets"] == "changed"
    assert "secret" not in audit.text.replace('"secrets":"changed"', "")
    assert api("PATCH", "/agents/sales", {"max_talk_s": 60, "targets": [target]}).status_code == 200
    assert "secrets" not in api("GET", "/audit?action=agent.change").json["items"][0]["after"]


def test_a_draft_that_could_not_be_called_leaves_nothing_in_the_cache(api: Api, stores: Stores) -> None:
    answer = api("POST", "/test-calls", {"draft": {**PAGE_TREE, "name": "a draft"}})
    assert answer.status_code == 503
    assert not list(stores.redis.scan_iter("*draft*")) + list(stores.redis.scan_iter("*test-*"))


EVIL = (
    b"\x00\x1f",
    b"'\"><img src=x onerror=alert(1)>{{7*7}}",
    b"a\r\nSet-Cookie: evil=1",
    b"\xed\xa0\x80" + b"9" * 400,
)
FIELDS = ("cursor", "search", "list", "source", "number", "from", "to", "version", "ivr_id", "did", "ani", "outcome",
          "since", "until", "state", "script", "starter", "subject", "actor", "action", "name", "password", "scopes",
          "events", "url", "json", "id", "scope", "seller", "reason", "numbers", "uri", "send", "node")  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_no_page_breaks_or_repeats_what_it_was_sent_as_html(app: Flask, api: Api, api_key: str, evil: bytes) -> None:
    menu = api.create({**PAGE_TREE, "name": "<img src=x onerror=alert(1)>"})
    client = log_in(app, key=api_key)
    csrf = client.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    fields = dict.fromkeys(FIELDS, evil)
    pages = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("ui.admin.")]
    assert len(pages) > 50
    for rule in pages:
        if rule.rule == "/ui/logout":
            continue
        path = re.sub(r"<(?:\w+:)?ivr_id>", menu, rule.rule)
        path = re.sub(r"<[^>]+>", quote(evil, safe=""), path)
        if "GET" in (rule.methods or ()):
            answer = client.get(path, query_string=fields)
        else:
            answer = client.post(path, data={**fields, "csrf": csrf}, headers=ORIGIN)
        assert answer.status_code < 500, path
        assert "<img" not in answer.text, path
        assert "evil=1" not in str(answer.headers.getlist("Set-Cookie")), path
        assert answer.headers.get("Location", "/ui/").startswith("/ui/"), path
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["Cache-Control"] == "no-store", path
