"""Lists: every one takes `limit` and `cursor`, its pages hold everything once, and no cursor breaks it."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from admin.endpoints import ENDPOINTS
from admin.wiring import Stores
from ivr.domain.alerts.judging import Alert
from ivr.domain.call_records import CallRecord
from ivr.domain.lines.places import Place, Waiting
from ivr.domain.numbers import E164
from ivr.ports.sounds import NewSound
from ivr.storage.redis.waiting_lines import Entry
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID
from tests.admin.test_outgoing import order_for_tomorrow
from tests.admin.test_preconditions import AGENT, CHANNEL, HOURS, SERVICE, TRUNK, USER, WEBHOOK
from tests.admin.test_preconditions import TEST as MENU_TEST
from tests.admin.test_sounds import BEGAN
from tests.left_notices import leave

# Its place is `since`, a number, and it has no last page.
FOLLOWED = "/dnc/changes"
LISTS = sorted(
    endpoint.path
    for endpoint in ENDPOINTS
    for answer in endpoint.answers
    if isinstance(answer.schema, type) and "next_cursor" in answer.schema.model_fields
)


def sound_of(number: str) -> NewSound:
    call_id = f"call_{int(number[1:]):032x}"
    sound = f"{call_id.replace('call_', 'sound_')}_1"
    return NewSound(sound, "message", "", call_id, "say", None, number, None, 2000, 9, b"", BEGAN)


def pack(*key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@pytest.fixture
def filled(api: Api, stores: Stores) -> dict[str, str]:
    """Two and more entries of (nearly) every list; the parts of the paths."""
    menu = api.create()
    api.create()
    api("PATCH", f"/ivr/{menu}", {"name": "Two"})
    for _ in range(3):
        api("DELETE", f"/ivr/{api.create()}")
    for number in (PAGE_DID, "+14155550111", "+14155550112"):
        api("POST", f"/ivr/{menu}/assign", {"did": number})
        api("POST", "/dnc", {"number": number})
        api("POST", "/dnc/check", {"numbers": [number]})
        api("POST", "/dnc/lists", {"id": f"list-{number[-3:]}", "scope": "list"})
        api("POST", "/keys", {"name": number, "scopes": ["read"]})
        api("POST", "/users", {**USER, "name": f"Ada{number[-3:]}"})
        api("POST", "/agents", {**AGENT, "name": f"sales{number[-3:]}"})
        api("POST", "/lists", {"name": f"list{number[-3:]}"})
        api("PUT", f"/lists/list{PAGE_DID[-3:]}/numbers/{number}", {})
        api("POST", "/people", {"name": f"ann{number[-3:]}", "address": f"sip:ann@192.0.2.{number[-2:]}"})
        api("POST", "/services", {**SERVICE, "name": f"crm{number[-3:]}"})
        api("POST", "/channels", {**CHANNEL, "name": f"chat{number[-3:]}"})
        api("POST", "/trunks", {**TRUNK, "name": f"carrier{number[-3:]}"})
        stores.postgres.telephones.add(E164(number), actor="Ada")
        api("POST", "/callbacks", {"number": number})
        waiting = Entry(Waiting(number, Place(0, 1_700_000_000_000)), {})
        stores.lines.turn(f"line{number[-3:]}", [waiting], [], "in_turn", time.time_ns() // 1_000_000)
        order_for_tomorrow(stores, menu, E164(number))
        api("POST", "/hours", {**HOURS, "name": f"office{number[-3:]}"})
        api("POST", f"/ivr/{menu}/tests", {**MENU_TEST, "name": number})
        api("PUT", f"/mailboxes/box{number[-3:]}", {"keep_days": 7})
        stores.postgres.sounds.write(sound_of(number))
        webhook = api("POST", "/webhooks", WEBHOOK).json["id"]
    for _ in range(3):
        api("POST", f"/webhooks/{webhook}/ping")
    service = f"crm{PAGE_DID[-3:]}"
    leave(stores.postgres.database, *((f"msg_{number}", service) for number in range(3)))
    channel = f"chat{PAGE_DID[-3:]}"
    leave(stores.postgres.database, *((f"msg_c{number}", f"chat:{channel}") for number in range(3)))
    for subject in ("one", "other"):
        alert = Alert(f"alert_{subject}", "trunk_down", subject, "It is silent.", BEGAN, told=True)
        stores.postgres.alerts.note(alert, [], None)
        api("POST", "/mailed-reports", {"every": "day", "addresses": [f"{subject}@example.com"]})
    return {
        "<ivr_id>": menu, "<webhook_id>": webhook, "<list_name>": f"list{PAGE_DID[-3:]}", "<service>": service,
        "<channel>": channel,
    }  # fmt: skip


def where(path: str, parts: dict[str, str]) -> str:
    for name, value in parts.items():
        path = path.replace(name, value)
    return path


def test_there_is_no_list_without_pages() -> None:
    of_items = {
        endpoint.path
        for endpoint in ENDPOINTS
        for answer in endpoint.answers
        if isinstance(answer.schema, type) and "items" in answer.schema.model_fields
    }
    # A report has its groups, and refuses too many lines; presets are as many as this version has.
    assert of_items - {FOLLOWED, "/usage", "/agent-presets", "/channel-presets", "/trunk-presets"} == set(LISTS)
    by_path = {endpoint.path: endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"}
    for path in LISTS:
        assert {"limit", "cursor"} <= set(getattr(by_path[path].query, "model_fields", ())), path
    assert "limit" in by_path[FOLLOWED].query.model_fields


def test_the_pages_of_every_list_hold_everything_once_and_in_its_order(api: Api, filled: dict[str, str]) -> None:
    for path in LISTS:
        whole = api("GET", f"{where(path, filled)}?limit=200").json["items"]
        if path not in ("/calls", "/calls/live", "/ivr/<ivr_id>/answers", "/sessions", "/voices"):
            assert len(whole) >= 2, path
        seen: list[Any] = []
        cursor = ""
        for _ in range(len(whole) + 1):
            page = api("GET", f"{where(path, filled)}?limit=1{cursor}").json
            assert len(page["items"]) <= 1
            seen += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        # Reading is recorded of a key, and of nothing else here; the state of hours is that of the moment.
        assert [_still(each) for each in seen] == [_still(each) for each in whole], path
        for limit in ("0", "-1", "201", "x"):
            refused = api("GET", f"{where(path, filled)}?limit={limit}")
            assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/query/limit"), path


def _still(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("last_used_at", "state", "longest_wait_s")}


HALF = "\ud800"
TIMES = st.sampled_from(
    ["2026-03-09T12:00:00+00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2026-03-09", "x"]
)
PARTS = st.one_of(TIMES, st.integers().map(str), st.text(st.characters(codec=None, categories=None), max_size=20))
KEYS = st.one_of(st.lists(PARTS, max_size=3), st.integers(), st.none(), st.lists(st.integers(), max_size=2))
CURSORS = st.one_of(KEYS.map(lambda key: pack(*key) if isinstance(key, list) else str(key)), st.text(max_size=40))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CURSORS)
@example(pack(HALF))
@example(pack("2026-03-09T12:00:00+00:00", HALF))
@example(pack("2026-03-09T12:00:00+00:00", "\0"))
@example(pack("0001-01-01T00:00:00+23:59", "x"))
@example(pack("9999-12-31T23:59:59.999999-23:59", "x"))
@example(pack("9" * 30))
@example(pack("-1"))
@example(pack("²"))
@example(pack("١"))
def test_a_cursor_is_a_page_or_a_422_whatever_it_is(api: Api, cursor: str) -> None:
    """Lists that are there without anything in them."""
    for path in LISTS:
        if "<" not in path:
            answer = api("GET", path, query_string={"cursor": cursor})
            assert answer.status_code in (200, 422), (path, cursor)
            if answer.status_code == 422:
                assert [each["pointer"] for each in answer.json["errors"]] == ["/query/cursor"]


@pytest.mark.parametrize("cursor", [pack(HALF), pack("2026-03-09T12:00:00+00:00", HALF), "%F0%9F", "x"])
def test_garbage_is_refused_by_every_list(api: Api, filled: dict[str, str], cursor: str) -> None:
    for path in LISTS:
        if path != "/calls/live":  # nobody calls
            assert api("GET", f"{where(path, filled)}?cursor={cursor}").status_code == 422, path


SORTED = {
    endpoint.path: endpoint.query
    for endpoint in ENDPOINTS
    if endpoint.query is not None and "sort" in endpoint.query.model_fields
}


def orders_of(path: str) -> list[str]:
    field = SORTED[path].model_fields["sort"]
    (names,) = [each for each in get_args(field.annotation) if each is not type(None)]
    return [*get_args(names)]


def test_these_lists_can_be_sorted() -> None:
    assert set(SORTED) == {
        "/ivr", "/dids", "/agents", "/people", "/services", "/trunks", "/calls", "/dnc",
    }  # fmt: skip


def test_a_sorted_list_is_read_forth_and_back_and_holds_everything_once(
    api: Api, stores: Stores, filled: dict[str, str]
) -> None:
    for number in range(3):
        began = BEGAN + timedelta(seconds=number)
        stores.postgres.calls.started(CallRecord(f"call_{number:032x}", "u", None, "", None, "", began))
    for path in SORTED:
        orders = orders_of(path)
        assert {each.removeprefix("-") for each in orders} == {each for each in orders if each[0] != "-"}
        for order in orders:
            whole = api("GET", f"{path}?sort={order}&total=true").json
            assert len(whole["items"]) >= 2, path
            assert whole["total"] == len(whole["items"])
            assert (whole["next_cursor"], whole["previous_cursor"]) == (None, None)
            forth = [api("GET", f"{path}?sort={order}&limit=1").json]
            while forth[-1]["next_cursor"]:
                forth.append(api("GET", f"{path}?sort={order}&limit=1&cursor={forth[-1]['next_cursor']}").json)
            back = [forth[-1]]
            while back[-1]["previous_cursor"]:
                back.append(api("GET", f"{path}?sort={order}&limit=1&cursor={back[-1]['previous_cursor']}").json)
            assert [page["items"] for page in forth] == [[each] for each in whole["items"]], (path, order)
            assert [page["items"] for page in reversed(back)] == [[each] for each in whole["items"]], (path, order)
            # The other order is the same list from its end.
            other = order.removeprefix("-") if order.startswith("-") else f"-{order}"
            assert api("GET", f"{path}?sort={other}").json["items"] == whole["items"][::-1], (path, order)
            foreign = api("GET", f"{path}?sort={other}&cursor={forth[0]['next_cursor']}")
            assert (foreign.status_code, foreign.json["code"]) == (422, "invalid_cursor")


def test_an_order_that_a_list_does_not_have_is_refused_with_those_it_has(api: Api) -> None:
    for path in SORTED:
        (fault,) = api("GET", f"{path}?sort=colour").json["errors"]
        assert fault["pointer"] == "/query/sort"
        assert all(order in fault["message"] for order in orders_of(path)), fault
