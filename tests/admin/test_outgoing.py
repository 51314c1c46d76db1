"""Calls that we make, as they are ordered: what is refused at once, what is listed, and what a cancellation does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from admin.wiring import Stores
from ivr.domain.numbers import E164
from ivr.domain.outgoing.model import LASTS, NewOrder, new_order_id
from tests.admin.conftest import Api
from tests.admin.test_hours_page import ORIGIN, browser
from tests.admin.test_preconditions import TRUNK

__all__ = ["browser"]

TO, OURS = "+14805550123", "+14155550100"
MENU = {
    "name": "Roofs",
    "nodes": {
        "ask": {"text": "This is Hill Roofing. Press 1 to talk, 9 to be called no more.",
                "gather": {"1": "bye", "9": "out"}},
        "out": {"action": "suppress"},
        "bye": {"action": "hangup"},
    },
}  # fmt: skip
ALL_DAY = {"from": "00:00", "to": "23:59"}


@pytest.fixture
def menu(api: Api) -> str:
    trunk = {**TRUNK, "name": "carrier", "hosts": ["sip.example.com"], "numbers": [OURS]}
    assert api("POST", "/trunks", trunk).status_code == 201
    created: str = api.create(MENU)
    return created


def order(menu: str, **more: Any) -> dict[str, Any]:
    return {"to": TO, "ivr_id": menu, "trunk": "carrier", "on_behalf_of": "Hill Roofing", **more}


def tomorrow(hour: int = 12) -> str:
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return at.isoformat().replace("+00:00", "Z")


def order_for_tomorrow(stores: Stores, menu: str, number: E164) -> str:
    """An order as the API makes it, of which nothing is checked; its id."""
    at = datetime.now(UTC) + timedelta(days=1)
    made = NewOrder(new_order_id(), number, "carrier", menu, "Ada", at, at + LASTS)
    return stores.postgres.orders.add(made, at).order.order_id


def test_an_ordered_call_waits_and_is_listed(api: Api, menu: str) -> None:
    made = api("POST", "/calls", order(menu, at=tomorrow(19), variables={"call.id": "A7"}))
    assert made.status_code == 201, made.json
    assert (made.json["state"], made.json["warnings"], made.json["attempts"]) == ("waiting", [], [])
    assert made.json["due_at"][:16] == tomorrow(19)[:16]
    where = made.headers["Location"]
    assert where == f"/calls/outgoing/{made.json['id']}"
    assert api("GET", where).json["variables"] == {"call.id": "A7"}
    listed = api("GET", "/calls/outgoing?state=waiting").json["items"]
    assert [each["id"] for each in listed] == [made.json["id"]]
    assert api("GET", f"/calls/outgoing?to={TO.replace('+', '%2B')}&ivr_id={menu}").json["items"] == listed
    assert api("GET", "/calls/outgoing?state=ended").json["items"] == []


def test_a_call_outside_the_hours_of_its_number_waits_for_them(api: Api, menu: str) -> None:
    # 05:00 in Arizona, which has no summer time: the hours begin at 15:00 UTC.
    made = api("POST", "/calls", order(menu, at=tomorrow(12)))
    assert made.json["due_at"][:16] == tomorrow(15)[:16]


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({"to": "+14155550100"}, "destination_refused", "/to"),
        ({"to": "+19005550123"}, "destination_refused", "/to"),
        ({"to": "+4930123456"}, "destination_refused", "/to"),
        ({"to": "123"}, "invalid_number", "/to"),
        ({"trunk": "nobody"}, "no_way_out", "/trunk"),
        ({"from": "+14155550199"}, "no_way_out", "/trunk"),
        ({"hours": {"from": "07:00", "to": "21:00"}}, "no_calling_hours", "/hours"),
        ({"hours": {"zone": "Mars/Base"}}, "no_calling_hours", "/hours"),
        ({"until": "2020-01-01T00:00:00Z"}, "no_calling_hours", "/hours"),
        ({"on_behalf_of": None}, "menu_not_for_calls", "/ivr_id"),
        ({"on_behalf_of": "Valley Roofs"}, "menu_not_for_calls", "/ivr_id"),
        ({"variables": {"call.answered_by": "person"}}, "value_error", "/variables"),
        ({"variables": {"caller": "x"}}, "value_error", "/variables"),
        ({"dnc_list": "nobodys"}, "list_not_found", "/dnc_list"),
    ],
)
def test_what_is_never_called_is_refused_at_once(
    api: Api, menu: str, more: dict[str, Any], code: str, pointer: str
) -> None:
    refused = api("POST", "/calls", order(menu, **more))
    assert refused.status_code == 422, refused.json
    assert [each["pointer"] for each in refused.json["errors"]] == [pointer]
    assert code in (refused.json["code"], refused.json["errors"][0]["code"])
    assert api("GET", "/calls/outgoing").json["items"] == []


def test_a_number_on_a_list_is_not_called(api: Api, menu: str) -> None:
    api("POST", "/lists", {"name": "blocked"})
    api("PUT", f"/lists/blocked/numbers/{TO}", {})
    refused = api("POST", "/calls", order(menu, lists=["blocked"], at=tomorrow()))
    assert (refused.status_code, refused.json["code"]) == (409, "number_listed")
    assert api("POST", "/calls", order(menu, at=tomorrow())).status_code == 201
    api("POST", "/dnc", {"number": TO})
    refused = api("POST", "/calls", order(menu, at=tomorrow()))
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (409, "/to")


def test_a_menu_without_an_opt_out_advertises_nothing_and_a_reminder_is_warned_of(api: Api, menu: str) -> None:
    plain = api.create({"name": "R", "nodes": {
        "ask": {"text": "Your visit is tomorrow.", "gather": {"1": "bye"}}, "bye": {"action": "hangup"},
    }})  # fmt: skip
    refused = api("POST", "/calls", order(plain, at=tomorrow()))
    assert (refused.status_code, refused.json["code"]) == (422, "menu_not_for_calls")
    made = api("POST", "/calls", order(plain, at=tomorrow(), purpose="service", hours=ALL_DAY))
    assert made.status_code == 201, made.json
    assert [each["code"] for each in made.json["warnings"]] == ["no_opt_out", "who_calls_not_said"]


def test_a_waiting_call_is_cancelled_once(api: Api, menu: str) -> None:
    where = api("POST", "/calls", order(menu, at=tomorrow())).headers["Location"]
    assert api("DELETE", where).status_code == 204
    now = api("GET", where).json
    assert (now["state"], now["result"]) == ("ended", "cancelled")
    again = api("DELETE", where)
    assert (again.status_code, again.json["code"]) == (409, "outgoing_call_over")
    assert api("GET", "/calls/outgoing/out_" + "0" * 32).status_code == 404


def test_a_repeated_request_orders_one_call(api: Api, menu: str) -> None:
    key = {"Idempotency-Key": "reminder-A7"}
    first, second = (api("POST", "/calls", order(menu, at=tomorrow()), headers=key) for _ in range(2))
    # The moment of a call without `at` differs, so the same request is sent twice here.
    assert first.json["id"] == second.json["id"]
    assert len(api("GET", "/calls/outgoing").json["items"]) == 1


def test_an_erased_number_is_called_no_more_and_its_orders_have_nothing_of_it(api: Api, menu: str) -> None:
    made = api("POST", "/calls", order(menu, at=tomorrow(), variables={"call.name": "Ann"})).json
    (exported,) = api("GET", f"/privacy/{TO}").json["outgoing"]
    assert (exported["id"], exported["variables"]) == (made["id"], {"call.name": "Ann"})
    assert api("DELETE", f"/privacy/{TO}").json["erased"]["outgoing"] == 1
    now = api("GET", f"/calls/outgoing/{made['id']}").json
    assert (now["to"], now["variables"], now["result"]) == ("erased", {}, "cancelled")


def test_the_page_orders_shows_and_cancels_a_call(browser: FlaskClient, api: Api, menu: str) -> None:
    form = {"to": "(480) 555-0123", "ivr_id": menu, "trunk": "carrier", "purpose": "service",
            "variables": "call.id = A7\n", "at": tomorrow()[:16]}  # fmt: skip
    csrf = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    sent = {"headers": ORIGIN, "data": {"csrf": csrf, **form}}
    where = browser.post("/ui/calls-out", **sent).headers["Location"]
    shown = browser.get(where).text
    assert "waiting" in shown
    assert "call.id" in shown
    assert "480" in browser.get("/ui/calls-out").text
    browser.post(f"{where}/cancel", **sent)
    assert api("GET", where.replace("/ui/calls-out", "/calls/outgoing")).json["result"] == "cancelled"
    browser.post("/ui/calls-out", headers=ORIGIN, data={"csrf": csrf, **form, "to": "123"})
    assert len(api("GET", "/calls/outgoing").json["items"]) == 1
