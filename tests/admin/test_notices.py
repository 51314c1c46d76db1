"""/services/{service}/notices: what calls left for a service is listed, and what nobody took is sent again."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from admin.wiring import Stores
from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import ORIGIN, post
from tests.left_notices import give_up, leave


def test_notices_are_listed_by_state_in_pages_and_dead_ones_sent_again(api: Api, stores: Stores) -> None:
    notices = ("msg_1", "crm"), ("msg_2", "crm"), ("msg_3", "crm"), ("msg_4", "pay"), ("msg_5", "crm")
    leave(stores.postgres.database, *notices)
    first = api("GET", "/services/crm/notices?limit=2").json
    assert [each["message_id"] for each in first["items"]] == ["msg_5", "msg_3"]
    rest = api("GET", f"/services/crm/notices?limit=2&cursor={first['next_cursor']}").json
    assert [each["message_id"] for each in rest["items"]] == ["msg_2", "msg_1"]
    assert (rest["items"][1]["state"], rest["items"][1]["call_id"]) == ("waiting", "call_0")
    assert "xxx" not in json.dumps(first)
    give_up(stores.postgres.database)
    with stores.postgres.database.transaction() as connection:
        connection.execute("update service_notice set state = 'delivered', sealed = null where message_id = 'msg_5'")
    dead = api("GET", "/services/crm/notices?state=dead").json["items"]
    assert [(each["message_id"], each["attempts"], each["status"]) for each in dead] == [
        ("msg_3", 11, 500),
        ("msg_2", 11, 500),
        ("msg_1", 11, 500),
    ]
    again = api("POST", "/services/crm/notices/msg_1/replay")
    assert (again.status_code, again.json["state"], again.json["attempts"]) == (202, "waiting", 0)
    assert api("POST", "/services/crm/notices/msg_5/replay").json["state"] == "delivered"
    assert api("POST", "/services/crm/replay").json == {"replayed": 2}
    assert api("POST", "/services/crm/replay").json == {"replayed": 0}
    assert api("POST", "/services/crm/notices/msg_4/replay").status_code == 404
    entries = api("GET", "/audit?action=service.replay").json["items"]
    assert [(each["subject"], each["after"]) for each in entries] == [
        ("service/crm", {"replayed": 2}),
        ("service/crm", {"message_id": "msg_1"}),
    ]


def test_notices_that_were_given_up_are_sent_again_on_the_page(
    api: Api, app: Flask, api_key: str, stores: Stores
) -> None:
    browser = app.test_client()
    assert browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    api("POST", "/services", {"name": "crm", "url": "https://crm.example.com/"})
    assert "No notices" in browser.get("/ui/services/crm").text
    leave(stores.postgres.database, ("msg_1", "crm"), ("msg_2", "crm"))
    give_up(stores.postgres.database)
    shown = browser.get("/ui/services/crm?state=dead").text
    assert ("call_0" in shown, "call_1" in shown, "given up" in shown) == (True, True, True)
    status, _ = post(browser, "/ui/services/crm/notices/msg_1/replay")
    assert status == 303
    assert [each["message_id"] for each in api("GET", "/services/crm/notices?state=dead").json["items"]] == ["msg_2"]
    post(browser, "/ui/services/crm/replay")
    assert api("GET", "/services/crm/notices?state=dead").json["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/services/crm/notices?cursor=0", 422),
        ("GET", "/services/crm/notices?state=lost", 422),
        ("GET", "/services/c%20rm/notices", 404),
        ("POST", "/services/c%20rm/replay", 404),
        ("POST", "/services/crm/notices/msg_none/replay", 404),
    ],
)
def test_what_is_no_notice_is_refused(api: Api, method: str, path: str, status: int) -> None:
    assert api(method, path).status_code == status


def test_a_service_that_is_not_there_may_have_notices(api: Api, stores: Stores) -> None:
    assert api("GET", "/services/crm/notices").json["items"] == []
    leave(stores.postgres.database, ("msg_1", "crm"))
    assert [each["message_id"] for each in api("GET", "/services/crm/notices").json["items"]] == ["msg_1"]
