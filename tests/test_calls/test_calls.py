"""POST /test-calls and friends: real calls, made from the API."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from admin.http import streams
from admin.test_calls.service import TestCallService
from ivr.ports.keys import KeyStore
from tests.helpers import wait_until
from tests.test_calls.conftest import CALLER, DID, MENU, events_of


def make(api: Any, body: dict[str, Any]) -> str:
    answer = api("POST", "/test-calls", body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/test-calls/{answer.json['id']}"
    return str(answer.json["id"])


def record_of(api: Any, call: str) -> dict[str, Any]:
    return wait_until(lambda: api("GET", f"/test-calls/{call}").json["record"], 20, "the record is there")


def dnc(api: Any, number: str) -> Any:
    return api("GET", f"/dnc/{number}")


def test_a_menu_without_a_number_is_called_with_keys_and_leaves_a_marked_record(api, menu):
    call = make(api, {"ivr_id": menu, "script": "1,2"})
    events = events_of(api, call)
    assert [each["node"] for each in events if each["kind"] == "node"] == ["welcome", "area", "bye"]
    assert events[-1]["kind"] == "ended"
    record = record_of(api, call)
    assert record["outcome"] == "hung_up"
    assert record["test"] is True
    assert record["ivr_id"] == menu
    assert record["did"] is None
    assert record["id"] == events[-1]["call_id"]
    assert api("GET", f"/calls/{record['id']}").json["test"] is True


def test_who_made_a_test_call_and_as_whom_stands_in_the_audit_log(api, menu):
    make(api, {"ivr_id": menu, "ani": "+14155550123", "script": "h"})
    entry = api("GET", f"/audit?action=test_call&subject={menu}").json["items"][0]
    assert entry["actor"] == api("GET", "/keys").json["items"][0]["id"]
    assert entry["after"] == {"ani": "+14155550123", "version": 1}


@pytest.mark.parametrize("written", ["+1-480-555-1406", "(480) 555-1406", "001 480 555 1406", " 4805551406"])
def test_the_callers_number_is_read_however_it_is_written(api, menu, written):
    called = api("POST", "/test-calls", {"ivr_id": menu, "ani": written, "script": "h"})
    assert (called.status_code, called.json["ani"]) == (201, "+14805551406")
    assert record_of(api, called.json["id"])["ani"] == "+14805551406"


def test_a_caller_can_withhold_the_number(api, menu):
    call = make(api, {"ivr_id": menu, "ani": "anonymous", "script": "h"})
    assert api("GET", f"/test-calls/{call}").json["ani"] == "anonymous"
    assert record_of(api, call)["ani"] is None


def test_keys_are_pressed_while_the_call_is_up_and_none_after_it(api, menu):
    call = make(api, {"ivr_id": menu})
    wait_until(lambda: api("GET", f"/test-calls/{call}").json["node"] == "welcome", 20, "the question is asked")
    assert api("POST", f"/test-calls/{call}/keys", {"keys": "1"}).status_code == 204
    wait_until(lambda: api("GET", f"/test-calls/{call}").json["node"] == "area", 20, "the next one is asked")
    assert api("DELETE", f"/test-calls/{call}").status_code == 204
    assert record_of(api, call)["outcome"] == "caller_hung_up"
    assert api("DELETE", f"/test-calls/{call}").status_code == 204
    assert api("POST", f"/test-calls/{call}/keys", {"keys": "1"}).json["code"] == "test_call_over"


def test_a_stream_that_broke_goes_on_behind_the_last_event(api, menu):
    call = make(api, {"ivr_id": menu, "script": "1,2"})
    events = events_of(api, call)
    assert events_of(api, call, headers={"Last-Event-ID": "4"}) == events[4:]
    assert events_of(api, call, "?after=4") == events[4:]
    assert events_of(api, call, headers={"Last-Event-ID": "x; drop"}) == events


def test_what_is_heard_can_be_fetched(api, menu):
    call = make(api, {"ivr_id": menu, "script": "9"})
    urls = [each["url"] for each in events_of(api, call) if each.get("url")]
    assert any("/audio/system-" in url for url in urls)
    for url in urls:
        sound = api("GET", url)
        assert sound.mimetype == "audio/wav"
        assert sound.data[:4] == b"RIFF"


def test_nothing_beside_prompts_is_given_out(api, menu):
    call = make(api, {"ivr_id": menu, "script": "h"})
    missing = ("system-nothing.wav", "secret.wav", "languages-xx-1.wav", f"{0:032x}.wav")
    odd = ("system-..%2f..%2fsecret.wav", "..%2f..%2fsecret", "system-.wav", "languages-.wav", "%00.wav")
    for name in (*missing, *odd):
        assert api("GET", f"/test-calls/{call}/audio/{name}").status_code == 404, name


def test_an_opt_out_from_a_live_menu_goes_on_the_list(api, menu):
    assert api("POST", f"/ivr/{menu}/assign", {"did": DID}).status_code == 200
    call = make(api, {"ivr_id": menu, "script": "9", "ani": "+14805550007"})
    assert record_of(api, call)["outcome"] == "opted_out"
    assert record_of(api, call)["did"] == DID
    wait_until(lambda: dnc(api, "+14805550007").status_code == 200, 20, "the number is on the list")


def test_a_drafts_opt_out_only_shows(api, menu):
    call = make(api, {"ivr_id": menu, "draft": MENU, "script": "9", "ani": CALLER})
    assert record_of(api, call)["outcome"] == "opted_out"
    assert record_of(api, call)["test"] is True
    assert dnc(api, CALLER).status_code == 404
    shown = api("GET", f"/test-calls/{call}").json
    assert shown["draft"] is True
    assert shown["ivr_id"] == menu
    assert shown["version"] is None


def test_a_draft_of_no_menu_is_called_and_nothing_of_it_is_saved(api):
    call = make(api, {"draft": MENU, "script": "1,2"})
    assert record_of(api, call)["outcome"] == "hung_up"
    assert api("GET", "/ivr").json["items"] == []


def test_a_drafts_new_words_are_spoken_first(api, voice):
    nodes = {**MENU["nodes"], "welcome": {**MENU["nodes"]["welcome"], "text": "Press 1, or 9 to be let out."}}
    call = make(api, {"draft": {"name": "New words", "nodes": nodes}, "script": "9"})
    assert voice.said == ["Press 1, or 9 to be let out."]
    (asked,) = [each for each in events_of(api, call) if each["kind"] == "asked"]
    assert not asked["file"].startswith("system/")


def test_the_languages_of_a_draft_offer_themselves(api, voice):
    nodes = {"language": {"action": "ask_language", "next": "bye"}, "bye": {"action": "hangup"}}
    call = make(api, {"draft": {"name": "Two", "languages": ["en", "es"], "nodes": nodes}, "script": "2"})
    assert voice.said == ["For English, press 1.", "Para español, oprima el 2."]
    (step, _) = record_of(api, call)["path"]
    assert (step["node"], step["key"]) == ("language", "2")
    assert step["prompt"] == "languages/en-1.wav+languages/es-2.wav"


def test_a_call_begins_in_the_language_of_the_menus_number_unless_it_names_another(api, voice):
    nodes = {"bye": {"action": "hangup", "text": {"en": "Bye.", "es": "Adiós."}}}
    menu = api("POST", "/ivr?strict=false", {"name": "Two", "languages": ["en", "es"], "nodes": nodes}).json["id"]
    assigned = api("POST", f"/ivr/{menu}/assign", {"did": "+14155550177", "language": "es"})
    assert assigned.status_code == 200
    assert record_of(api, make(api, {"ivr_id": menu, "script": "-"}))["language"] == "es"
    assert record_of(api, make(api, {"ivr_id": menu, "script": "-", "language": "en"}))["language"] == "en"


def test_the_sentence_of_each_language_is_heard_and_its_words_are_told(api, voice):
    asking = {"action": "ask_language", "next": "bye", "timeout_s": 1, "max_attempts": 1}
    nodes = {"language": asking, "bye": {"action": "hangup"}}
    call = make(api, {"draft": {"name": "Two", "languages": ["en", "es"], "nodes": nodes}, "script": "-"})
    events = events_of(api, call)
    (asked,) = [each for each in events if each["kind"] == "asked"]
    assert asked["said"] == "For English, press 1. Para español, oprima el 2."
    playing = [each for each in events if each["kind"] == "playing" and each.get("url")]
    heard = {each["said"]: api("GET", each["url"]) for each in playing}
    assert heard.keys() >= {"For English, press 1.", "Para español, oprima el 2."}
    assert {each.status_code for each in heard.values()} == {200}
    assert {each.mimetype for each in heard.values()} == {"audio/wav"}


def test_without_a_voice_a_drafts_keys_are_read_out_and_the_answer_says_where(api, voice):
    voice.away = True
    nodes = {**MENU["nodes"], "welcome": {**MENU["nodes"]["welcome"], "text": "Press 1."}}
    answer = api("POST", "/test-calls", {"draft": {"name": "New words", "nodes": nodes}, "script": "9"})
    assert answer.status_code == 201
    assert answer.json["unspoken"] == ["welcome"]
    (asked,) = [each for each in events_of(api, answer.json["id"]) if each["kind"] == "asked"]
    assert asked["file"] == "system/keys-19.wav"


def test_words_that_were_spoken_before_are_not_spoken_again(api, menu, voice):
    assert api("POST", f"/ivr/{menu}/audio", {"node": "welcome", "text": "Press 1."}).status_code == 201
    voice.said.clear()
    document = api("GET", f"/ivr/{menu}").json
    call = make(api, {"ivr_id": menu, "draft": {"name": "Same", "nodes": document["nodes"]}, "script": "9"})
    assert voice.said == []
    (asked,) = [each for each in events_of(api, call) if each["kind"] == "asked"]
    assert not asked["file"].startswith("system/")


def test_an_earlier_version_can_be_called(api, menu):
    api("PATCH", f"/ivr/{menu}", {"nodes": {"welcome": {"gather": {"2": "bye"}}}})
    call = make(api, {"ivr_id": menu, "version": 1, "script": "1,2"})
    assert record_of(api, call)["ivr_version"] == 1
    assert record_of(api, call)["outcome"] == "hung_up"


def test_a_draft_is_gone_from_the_cache_after_a_while_and_cannot_be_dialled_then(api, menu, cache, services):
    test_calls = services.get(TestCallService)
    ticket = test_calls.issue(test_calls.draft(MENU))
    with redis.Redis.from_url(cache) as connection:
        (key,) = connection.keys("digitree:test-*")
        (kept,) = connection.keys("digitree:tree:ivr_draft*")
        assert 0 < connection.ttl(key) <= 900
        assert 0 < connection.ttl(kept) <= 1800
        connection.delete(key)
    from ivr.clients.phone import Order

    assert test_calls.phone.run(Order(ticket, "anonymous", script="1", fast=True))[-1]["sip_status"] == 404


def test_a_cache_that_is_rebuilt_keeps_the_tickets_of_test_calls(api, services, cache):
    from ivr.storage.menu_publisher import CachePublisher

    test_calls = services.get(TestCallService)
    ticket = test_calls.issue(test_calls.draft(MENU))
    CachePublisher(test_calls.calls._database, test_calls.cache).rebuild()
    from ivr.clients.phone import Order

    assert test_calls.phone.run(Order(ticket, "anonymous", script="1,2", fast=True))[-1]["outcome"] == "hung_up"


UNCALLABLE = [
    ({}, ""),
    ({"ivr_id": "x"}, "/ivr_id"),
    ({"ivr_id": "ivr_abcdef", "draft": {}, "version": 1}, ""),
    ({"draft": {"name": "x", "nodes": {"a": {"gather": {"x": "b"}}}}}, "/draft/nodes/a/gather/x"),
    ({"draft": []}, "/draft"),
    ({"ivr_id": "ivr_abcdef", "ani": "${system(id)}"}, "/ani"),
    ({"ivr_id": "ivr_abcdef", "ani": "+1480555\r\n1234"}, "/ani"),
    ({"ivr_id": "ivr_abcdef", "ani": "555 0141"}, "/ani"),
    ({"ivr_id": "ivr_abcdef", "ani": "1111111111"}, "/ani"),
    ({"ivr_id": "ivr_abcdef", "script": "1;2"}, "/script"),
    ({"ivr_id": "ivr_abcdef", "script": "1,"}, "/script"),
    ({"ivr_id": "ivr_abcdef", "agent": "root"}, "/agent"),
    ({"ivr_id": "ivr_abcdef", "dial": "+14155550100"}, "/dial"),
]


def test_what_cannot_be_called_is_refused_with_a_pointer(api):
    for body, pointer in UNCALLABLE:
        answer = api("POST", "/test-calls", body)
        assert answer.status_code == 422, body
        assert answer.json["errors"][0]["pointer"] == pointer, body


def test_what_is_not_there_is_not_found(api, menu):
    assert api("POST", "/test-calls", {"ivr_id": "ivr_abcdef"}).json["code"] == "tree_not_found"
    assert api("POST", "/test-calls", {"ivr_id": menu, "version": 99}).json["code"] == "version_not_found"
    for call in ("test_" + "0" * 32, "x", "test_%2e%2e"):
        assert api("GET", f"/test-calls/{call}").json["code"] == "test_call_not_found"
        assert api("GET", f"/test-calls/{call}/events").json["code"] == "test_call_not_found"
        assert api("DELETE", f"/test-calls/{call}").json["code"] == "test_call_not_found"


def test_who_may_only_read_calls_can_watch_and_not_call(api, menu, services):
    call = make(api, {"ivr_id": menu, "script": "9"})
    reader = api.as_key(services.get(KeyStore).create("reader", ("calls",))[1])
    assert reader("GET", f"/test-calls/{call}").status_code == 200
    assert reader("POST", "/test-calls", {"ivr_id": menu}).status_code == 403
    assert reader("POST", f"/test-calls/{call}/keys", {"keys": "1"}).status_code == 403
    assert reader("DELETE", f"/test-calls/{call}").status_code == 403


def test_a_phone_that_is_away_is_a_503(api, menu, services, monkeypatch):
    from ivr.clients.phone import PhoneClient

    away = PhoneClient("http://127.0.0.1:1", lambda: "x")
    monkeypatch.setattr(services.get(TestCallService).phone, "_http", away._http)
    answer = api("POST", "/test-calls", {"ivr_id": menu})
    assert answer.status_code == 503
    assert answer.json["code"] == "phone_unavailable"


def test_an_agent_that_is_busy_is_seen_in_the_record_and_no_real_one_is_dialled(api, menu):
    call = make(api, {"ivr_id": menu, "script": "1,1", "agent": "busy"})
    record = record_of(api, call)
    assert record["outcome"] == "agent_unavailable"
    assert [each["result"] for each in record["agent"]] == ["busy"]


def test_there_is_a_bound_on_streams_and_an_ended_one_makes_room(api, menu, services, monkeypatch):
    monkeypatch.setattr(services.get(TestCallService).slots, "each", 1)
    call = make(api, {"ivr_id": menu})
    first = api("GET", f"/test-calls/{call}/events", buffered=False)
    refused = api("GET", f"/test-calls/{call}/events")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_streams")
    assert int(refused.headers["Retry-After"]) >= 1
    other = api.as_key(services.get(KeyStore).create("other")[1])
    second = other("GET", f"/test-calls/{call}/events", buffered=False)
    assert second.status_code == 200, "what one key watches takes nothing from another"
    second.close()
    monkeypatch.setattr(services.get(TestCallService).slots, "in_all", 1)
    assert other("GET", f"/test-calls/{call}/events").status_code == 429
    first.close()
    api("DELETE", f"/test-calls/{call}")
    assert events_of(api, call)[-1]["kind"] == "ended"


def test_a_stream_ends_when_its_key_is_revoked(api, menu, services, monkeypatch):
    monkeypatch.setattr(streams, "STANDING_S", 0.1)
    call = make(api, {"ivr_id": menu})
    key, secret = services.get(KeyStore).create("passing")
    answer = api.as_key(secret)("GET", f"/test-calls/{call}/events", buffered=False)
    parts = iter(answer.response)
    assert b"retry" in next(parts)
    assert api("DELETE", f"/keys/{key.key_id}").status_code == 204
    assert b"event: ended" not in b"".join(parts), "the stream ends before its call does"
    api("DELETE", f"/test-calls/{call}")


def test_events_come_as_they_happen(api, menu):
    call = make(api, {"ivr_id": menu})
    answer = api("GET", f"/test-calls/{call}/events", buffered=False)
    seen = b""
    for part in answer.response:
        seen += part
        if b"event: asked" in seen:
            break
    assert b"event: asked" in seen
    assert b"event: ended" not in seen
    answer.close()
    api("DELETE", f"/test-calls/{call}")
