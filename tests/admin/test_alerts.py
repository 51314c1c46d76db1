"""The settings of alerts over the API and on their page, and a test that goes to everybody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from admin.wiring import Stores
from ivr.domain.alerts.judging import Alert
from ivr.domain.call_records import utc_now
from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings
from tests.admin.conftest import Api
from tests.channels import mail_channel, sms_channel

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def channels(stores: Stores) -> None:
    stores.postgres.channels.create(mail_channel(25), actor="tests")
    stores.postgres.channels.create(sms_channel("twilio", "https://example.com"), actor="tests")


def test_the_settings_are_kept_and_what_is_left_out_is_as_usual(api: Api, channels: None) -> None:
    first = api("GET", "/alerts/settings")
    assert (first.json["recipients"], first.json["kinds"]["trunk_down"]) == ([], {"on": True, "minutes": 5})
    body = {
        "recipients": [{"channel": "office", "to": "ops@example.com"}, {"channel": "sms", "to": "+14155550143"}],
        "quiet": {"begin": "22:00", "end": "07:00"},
        "kinds": {"trunk_down": {"on": False, "minutes": 9}},
    }
    put = api("PUT", "/alerts/settings", body, headers={"If-Match": first.headers["ETag"]})
    assert put.status_code == 200
    kinds = put.json["kinds"]
    assert (kinds["trunk_down"], kinds["disk_low"]) == ({"on": False, "minutes": 9}, {"on": True, "megabytes": 1000})
    assert api("PUT", "/alerts/settings", body, headers={"If-Match": first.headers["ETag"]}).status_code == 412
    assert api("GET", "/audit?action=alerts.put").json["items"][0]["after"]["repeat_hours"] == 4


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"recipients": [{"channel": "nobody"}]}, "/recipients/0/channel"),
        ({"recipients": [{"channel": "no\x00body"}]}, "/recipients/0/channel"),
        ({"recipients": [{"channel": "office"}, {"channel": "sms", "to": "ops"}]}, "/recipients/1/to"),
        ({"recipients": [{"channel": "office", "to": "Ann <a@example.com>"}]}, "/recipients/0/to"),
        ({"quiet": {"begin": "25:00", "end": "07:00"}}, "/quiet/begin"),
        ({"kinds": {"disk_low": {"megabytes": 0}}}, "/kinds/disk_low/megabytes"),
        ({"repeat_hours": 0}, "/repeat_hours"),
    ],
)
def test_a_recipient_whom_nothing_reaches_is_refused(
    api: Api, channels: None, change: dict[str, Any], pointer: str
) -> None:
    refused = api("PUT", "/alerts/settings", change)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_test_goes_to_everybody_by_the_outbox(
    app: Flask, api: Api, api_key: str, channels: None, stores: Stores, settings: Settings
) -> None:
    browser = app.test_client()
    browser.post("/ui/login", data={"key": api_key}, headers=ORIGIN)
    page = browser.get("/ui/alerts").text
    assert "Send a test" not in page
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
    kinds = api("GET", "/alerts/settings").json["kinds"]
    form = {f"{kind}-{name}": str(value) for kind, of in kinds.items() for name, value in of.items() if name != "on"}
    form |= {"csrf": csrf, "channel-0": "office", "to-0": "", "channel-1": "sms", "to-1": "+14155550143"}
    form |= {"trunk_down-on": "1", "trunk_down-minutes": "many", "repeat_hours": "4"}
    assert browser.post("/ui/alerts", data=form, headers=ORIGIN).status_code == 422
    form["trunk_down-minutes"] = "7"
    assert browser.post("/ui/alerts", data=form, headers=ORIGIN).status_code == 303
    kinds = api("GET", "/alerts/settings").json["kinds"]
    assert [kind for kind, of in kinds.items() if of["on"]] == ["trunk_down"]
    assert kinds["trunk_down"]["minutes"] == 7
    assert browser.post("/ui/alerts/test", data={"csrf": csrf}, headers=ORIGIN).status_code == 303
    assert "2 tests are on their way" in browser.get("/ui/alerts").text
    sealer = Sealer(lambda: read_or_make_secret(settings).encode())
    with stores.postgres.database.transaction() as connection:
        rows = connection.execute("select service, sealed from service_notice order by service").fetchall()
    sent = [(row["service"], json.loads(sealer.find(row["sealed"]) or "")["to"]) for row in rows]
    assert sent == [("mail:office", ""), ("sms:sms", "+14155550143")]


def test_alerts_are_listed_with_those_that_are_open(api: Api, stores: Stores) -> None:
    now = utc_now()
    disk, voice = Alert("alert_0", "disk_low", "here", "x", now), Alert("alert_1", "voice_down", "here", "x", now)
    for each in (disk, voice, replace(disk, ended_at=now)):
        assert stores.postgres.alerts.note(each, [], None)
    assert [each["kind"] for each in api("GET", "/alerts?open=true").json["items"]] == ["voice_down"]
    assert {each["ended_at"] is None for each in api("GET", "/alerts").json["items"]} == {True, False}
