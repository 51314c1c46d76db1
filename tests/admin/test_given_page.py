"""The form of a test with its circumstances: what is typed becomes the API's body, and is shown in words."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from admin.http.json_body import parse_json
from admin.http.problems import ApiError
from admin.menu_tests.forms import body_of, lines_of
from admin.menu_tests.given_schema import GivenWorld
from tests.admin.conftest import Api
from tests.admin.test_hours_page import MENU, ORIGIN, browser

__all__ = ["browser"]

FORM = {
    "name": " holiday ",
    "script": "1, -",
    "outcome": "",
    "node": "bye",
    "agent": "busy",
    "at": "2026-12-25T10:00:00-05:00",
    "caller": "+14805550143",
    "lists": "regulars, , banned",
    "variables": "call.first = tomorrow at ten\n\ntries = 3\nzip = 01234\nknown = true",
    "agents": "sales = busy, answers",
    "services": '{"balance": {"answer": {"amount": 7}}}',
    "heard": "Goodbye.\nSee you\n",
    "rang": "sales, sales",
    "opted_out": "no",
    "then_on": "banned, not vip",
}


def test_what_is_typed_is_the_body_of_the_api() -> None:
    assert body_of(FORM) == {
        "name": "holiday",
        "script": "1,-",
        "agent": "busy",
        "expected": {
            "node": "bye",
            "heard": [{"text": "Goodbye."}, {"text": "See you"}],
            "rang": ["sales", "sales"],
            "opted_out": False,
            "lists": {"banned": True, "vip": False},
        },
        "given": {
            "at": "2026-12-25T10:00:00-05:00",
            "caller": "+14805550143",
            "lists": ["regulars", "banned"],
            "variables": {"call.first": "tomorrow at ten", "tries": 3, "zip": "01234", "known": True},
            "agents": {"sales": [{"result": "busy"}, {"result": "answers"}]},
            "services": {"balance": {"answer": {"amount": 7}}},
        },
    }
    assert body_of({"name": "t", "script": "1"}) == {
        "name": "t", "script": "1", "agent": "answers", "expected": {}, "given": {},
    }  # fmt: skip


@pytest.mark.parametrize("field", ["variables", "agents", "services"])
def test_what_cannot_be_read_is_said_with_an_example(field: str) -> None:
    with pytest.raises(ApiError) as refused:
        body_of({field: "nonsense"})
    (fault,) = refused.value.faults
    assert fault.pointer == f"/given/{field}"
    assert "such as" in fault.message


def test_circumstances_are_shown_in_words() -> None:
    given: dict[str, Any] = {
        "caller": "anonymous",
        "lists": ["banned", "regulars"],
        "variables": {"tries": 3, "first": "ten"},
        "services": {"balance": [{"answer": {"amount": 7}, "delay_s": 2}, {"fails": "timeout", "when": {"a": 1}}]},
        "agents": {"sales": [{"result": "busy"}, {"result": "answers", "rings_s": 40, "reports": "sold"}]},
    }
    assert list(lines_of(given)) == [
        ("caller", "anonymous"),
        ("on the lists", "banned, regulars"),
        ("tries", "3"),
        ("first", "ten"),
        ("service balance", 'answers {"amount": 7} after 2 s, then fails (timeout) to {"a": 1}'),
        ("agent sales", "is busy, then answers after 40 s and reports sold"),
    ]


def test_a_test_with_circumstances_is_added_by_the_form_and_shown(browser: FlaskClient, api: Api) -> None:
    sent = ["tries", "zip", "known"]
    asks = {"action": "request", "service": "balance", "send": sent, "next": "on", "fail_node": "on"}
    sets = {"list:banned": "1d", "list:vip": False}
    on = {"switch": "list:regulars", "case": {"true": "ring"}, "default": "ring", "set": sets}
    more = {"asks": asks, "on": on, "ring": {"action": "transfer", "agent": "sales"}}
    nodes: Any = MENU["nodes"]
    menu = api.create({**MENU, "nodes": {**nodes, **more}})
    page = f"/ui/menus/{menu}/tests"
    csrf = unescape(browser.get(page).text).partition('name="csrf" value="')[2].partition('"')[0]
    node = next(iter(MENU["nodes"]))
    form = {**FORM, "node": node, "csrf": csrf}
    wrong = browser.post(page, data={**form, "services": "{"}, headers=ORIGIN)
    assert "write the answers of services as JSON" in unescape(wrong.text)
    assert "tomorrow at ten" in wrong.text, "what was typed stays"
    assert '<details class="gap" open>' in wrong.text
    assert browser.post(page, data=form, headers=ORIGIN).status_code == 303
    (test,) = api("GET", f"/ivr/{menu}/tests").json["items"]
    assert test["given"]["variables"]["zip"] == "01234"
    shown = unescape(browser.get(page).text)
    assert "agent sales: is busy, then answers" in shown
    assert "the caller is not on the do-not-call list" in shown


def test_a_number_with_decimals_keeps_the_zero_that_was_written() -> None:
    body = (
        b'{"services": {"b": {"answer": {"a": 152.40, "n": 7, "l": [1.50, 1e5]}, "delay_s": 0.50,'
        b' "when": {"x": 2.10}}}}'
    )
    (answer,) = GivenWorld.model_validate(parse_json(body)).given("US").services["b"]
    assert answer.answer == {"a": "152.40", "n": 7, "l": ["1.50", 1e5]}
    assert (answer.delay_s, answer.when) == (0.5, {"x": "2.10"})
    assert answer.fits({"x": "2.10"})


def test_a_test_that_expects_a_list_which_its_menu_does_not_know_is_refused(api: Api) -> None:
    menu_id = api.create()
    test = {"name": "t", "script": "9", "expected": {"lists": {"banned": False}}}
    refused = api("POST", f"/ivr/{menu_id}/tests", test)
    assert (refused.status_code, refused.json["code"]) == (422, "expected_not_used")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/expected/lists/banned"]
