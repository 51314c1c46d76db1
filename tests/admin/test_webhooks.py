"""/webhooks: made, changed, their secrets shown once, their deliveries looked at and replayed."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any, get_args

import pytest

from admin.webhooks.messages import MESSAGES
from admin.wiring import Stores
from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, utc_now
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.lines.events import LineEvent, LineEventName
from ivr.domain.numbers import E164
from ivr.domain.signed_heads import HeadSigner
from ivr.domain.signing import SECRET
from ivr.domain.trunks.outages import Outages
from ivr.domain.trunks.state import TrunkState
from ivr.domain.webhooks import EVENTS, PING, notes_of_call
from ivr.storage.postgres.outgoing import end_order
from ivr.storage.postgres.signed_heads import keep_heads
from ivr.storage.postgres.webhook_outbox import note, note_events
from tests.admin.conftest import Api
from tests.admin.test_outgoing import order_for_tomorrow

RECORD = CallRecord("call_1", "u", None, "", None, "", utc_now())
HOOK = {"url": "https://example.com/hook", "events": ["call.ended", "dnc.added"]}


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api("POST", "/webhooks", {**HOOK, **changes})
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def test_a_webhook_shows_its_secret_once_and_nowhere_else(api: Api, stores: Stores) -> None:
    made = make(api)
    secret = made.pop("secret")
    assert SECRET.fullmatch(secret)
    assert api("GET", f"/webhooks/{made['id']}").json == made
    for path in ("/webhooks", f"/webhooks/{made['id']}", "/audit"):
        assert secret not in api("GET", path).text
    with stores.postgres.database.transaction() as connection:
        row = connection.execute("select secret from webhook").fetchone()
    assert row is not None
    assert secret not in row["secret"]


def test_a_rotation_gives_a_new_secret(api: Api) -> None:
    made = make(api)
    rotated = api("POST", f"/webhooks/{made['id']}/rotate").json
    assert SECRET.fullmatch(rotated["secret"])
    assert rotated["secret"] != made["secret"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "ftp://example.com"}, "/url"),
        ({"url": "https://user:pass@example.com"}, "/url"),
        ({"url": "https://example.com/\n"}, "/url"),
        ({"events": []}, "/events"),
        ({"events": ["call.began"]}, "/events/0"),
        ({"ivr_id": "x"}, "/ivr_id"),
        ({"secret": "mine"}, "/secret"),
    ],
)
def test_what_is_no_webhook_is_refused_with_its_pointer(api: Api, changes: dict[str, Any], pointer: str) -> None:
    answer = api("POST", "/webhooks", {**HOOK, **changes})
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_a_webhook_is_changed_switched_off_and_on_and_deleted(api: Api) -> None:
    path = f"/webhooks/{make(api, ivr_id='ivr_abc123')['id']}"
    assert api("PATCH", path, {"events": ["ivr.changed"], "ivr_id": None}).json["ivr_id"] is None
    off = api("PATCH", path, {"active": False}).json
    assert (off["active"], off["why_inactive"], off["events"]) == (False, "switched off", ["ivr.changed"])
    assert api("PATCH", path, {"active": True}).json["why_inactive"] is None
    assert api("PATCH", path, {"url": None}).status_code == 422
    assert api("DELETE", path).status_code == 204
    for method, tail, body in (("GET", "", None), ("DELETE", "", None), ("PATCH", "", {}), ("POST", "/ping", None)):
        assert api(method, path + tail, body).status_code == 404
    actions = [each["action"] for each in api("GET", "/audit").json["items"]]
    assert actions[:5] == ["webhook.delete", "webhook.change", "webhook.change", "webhook.change", "webhook.create"]


def test_deliveries_are_listed_by_state_in_pages_and_replayed(api: Api, stores: Stores) -> None:
    path = f"/webhooks/{make(api)['id']}"
    messages = [api("POST", f"{path}/ping").json["message_id"] for _ in range(3)]
    first = api("GET", f"{path}/deliveries?limit=2").json
    assert [each["message_id"] for each in first["items"]] == messages[:0:-1]
    rest = api("GET", f"{path}/deliveries?limit=2&cursor={first['next_cursor']}").json
    assert [each["message_id"] for each in rest["items"]] == messages[:1]
    assert (rest["items"][0]["state"], rest["items"][0]["attempts"]) == ("waiting", 0)
    with stores.postgres.database.transaction() as connection:
        connection.execute("update webhook_delivery set state = 'dead', attempts = 11, status = 500")
    assert len(api("GET", f"{path}/deliveries?state=dead").json["items"]) == 3
    again = api("POST", f"{path}/deliveries/{messages[0]}/replay")
    assert (again.status_code, again.json["state"], again.json["attempts"]) == (202, "waiting", 0)
    assert api("POST", f"{path}/replay").json == {"replayed": 2}
    assert api("POST", f"{path}/deliveries/msg_none/replay").status_code == 404
    assert api("POST", f"{path}/replay").json == {"replayed": 0}
    entries = api("GET", "/audit?action=webhook").json["items"]
    assert [(each["action"], each["after"]) for each in entries[:-1]] == [
        ("webhook.replay", {"replayed": 2}),
        ("webhook.replay", {"message_id": messages[0]}),
        *(("webhook.ping", {"message_id": each}) for each in reversed(messages)),
    ]
    assert {each["subject"] for each in entries} == {path.removeprefix("/webhooks/")}
    assert api("GET", "/webhooks/hook_none/deliveries").status_code == 404


def test_webhooks_need_the_scope_write(api: Api, stores: Stores) -> None:
    reader = api.as_key(stores.postgres.keys.create("r", ["read", "calls"])[1])
    assert reader("GET", "/webhooks").status_code == 403
    assert reader("POST", "/webhooks", HOOK).status_code == 403


def test_each_event_carries_what_the_document_says(api: Api, stores: Stores) -> None:
    postgres = stores.postgres
    hook = make(api, events=list(EVENTS))
    api("POST", f"/webhooks/{hook['id']}/ping")
    menu = api.create()
    api("DELETE", f"/ivr/{menu}")
    api("POST", "/dnc", {"number": "+14805550123"})
    api("POST", "/dnc/+14805550123/release", {"reason": "asked for it"})
    postgres.dnc.import_numbers(NumberFile(BytesIO(b"number\n+14805550124\n123\n")), actor="test")
    away = AgentAttempt("sip:a@192.0.2.1", "unreachable", "NORMAL_TEMPORARY_FAILURE")
    talk = AgentAttempt("sip:b@192.0.2.1", "answered", None, talk_ms=1000)
    ended = replace(RECORD, agent=[away, talk], ended_at=RECORD.started_at, outcome=Outcome.TRANSFERRED)
    ordered = order_for_tomorrow(stores, "ivr_gone", E164("+14805550125"))
    keep_heads(postgres.database, [HeadSigner(b"s" * 32).sign("dnc/default", 1, "ab" * 32, RECORD.started_at)])
    outages = Outages()
    gone, there = TrunkState("silent", 1.0), TrunkState("answers", 90.0)
    note_events(postgres.database, [*outages.look({"pbx": gone}, 80.0), *outages.look({"pbx": there}, 90.0)])
    waited = LineEvent("line.left", "sales", "call_1", "ivr_1", "ask", None, 0, 1_700_000, RECORD.started_at)
    names: tuple[LineEventName, ...] = get_args(LineEventName)
    with postgres.database.transaction() as connection:
        note(connection, *(replace(waited, event=each).note() for each in names))
        note(connection, *notes_of_call(ended.to_json()))
        end_order(connection, ordered, "expired", "its time was over before it could be made")
        rows = connection.execute("select event, data from webhook_message").fetchall()
    assert {row["event"] for row in rows} == {*EVENTS, PING} == set(MESSAGES)
    for row in rows:
        data = ended.to_json() if row["data"] is None else row["data"]
        model = MESSAGES[row["event"]]
        model.model_validate(data)
        assert set(data) <= set(model.model_fields), row["event"]
    document = api("GET", "/openapi.json").json
    assert set(document["webhooks"]) == {*EVENTS, PING}
