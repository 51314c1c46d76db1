"""Test calls: real calls to the real call server, told as a story, marked in their record."""

from __future__ import annotations

import json
import time

import gevent
import pytest

from devswitch.caller import CallScript
from devswitch.phone.call import agent_of
from devswitch.phone.desk import Bounds, Busy, Desk
from devswitch.switch import CallSetup, DevSwitch
from ivr.clients.phone import Order
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.tickets import new_draft_id
from tests.helpers import SWITCH_SECRET
from tests.rig import DID, SEED
from tests.sip.calls import write_tone

LICENSE = f"{2:032x}.wav"


def kinds(events: list[dict]) -> list[str]:
    return [event["kind"] for event in events]


def of(events: list[dict], kind: str, name: str) -> list:
    return [event[name] for event in events if event["kind"] == kind]


def publish_draft(phone) -> str:
    seed = phone.rig.menus.menus["ivr_seed01:3"]
    draft = PublishedMenu(new_draft_id(), 1, parse_menu(SEED), seed.prompts)
    phone.rig.menus.publish(draft)
    return f"{draft.ivr_id}:1"


def test_a_test_call_walks_the_menu_node_by_node_to_the_agent(phone):
    events = phone.call("1,1,1")
    assert of(events, "node", "node") == ["welcome", "has_license", "area", "agent"]
    assert of(events, "taken", "key") == ["1", "1", "1"]
    assert LICENSE in of(events, "asked", "file")
    told = kinds(events)
    assert told.index("dialling") < told.index("connected") < told.index("hung_up") < told.index("ended")
    assert events[-1]["outcome"] == "transferred"
    assert events[-1]["call_id"] == phone.record()["call_id"]
    assert events[-1]["faults"] == []


def publish_recording(phone) -> str:
    seed = phone.rig.menus.menus["ivr_seed01:3"]
    nodes = {"say": {"action": "record", "save": "said", "next": "bye", "max_s": 20}, "bye": {"action": "hangup"}}
    draft = PublishedMenu(new_draft_id(), 1, parse_menu({"name": "R", "nodes": nodes}), seed.prompts)
    phone.rig.menus.publish(draft)
    return f"{draft.ivr_id}:1"


@pytest.mark.parametrize(
    ("script", "seconds", "key"), [("s8#", 8, "#"), (None, 20, None)], ids=["scripted", "at the page"]
)
def test_what_is_said_into_a_recording_is_told(phone, script, seconds, key):
    events = phone.call(script, dial=phone.ticket(publish_recording(phone)))
    (recorded,) = [event for event in events if event["kind"] == "recorded"]
    assert (recorded["node"], recorded["seconds"], recorded["key"]) == ("say", seconds, key)
    assert of(events, "recording", "node") == ["say"]


def test_events_are_numbered_from_one_without_a_gap(phone):
    events = phone.call("1,2")
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))


def publish_two_languages(phone) -> str:
    nodes = {
        "ask": {"gather": {"1": "english", "2": "bye"}},
        "english": {"set": {"language": "en"}, "next": "ask"},
        "bye": {"action": "hangup"},
    }
    menu = parse_menu({"name": "L", "languages": ["en", "es"], "nodes": nodes})
    draft = PublishedMenu(new_draft_id(), 1, menu, {})
    phone.rig.menus.publish(draft)
    return f"{draft.ivr_id}:1"


def test_the_language_is_told_that_the_caller_hears_first_and_whenever_it_changes(phone):
    pointer = publish_two_languages(phone)
    assert of(phone.call("1,1,2", dial=phone.ticket(pointer)), "language", "language") == ["en"]
    events = phone.call("1,1,2", dial=phone.ticket(pointer, language="es"))
    assert of(events, "language", "language") == ["es", "en"]
    assert kinds(events).index("language") < kinds(events).index("node")
    assert of(phone.call("2"), "language", "language") == [], "a menu of one language"


def test_silence_is_the_gathers_own_time_out_and_takes_no_real_time(phone):
    events = phone.call("-,-,-")  # for whose fifteen seconds nobody would wait here
    assert of(events, "taken", "key") == [None, None, None]
    assert of(events, "taken", "node") == ["welcome"] * 3
    assert events[-1]["outcome"] == "no_input"


def test_a_key_cuts_the_prompt_and_the_story_says_so(phone):
    events = phone.call("9")
    assert of(events, "stopped", "by") == ["9"]


def test_the_record_is_marked_and_does_not_show_the_ticket(phone):
    ticket = phone.ticket()
    phone.call("2", dial=ticket)
    record = phone.record()
    assert record["test"] is True
    assert record["did"] is None
    assert ticket not in json.dumps(record)


def test_a_call_of_a_caller_is_not_marked(phone):
    DevSwitch(phone.rig.targets, speed=40).call(
        CallSetup(did=DID, script=CallScript.parse("2,h")), timeout_s=20
    )
    phone.rig.drained()
    assert phone.record()["test"] is False


def test_a_callers_channel_is_told_nothing_of_nodes(phone):
    result = DevSwitch(phone.rig.targets, speed=40).call(
        CallSetup(did=DID, script=CallScript.parse("9")), timeout_s=20
    )
    assert not {"ivr_node", "ivr_call", "ivr_outcome"} & set(result.variables)


def test_a_menu_tried_under_its_number_is_recorded_with_it(phone):
    phone.call("9", dial=phone.ticket(did=E164(DID)))
    assert phone.record()["did"] == DID
    assert phone.record()["test"] is True


