"""One time zone per installation, with a choice per user: the API and files go by the first, pages by the second."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.http.zones import InstallationZone
from admin.wiring import Stores
from ivr.domain.call_records import Outcome
from ivr.domain.errors import StorageUnavailable
from ivr.ports.preferences import Preferences
from tests.admin.conftest import Api
from tests.domain.call_stories import story

ORIGIN = {"Origin": "http://localhost"}
# New York's ninth of March, and the tenth of UTC.
LATE = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"


@pytest.fixture
def log_in(app: Flask, api_key: str) -> Callable[..., FlaskClient]:
    def log_in(**form: str) -> FlaskClient:
        client = app.test_client()
        assert client.post("/ui/login", data=form or {"key": api_key}, headers=ORIGIN).status_code == 303
        return client

    return log_in


def post(browser: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    csrf = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    answer = browser.post(path, data={"csrf": csrf, **form}, headers=ORIGIN)
    return answer.status_code, unescape(answer.text)


@pytest.fixture
def late_call(api: Api, stores: Stores) -> str:
    """A call that ended in a menu; the menu's id."""
    ivr_id = api.create()
    record = story(1, random.Random(1))
    record = replace(
        record, started_at=LATE, outcome=Outcome.HUNG_UP, test=False, ivr_id=ivr_id, ivr_version=1, outgoing=None
    )
    stores.postgres.calls.ended(record)
    return ivr_id


def test_reports_of_the_api_have_the_days_of_the_installation_unless_asked_otherwise(
    api: Api, late_call: str
) -> None:
    assert api("GET", "/time-zone").json == {"zone": "UTC", "chosen": False}
    paths = ("/usage", f"/ivr/{late_call}/funnel", f"/ivr/{late_call}/answers/counts")

    def told(path: str, day: str, tz: str = "") -> tuple[str, bool]:
        found: Any = api("GET", f"{path}?from={day}&to={day}{tz and f'&tz={tz}'}").json
        calls = found["calls"] if "calls" in found else found["total"]["calls"] if "total" in found else None
        return found["tz"], calls != 0

    assert told("/usage", "2026-03-10") == ("UTC", True)
    assert api("PUT", "/time-zone", {"zone": NEW_YORK}).json == {"zone": NEW_YORK, "chosen": True}
    for path in paths:
        assert told(path, "2026-03-09") == (NEW_YORK, True)
        assert told(path, "2026-03-10", "UTC")[0] == "UTC"
    for path in paths[:2]:
        assert told(path, "2026-03-10") == (NEW_YORK, False)
        assert told(path, "2026-03-10", TOKYO) == (TOKYO, True)
    assert ",1," in api("GET", "/usage.csv?from=2026-03-09&to=2026-03-09").text.splitlines()[1]
    (entry,) = api("GET", "/audit?action=zone.put").json["items"]
    assert (entry["before"], entry["after"]) == ({"zone": None}, {"zone": NEW_YORK})


def test_a_zone_that_does_not_exist_is_refused_at_its_field(api: Api) -> None:
    refused = api("PUT", "/time-zone", {"zone": "Mars/Base"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/zone")
    assert api("GET", "/time-zone").json["chosen"] is False


def test_a_page_goes_by_the_users_zone_else_the_installations_else_the_browsers(
    api: Api, log_in: Callable[..., FlaskClient], late_call: str
) -> None:
    browser = log_in()

    def shown() -> tuple[str, str]:
        """The zone, and the first call's moment as the calls' page shows it."""
        text = browser.get("/ui/calls").text
        return text.split('data-zone="')[1].split('"')[0], text.split("<time ")[1].split(">")[1].split("<")[0]

    assert shown() == ("UTC", "Mar 10, 2026, 2:30 AM")
    browser.set_cookie("zone", TOKYO, path="/ui")
    assert shown() == (TOKYO, "Mar 10, 2026, 11:30 AM")
    assert post(browser, "/ui/time-zone", zone="America/Chicago")[0] == 303
    assert shown() == ("America/Chicago", "Mar 9, 2026, 9:30 PM")
    assert post(browser, "/ui/preferences", zone=NEW_YORK)[0] == 303
    assert shown() == (NEW_YORK, "Mar 9, 2026, 10:30 PM")
    assert "2026, 10:30:00 PM, America/New_York (UTC−4)" in browser.get("/ui/calls").text
    money = unescape(browser.get("/ui/money?from=2026-03-09&to=2026-03-09").text)
    assert "Days are those of America/New_York." in money
    assert "tz=America%2FNew_York" in money
    record = browser.get(f"/ui/calls/{api('GET', '/calls').json['items'][0]['id']}").text
    assert "10:30:00 PM" in record
    # Other users have the installation's, in every browser.
    api("POST", "/users", {"name": "ann", "password": "a long password", "scopes": ["read", "calls"]})
    other = log_in(name="ann", password="a long password")
    assert 'data-zone="America/Chicago"' in other.get("/ui/calls").text


def test_a_day_typed_into_a_filter_is_a_day_of_the_page(
    log_in: Callable[..., FlaskClient], late_call: str
) -> None:
    browser = log_in()
    post(browser, "/ui/preferences", zone=NEW_YORK)
    assert "1 call<" in browser.get("/ui/calls?since=2026-03-09T22:00&until=2026-03-09T23:00").text
    assert "No call fits" in browser.get("/ui/calls?since=2026-03-10T02:00&until=2026-03-10T03:00").text


def test_a_choice_that_is_no_zone_stays_typed_with_a_sentence(log_in: Callable[..., FlaskClient]) -> None:
    browser = log_in()
    for path in ("/ui/preferences", "/ui/time-zone"):
        status, text = post(browser, path, zone="Chicago")
        assert (status, 'value="Chicago"' in text, "no such time zone" in text) == (422, True, True)


class Store:
    """A store that says one zone, and is away when that is None."""

    def __init__(self, zone: str | None) -> None:
        self.zone = zone

    def installation_zone(self) -> str | None:
        if self.zone is None:
            raise StorageUnavailable("away")
        return self.zone or None

    def set_installation_zone(self, zone: str, *, actor: str) -> None:
        self.zone = zone

    def find(self, actor: str) -> Preferences:
        raise NotImplementedError

    def keep(self, actor: str, chosen: Preferences) -> None:
        raise NotImplementedError


def test_digitree_zone_holds_until_a_zone_is_chosen_and_while_the_store_is_away() -> None:
    now = [0.0]
    store = Store(None)
    zone = InstallationZone(store, TOKYO, clock=lambda: now[0])
    assert zone.zone.key == TOKYO
    store.zone = ""
    assert zone.zone.key == TOKYO
    zone.set(NEW_YORK, actor="key_a")
    assert zone.zone.key == NEW_YORK
    now[0], store.zone = 60, None
    assert zone.zone.key == NEW_YORK
    assert InstallationZone(Store("")).zone.key == "UTC"
