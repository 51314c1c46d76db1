"""The pages of hours: what is typed becomes what is stored, and what is refused stays typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.hours import forms
from admin.hours.page import _bars, _local
from ivr.domain.hours.model import DAYS
from tests.admin.conftest import Api
from tests.admin.test_hours import MENU, OFFICE

ORIGIN = {"Origin": "http://localhost"}
FORM: dict[str, Any] = {
    "zone": "America/New_York",
    "week-mon": "9-12, 13:00 – 17:30",
    "week-sat": "20:00-2",
    "date": ["2026-12-24", "", "2026-08-03"],
    "last_date": ["", "", "2026-08-14"],
    "open": ["9:00-12:00", "", "closed"],
    "label": ["Christmas Eve", "", ""],
    "holiday-2": "true",
    "country": ["US", ""],
    "subdivision": ["NY", ""],
    "observed-0": "true",
}


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return client


def post(browser: FlaskClient, path: str, form: dict[str, Any]) -> tuple[int, str]:
    csrf = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    answer = browser.post(path, data={"csrf": csrf, **form}, headers=ORIGIN)
    return answer.status_code, unescape(answer.text)


def values(text: str, name: str) -> list[str]:
    inputs = re.findall(rf'<input [^>]*name="{name}"[^>]*>', text)
    return [found[1] for each in inputs if (found := re.search(r'value="([^"]*)"', each))]


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("", []),
        (" Closed ", []),
        ("all day", ["00:00-24:00"]),
        ("9-17", ["09:00-17:00"]),
        ("9:30-12, 13–17:30", ["09:30-12:00", "13:00-17:30"]),
        ("09:00 - 12:00; 20:00-02:00", ["09:00-12:00", "20:00-02:00"]),
        ("0-24", ["00:00-24:00"]),
        ("sometimes", ["sometimes"]),
        ("9-17,", ["09:00-17:00"]),
    ],
)
def test_spans_are_typed_as_people_write_them(typed: str, spans: list[str]) -> None:
    assert forms.spans_of(typed) == spans


def test_what_is_typed_is_what_is_stored(api: Api, browser: FlaskClient) -> None:
    assert post(browser, "/ui/hours/new", {"name": "office", **FORM})[0] == 303
    stored = api("GET", "/hours/office").json
    assert {day: spans for day, spans in stored["week"].items() if spans} == {
        "mon": ["09:00-12:00", "13:00-17:30"],
        "sat": ["20:00-02:00"],
    }
    assert [(each["date"], each["last_date"], each["open"], each["holiday"]) for each in stored["overrides"]] == [
        ("2026-08-03", "2026-08-14", [], True),
        ("2026-12-24", "2026-12-24", ["09:00-12:00"], False),
    ]
    assert stored["holidays"] == [{"country": "US", "subdivision": "NY", "observed": True, "skip": []}]
    shown = browser.get("/ui/hours/office").text
    assert values(shown, "week-mon") == ["09:00-12:00, 13:00-17:30"]
    assert values(shown, "date") == ["2026-08-03", "2026-12-24", "", ""]
    assert values(shown, "last_date") == ["2026-08-14", "", "", ""]
    ticked = re.findall(r'name="([a-z]+)-\d" value="[^"]*" checked', shown)
    assert ticked == ["holiday", "observed", *["counts"] * len(forms.names_at("US", "NY")), "observed"]


def test_a_holiday_that_is_not_ticked_does_not_count(api: Api, browser: FlaskClient) -> None:
    api("POST", "/hours", OFFICE)
    names = [each for each in forms.names_at("US", "NY") if each not in ("Columbus Day", "Labor Day")]
    form = {**FORM, "of-0": "US/NY", "counts-0": names}
    assert post(browser, "/ui/hours/office", form)[0] == 303
    assert api("GET", "/hours/office").json["holidays"][0]["skip"] == ["Labor Day", "Columbus Day"]
    moved = {**form, "country": ["US", "DE"], "subdivision": ["CA", "BY"]}
    assert post(browser, "/ui/hours/office", moved)[0] == 303
    sets = api("GET", "/hours/office").json["holidays"]
    assert [(each["subdivision"], each["observed"], each["skip"]) for each in sets] == [
        ("CA", True, []),
        ("BY", False, []),
    ]


def test_what_is_refused_stays_typed_with_its_faults(api: Api, browser: FlaskClient) -> None:
    form = {**FORM, "week-mon": "sometimes", "zone": "Mars", "subdivision": ["XX", ""], "name": "office"}
    status, text = post(browser, "/ui/hours/new", form)
    assert status == 422
    assert "a span is written 09:00-17:30; the whole day is 00:00-24:00" in text
    assert (values(text, "week-mon"), values(text, "zone")) == (["sometimes"], ["Mars"])
    assert values(text, "date") == ["2026-12-24", "2026-08-03", "", ""]
    status, text = post(browser, "/ui/hours/new", {**form, "week-mon": "", "zone": "UTC"})
    assert (status, "US has no XX; known here: AK, AL" in text) == (422, True)
    assert api("GET", "/hours").json["items"] == []


def test_a_change_on_the_page_keeps_what_is_closed_by_hand(api: Api, browser: FlaskClient) -> None:
    api("POST", "/hours", OFFICE)
    later = datetime.now(UTC) + timedelta(days=2)
    typed = later.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")
    assert post(browser, "/ui/hours/office/close", {"until": typed, "why": " Storm "})[0] == 303
    closure = api("GET", "/hours/office").json["closure"]
    assert (closure["until"][:16], closure["label"]) == (later.strftime("%Y-%m-%dT%H:%M"), "Storm")
    assert post(browser, "/ui/hours/office", FORM)[0] == 303
    assert api("GET", "/hours/office").json["closure"] == closure
    assert "Open again" in browser.get("/ui/hours/office").text
    assert "by hand" in browser.get("/ui/hours").text
    assert post(browser, "/ui/hours/office/reopen", {})[0] == 303
    assert api("GET", "/hours/office").json["closure"] is None
    assert post(browser, "/ui/hours/office/close", {"until": "", "why": ""})[0] == 303
    assert api("GET", "/hours/office").json["closure"]["until"] is None


@pytest.mark.parametrize("until", ["2020-01-01T00:00", "soon"])
def test_a_closure_that_is_refused_says_why_and_leaves_the_hours_shown(
    api: Api, browser: FlaskClient, until: str
) -> None:
    api("POST", "/hours", OFFICE)
    status, text = post(browser, "/ui/hours/office/close", {"until": until, "why": "x"})
    assert (status, values(text, "until"), values(text, "why")) == (422, [until], ["x"])
    assert values(text, "week-mon") == ["09:00-12:00, 13:00-17:00"]


def test_hours_are_deleted_on_their_page(api: Api, browser: FlaskClient) -> None:
    api("POST", "/hours", OFFICE)
    assert post(browser, "/ui/hours/office/delete", {})[0] == 303
    assert "No hours yet" in browser.get("/ui/hours").text


def test_hours_that_a_menu_asks_are_deleted_after_a_second_yes(api: Api, browser: FlaskClient) -> None:
    api("POST", "/hours", OFFICE)
    api.create(MENU)
    status, text = post(browser, "/ui/hours/office/delete", {})
    assert (status, f"office is asked by “{MENU['name']}”" in text, 'name="force"' in text) == (409, True, True)
    assert post(browser, "/ui/hours/office/delete", {"force": "true"})[0] == 303
    assert api("GET", "/hours").json["items"] == []


def test_the_night_of_one_day_is_drawn_into_the_next() -> None:
    week = {**{day: [] for day in DAYS}, "sun": ["20:00-02:00"], "mon": ["09:00-10:00"]}
    assert [tuple(each) for each in _bars(week, 0)] == [(0, 120), (540, 60)]
    assert [tuple(each) for each in _bars(week, 6)] == [(1200, 240)]


def test_a_time_is_shown_by_the_clock_of_the_hours_zone() -> None:
    assert _local("2020-03-09T16:00:00.000Z", "America/New_York") == "Mon, Mar 9, 2020, 12:00"
    now = datetime.now(UTC).isoformat()
    assert re.fullmatch(r"\d\d:\d\d", _local(now, "UTC"))