def test_an_opt_out_from_a_live_menu_is_an_opt_out(phone):
    phone.call("9", dial=phone.ticket(did=E164(DID)))
    (opt_out,) = phone.rig.records.of("opt_out")
    assert opt_out.number == "+14805551234"
    assert opt_out.did == DID


def test_a_draft_shows_the_opt_out_and_writes_none(phone):
    events = phone.call("9", dial=phone.ticket(publish_draft(phone)))
    assert events[-1]["outcome"] == "opted_out"
    assert phone.record()["outcome"] == "opted_out"
    assert phone.rig.records.of("opt_out") == []


def test_a_ticket_that_is_unknown_leads_nowhere(phone):
    events = phone.call("1", dial="test-" + "0" * 32)
    assert events[-1]["sip_status"] == 404
    assert phone.rig.records.of("call_ended") == []


@pytest.mark.parametrize(
    "dialled", ["test-", "test-" + "g" * 32, "TEST-" + "0" * 32, "test-" + "0" * 33, "ivr_seed01:3"]
)
def test_what_only_looks_like_a_ticket_never_reaches_the_cache(phone, dialled):
    asked: list[str] = []
    phone.rig.menus.ticket = lambda name: asked.append(name)
    result = DevSwitch(phone.rig.targets, speed=40, strict=False).call(
        CallSetup(did=dialled), timeout_s=20
    )
    assert result.sip_status == 404
    assert asked == []


def test_a_cache_that_is_away_refuses_a_test_call_with_503(phone):
    ticket = phone.ticket()
    phone.rig.menus.away = True
    assert phone.call("1", dial=ticket)[-1]["sip_status"] == 503


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [("busy", "busy"), ("declines", "declined"), ("no_answer", "no_answer"), ("unreachable", "unreachable")],
)
def test_the_agent_behaves_as_the_caller_of_the_api_chose(phone, behaviour, result):
    events = phone.call("1,1,1", agent=behaviour)
    assert events[-1]["outcome"] == "agent_unavailable"
    assert [each["result"] for each in phone.record()["agent"]] == [result]


def test_the_agent_of_a_call_by_hand_says_its_words_to_the_end_and_hangs_up(tmp_path):
    words = tmp_path / "words.wav"
    write_tone(words, 1500)
    assert agent_of("answers", str(words), scripted=False).talk_ms == 3500
    assert agent_of("answers", "", scripted=False).talk_ms == 2000


def test_agents_that_fail_in_test_calls_are_not_left_alone_for_callers(phone):
    for _ in range(6):
        phone.call("1,1,1", agent="unreachable")
        phone.rig.records.written.clear()
    assert phone.call("1,1,1")[-1]["outcome"] == "transferred"
    assert [each["result"] for each in phone.record()["agent"]] == ["answered"]


def test_keys_and_hang_up_reach_a_call_under_way(phone):
    call = phone.desk.dial(Order(phone.ticket(), "anonymous"))
    story = call.follow(0)
    with gevent.Timeout(30):
        next(event for event in story if event and event["kind"] == "asked")
        call.press("1")
        assert next(event for event in story if event and event["kind"] == "taken")["key"] == "1"
        next(event for event in story if event and event["kind"] == "asked")
        call.hang_up()
        *_, last = story
    assert last["by"] == "caller"
    phone.rig.drained()
    assert phone.record()["outcome"] == "caller_hung_up"
    assert phone.record()["ani"] is None


def test_a_second_listener_can_begin_where_the_first_one_was_cut_off(phone):
    events = phone.call("1,2")
    call = next(iter(phone.desk._calls.values()))
    assert list(call.follow(3)) == events[3:]


def test_there_is_a_bound_on_calls_at_once(rig):
    desk = Desk(f"127.0.0.1:{rig.address[1]}", SWITCH_SECRET, rig.prompts_dir, Bounds(max_calls=1))
    try:
        desk.dial(Order(DID, "anonymous"))
        with pytest.raises(Busy):
            desk.dial(Order(DID, "anonymous"))
    finally:
        desk.close()


@pytest.mark.parametrize("bounds", [Bounds(call_s=0.0), Bounds(alone_s=0.0)], ids=["too long", "nobody listens"])
def test_calls_that_last_too_long_or_are_left_alone_are_hung_up(rig, bounds):
    desk = Desk(f"127.0.0.1:{rig.address[1]}", SWITCH_SECRET, rig.prompts_dir, bounds)
    try:
        call = desk.dial(Order(DID, "anonymous"))
        desk.look_after()
        with gevent.Timeout(30):
            *_, last = call.follow(0)
        assert last["by"] == "caller"
    finally:
        desk.close()


def test_calls_that_are_over_are_forgotten_after_a_while(phone):
    phone.call("1,2")
    call = next(iter(phone.desk._calls.values()))
    phone.desk._clock = lambda: time.monotonic() + 3600
    phone.desk.look_after()
    assert phone.desk.find(call.id) is None


def test_closing_the_phone_hangs_up(rig):
    desk = Desk(f"127.0.0.1:{rig.address[1]}", SWITCH_SECRET, rig.prompts_dir)
    call = desk.dial(Order(DID, "anonymous"))
    with gevent.Timeout(30):
        next(event for event in call.follow(0) if event and event["kind"] == "asked")
    desk.close()
    assert call.over
    rig.drained()
    assert rig.records.of("call_ended")[0]["outcome"] == "caller_hung_up"
