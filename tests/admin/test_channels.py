"""/channels: what is answered, what is refused, that nothing secret comes back or lies about in clear, and what
became of messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from flask import Flask

from admin.wiring import Stores
from ivr.domain.channels.definition import MAX_CHANNELS
from ivr.domain.channels.presets import PRESETS
from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings
from tests.admin.conftest import Api
from tests.admin.test_calls import _record
from tests.admin.test_number_lists_page import ORIGIN, post
from tests.left_notices import give_up, leave
from tests.mail_server import mail_server
from tests.service_stub import answer, serving

SETTINGS = {"host": "192.0.2.7", "user": "ivr", "from": "ivr@example.com", "to": "office@example.com"}
OFFICE: dict[str, Any] = {
    "name": "office", "preset": "smtp", "settings": {**SETTINGS, "password": "5up3r-s3cret"}, "allow_private": True,
}  # fmt: skip
MENU = {
    "name": "m",
    "nodes": {"a": {"action": "send", "to": "mail:office", "text": "x", "next": "b"}, "b": {"action": "hangup"}},
}


@pytest.fixture
def office(api: Api) -> dict[str, Any]:
    made = api("POST", "/channels", OFFICE)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/channels/office"
    return dict(made.json or {})


def test_a_channel_is_answered_whole_but_for_its_secrets(api: Api, office: dict[str, Any]) -> None:
    shown = {name: value for name, value in office.items() if name not in ("created_at", "updated_at")}
    assert shown == {
        **{"name": "office", "kind": "mail", "preset": "smtp", "settings": SETTINGS},
        **{"secrets": ["password"], "headers": [], "allow_private": True},
    }
    assert api("GET", "/channels/office").json == office
    assert api("GET", "/channels").json["items"] == [office]


def test_nothing_secret_lies_in_clear_anywhere(api: Api, settings: Settings, database: str) -> None:
    api("POST", "/channels", OFFICE)
    api("PATCH", "/channels/office", {"settings": {"password": "an0ther-one"}})
    hook = {"name": "chat", "preset": "http_chat", "settings": {"url": "https://192.0.2.9/h00k"},
            "headers": {"Authorization": "Bearer t0p"}, "allow_private": True}  # fmt: skip
    assert api("POST", "/channels", hook).status_code == 201
    stored = []
    with psycopg.connect(database) as connection:
        for table in ("channel", "audit_log", "kept_answer"):
            stored += [str(row).encode() for row in connection.execute(f"select * from {table}").fetchall()]  # noqa: S608
    stored += [path.read_bytes() for path in settings.home.rglob("*") if path.is_file()]
    everything = b"\n".join([*stored, api("GET", "/channels").data, api("GET", "/audit").data])
    assert b"ivr@example.com" in everything
    for each in (b"5up3r-s3cret", b"an0ther-one", b"h00k", b"t0p"):
        assert each not in everything


def test_a_change_keeps_what_it_does_not_name(api: Api, office: dict[str, Any], stores: Stores) -> None:
    change = {"to": "boss@example.com", "user": None, "password": None}
    changed = api("PATCH", "/channels/office", {"settings": change})
    assert changed.json["settings"] == {"host": "192.0.2.7", "from": "ivr@example.com", "to": "boss@example.com"}
    assert changed.json["secrets"] == []
    assert changed.headers["ETag"] != api("PATCH", "/channels/office", {"settings": {"port": 25}}).headers["ETag"]
    assert api("PATCH", "/channels/none", {"settings": {}}).status_code == 404
    entries = api("GET", "/audit?action=channel.change").json["items"]
    assert entries[-1]["after"]["sealed"] == "changed"


def test_a_change_counts_only_for_the_channel_that_was_seen(api: Api, office: dict[str, Any]) -> None:
    tag = api("GET", "/channels/office").headers["ETag"]
    body = {"settings": {"password": "other"}}
    assert api("PATCH", "/channels/office", body, headers={"If-Match": tag}).status_code == 200
    assert api("PATCH", "/channels/office", body, headers={"If-Match": tag}).status_code == 412


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"settings": {"from": "ivr@example.com", "to": "a@b.c"}}, "/settings/host", "missing"),
        ({"settings": {**SETTINGS, "to": "office"}}, "/settings/to", "invalid_setting"),
        ({"settings": {**SETTINGS, "port": 0}}, "/settings/port", "invalid_setting"),
        ({"settings": {**SETTINGS, "topic": "x"}}, "/settings/topic", "unknown_field"),
        ({"settings": SETTINGS}, "/settings/password", "missing"),
        ({"settings": {**SETTINGS, "password": "x", "security": "none"}}, "/settings/security", "password_in_clear"),
        ({"headers": {"X-A": "1"}}, "/headers", "unknown_field"),
        ({"allow_private": False, "settings": {**SETTINGS, "host": "127.0.0.1"}},
         "/settings/host", "private_address"),
        ({"settings": {**SETTINGS, "host": "169.254.169.254"}}, "/settings/host", "private_address"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_where_it_stands(api: Api, change: dict[str, Any], pointer: str, code: str) -> None:
    refused = api("POST", "/channels", {**OFFICE, **change})
    assert refused.status_code == 422
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in refused.json["errors"]]
    assert all("`" not in each["message"] and "\\" not in each["message"] for each in refused.json["errors"])


def test_a_body_of_ones_own_must_be_json(api: Api) -> None:
    body = {"name": "x", "preset": "http_sms", "settings": {"url": "https://192.0.2.9/", "body": '{"text": {text}}'},
            "allow_private": True}  # fmt: skip
    refused = api("POST", "/channels", body)
    assert [each["pointer"] for each in refused.json["errors"]] == ["/settings/body"]


def test_a_name_is_taken_once_and_there_is_an_end_of_them(api: Api, office: dict[str, Any], stores: Stores) -> None:
    taken = api("POST", "/channels", OFFICE)
    assert (taken.status_code, taken.json["code"]) == (409, "channel_taken")
    with stores.postgres.database.transaction() as connection:
        connection.execute(
            "insert into channel (name, document) select 'c' || n, document"
            " from channel, generate_series(2, %s) n where name = 'office'",
            (MAX_CHANNELS,),
        )
    refused = api("POST", "/channels", {**OFFICE, "name": "more"})
    assert (refused.status_code, refused.json["code"]) == (422, "too_many_channels")


def test_a_channel_that_menus_name_stays_unless_forced(api: Api, office: dict[str, Any]) -> None:
    ivr_id = api("POST", "/ivr", MENU).json["id"]
    refused = api("DELETE", "/channels/office")
    assert (refused.status_code, refused.json["code"]) == (409, "channel_in_use")
    assert ivr_id in refused.json["detail"]
    assert api("DELETE", "/channels/office?force=true").status_code == 204
    assert api("GET", "/channels/office").status_code == 404
    assert api("DELETE", "/channels/office").status_code == 404


def test_a_menu_is_warned_of_a_channel_that_is_not_there_until_it_is(api: Api) -> None:
    made = api("POST", "/ivr", MENU).json
    assert [(each["code"], each["pointer"]) for each in made["warnings"] if each["code"] == "channel_not_found"] == [
        ("channel_not_found", "/nodes/a/to")
    ]
    api("POST", "/channels", OFFICE)
    now = api("GET", f"/ivr/{made['id']}").json["warnings"]
    assert "channel_not_found" not in [each["code"] for each in now]
    api("DELETE", "/channels/office?force=true")
    api("POST", "/channels", {"name": "office", "preset": "ntfy", "settings": {"topic": "x"}, "allow_private": True})
    again = api("GET", f"/ivr/{made['id']}").json["warnings"]
    assert "channel_not_found" in [each["code"] for each in again]


def test_the_presets_say_what_each_needs_and_where_that_was_read(api: Api) -> None:
    presets = api("GET", "/channel-presets").json["items"]
    assert [each["id"] for each in presets] == list(PRESETS)
    twilio = next(each for each in presets if each["id"] == "twilio")
    assert [(each["name"], each["secret"]) for each in twilio["fields"]] == [
        ("account", False), ("token", True), ("from", False), ("base_url", False),
    ]  # fmt: skip
    assert twilio["sources"][0].startswith("https://www.twilio.com/")


def test_a_channel_is_tried_and_says_what_came_of_it(api: Api) -> None:
    with mail_server() as box:
        plain = {"host": "127.0.0.1", "port": box.port, "security": "none", "from": "a@b.c", "to": "d@e.f"}
        api("POST", "/channels", {**OFFICE, "settings": plain})
        tried = api("POST", "/channels/office/try", {"text": "Is it there?"})
        assert tried.json == {"sent": True, "failure": None, "status": 250, "said": ""}
        box.refuse = "554 no spam"
        again = api("POST", "/channels/office/try", {"to": "me@b.c"}).json
    assert (again["sent"], again["failure"], again["status"], again["said"]) == (False, "refused", 554, "no spam")
    assert "Is it there?" in box.mails[0].get_content()
    tries = api("GET", "/audit?action=channel.try").json["items"]
    assert [each["subject"] for each in tries] == ["channel/office"] * 2


def test_a_text_message_is_tried_with_a_number(api: Api) -> None:
    with serving(answer({}, status="201 Created")) as stub:
        sms = {"name": "sms", "preset": "twilio", "allow_private": True,
               "settings": {"account": "AC1", "token": "t", "from": "+14155550100",
                            "base_url": stub.url.removesuffix("/ask")}}  # fmt: skip
        assert api("POST", "/channels", sms).status_code == 201
        refused = api("POST", "/channels/sms/try", {"to": "5550100"})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/to")
        assert api("POST", "/channels/sms/try", {"to": "+14805550143"}).json["sent"] is True
    assert b"To=%2B14805550143" in stub.got[0].body


def test_messages_are_listed_by_state_in_pages_and_dead_ones_sent_again(api: Api, stores: Stores) -> None:
    left = ("msg_1", "mail:office"), ("msg_2", "mail:office"), ("msg_3", "sms:office"), ("msg_4", "office")
    leave(stores.postgres.database, *left)
    first = api("GET", "/channels/office/messages?limit=2").json
    assert [(each["message_id"], each["to"]) for each in first["items"]] == [
        ("msg_3", "sms:office"), ("msg_2", "mail:office"),
    ]  # fmt: skip
    rest = api("GET", f"/channels/office/messages?limit=2&cursor={first['next_cursor']}").json
    assert [each["message_id"] for each in rest["items"]] == ["msg_1"]
    assert "xxx" not in json.dumps(first)
    give_up(stores.postgres.database)
    with stores.postgres.database.transaction() as connection:
        connection.execute("update service_notice set state = 'not_sent' where message_id = 'msg_3'")
    again = api("POST", "/channels/office/messages/msg_1/replay")
    assert (again.status_code, again.json["state"]) == (202, "waiting")
    assert api("POST", "/channels/office/messages/msg_3/replay").json["state"] == "not_sent"
    assert api("POST", "/channels/office/messages/msg_4/replay").status_code == 404
    assert api("POST", "/channels/office/replay").json == {"replayed": 1}
    entries = api("GET", "/audit?action=channel.replay").json["items"]
    assert [(each["subject"], each["after"]) for each in entries] == [
        ("channel/office", {"replayed": 1}), ("channel/office", {"message_id": "msg_1"}),
    ]  # fmt: skip


@pytest.fixture
def browser(app: Flask, api_key: str) -> Any:
    browser = app.test_client()
    assert browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return browser


def test_a_channel_is_made_changed_tried_and_deleted_on_the_page(
    api: Api, browser: Any, stores: Stores, settings: Settings
) -> None:
    assert "No channel yet" in browser.get("/ui/channels").text
    assert "Twilio" in browser.get("/ui/channels/new").text
    form = {"preset": "smtp", "name": "office", **SETTINGS, "password": "5up3r", "security": "starttls",
            "allow_private": "true"}  # fmt: skip
    status, _ = post(browser, "/ui/channels/new", **{**form, "to": "nobody"})
    assert status == 422
    status, _ = post(browser, "/ui/channels/new", **form)
    assert status == 303
    status, _ = post(browser, "/ui/channels/office", **{**form, "password": "", "to": "boss@example.com"})
    assert status == 303
    made = api("GET", "/channels/office").json
    assert (made["settings"]["to"], made["secrets"]) == ("boss@example.com", ["password"])
    found = stores.postgres.channels.find("office")
    assert found is not None
    opened = Sealer(lambda: read_or_make_secret(settings).encode()).find(dict(found.channel.secrets)["password"])
    assert opened == "5up3r"
    leave(stores.postgres.database, ("msg_1", "mail:office"))
    give_up(stores.postgres.database)
    shown = browser.get("/ui/channels/office?state=dead").text
    assert ("given up" in shown, "5up3r" in shown) == (True, False)
    assert post(browser, "/ui/channels/office/messages/msg_1/replay")[0] == 303
    api("POST", "/ivr", MENU)
    status, _ = post(browser, "/ui/channels/office/delete")
    assert status == 409
    assert post(browser, "/ui/channels/office/delete", force="true")[0] == 303
    assert api("GET", "/channels/office").status_code == 404


def test_a_call_says_what_became_of_its_messages(api: Api, browser: Any, stores: Stores) -> None:
    stores.postgres.calls.ended(_record("call_0", datetime(2026, 7, 1, tzinfo=UTC)))
    leave(stores.postgres.database, ("msg_1", "sms:sms"))
    with stores.postgres.database.transaction() as connection:
        connection.execute("update service_notice set state = 'not_sent', error = 'opted_out'")
    (message,) = api("GET", "/calls/call_0").json["messages"]
    assert (message["to"], message["state"], message["error"]) == ("sms:sms", "not_sent", "opted_out")
    assert "not sent: opted out" in browser.get("/ui/calls/call_0").text
