"""The pages of lists: what is typed is put on, what is refused stays typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.admin.conftest import Api

ORIGIN = {"Origin": "http://localhost"}
ONE, TWO = "+14805551234", "+14805551235"


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    client.set_cookie("zone", "America/New_York", path="/ui")
    return client


def post(browser: FlaskClient, path: str, **form: Any) -> tuple[int, str]:
    csrf = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    answer = browser.post(path, data={"csrf": csrf, **form}, headers=ORIGIN)
    return answer.status_code, unescape(answer.text)


def test_a_list_is_made_filled_and_deleted_on_its_pages(api: Api, browser: FlaskClient) -> None:
    assert "No list yet" in browser.get("/ui/lists").text
    assert post(browser, "/ui/lists", name="vip")[0] == 303
    end = datetime(2030, 7, 1, 12, tzinfo=UTC)
    form = {"numbers": "(480) 555-1234\r\n480 555 1235, ", "expires_at": "2030-07-01T08:00", "note": " Ann "}
    assert post(browser, "/ui/lists/vip", **form)[0] == 303
    items = api("GET", "/lists/vip/numbers").json["items"]
    assert [(each["number"], each["note"]) for each in items] == [(ONE, "Ann"), (TWO, "Ann")]
    assert datetime.fromisoformat(items[0]["expires_at"]) == end
    assert "2 numbers on it now" in browser.get("/ui/lists/vip").text
    assert post(browser, "/ui/lists/vip/remove", number=ONE)[0] == 303
    status, text = post(browser, "/ui/lists/vip/delete")
    assert (status, "vip has 1 number on it" in text) == (409, True)
    assert post(browser, "/ui/lists/vip/delete", force="true")[0] == 303
    assert api("GET", "/lists").json["items"] == []


def test_a_number_is_looked_up_as_people_write_it(api: Api, browser: FlaskClient) -> None:
    api("POST", "/lists", {"name": "vip"})
    api("PUT", f"/lists/vip/numbers/{ONE}", {"note": "Ann"})

    def look(number: str) -> str:
        return unescape(browser.get("/ui/lists/vip", query_string={"number": number}).text)

    assert "on the list</span> +1 480-555-1234: Ann" in look("(480) 555-1234")
    assert "not on the list</span> 480 555 1235" in look("480 555 1235")
    assert "12 has 2 digits; a US number has 10" in look("12")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"numbers": "12"}, "12 has 2 digits; a US number has 10"),
        ({"numbers": " , "}, "Give at least 1; there are 0."),
        ({"numbers": ONE, "expires_at": "2020-01-01T00:00"}, "This moment has passed."),
        ({"numbers": ONE, "expires_at": "soon"}, "There is no such time."),
    ],
)
def test_what_is_refused_stays_typed(api: Api, browser: FlaskClient, form: dict[str, str], text: str) -> None:
    api("POST", "/lists", {"name": "vip"})
    status, shown = post(browser, "/ui/lists/vip", note="kept", **form)
    assert (status, text in shown, 'value="kept"' in shown) == (422, True, True)
    assert api("GET", "/lists/vip/numbers").json["items"] == []


def test_a_name_that_cannot_be_is_refused_on_the_page(browser: FlaskClient) -> None:
    status, text = post(browser, "/ui/lists", name="a b")
    assert (status, "the name of a list has 1 to 64 letters" in text) == (422, True)


def test_an_entry_that_is_over_is_shown_as_such(api: Api, browser: FlaskClient, database: str) -> None:
    import psycopg

    api("POST", "/lists", {"name": "vip"})
    api("PUT", f"/lists/vip/numbers/{ONE}", {"days": 1})
    with psycopg.connect(database) as connection:
        connection.execute("update listed_number set expires_at = %s", (datetime.now(UTC) - timedelta(hours=1),))
    shown = browser.get("/ui/lists/vip").text
    assert "over</span>" in shown
    assert "0 numbers on it now" in shown
