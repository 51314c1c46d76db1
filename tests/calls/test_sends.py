"""Messages on a call: left for the outbox without a word to the caller, once, and never in the call's way."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.channel import ChannelNote
from ivr.domain.channels.message import AttachedSound, Message
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import NOTHING_GIVEN, Given
from ivr.domain.menu.published import PublishedMenu
from tests.calls.fake_services import FakeServices
from tests.calls.test_messages import BYE, DIALECTS, WELCOME, cut_all, path, publish, record
from tests.calls.test_requests import served
from tests.calls.test_switches import ANI, call
from tests.rig import DID, Rig

NODES: dict[str, Any] = {
    "ask": {"audio": "welcome.wav", "gather": {"X{10}": "send", "9": "bye"}, "save": "to"},
    "send": {"action": "send", "to": "sms:{to}", "text": "Your link, {caller:last4}: {none}", "next": "bye",
             "fail_node": "failed"},
    "failed": {"action": "hangup", "audio": "hello.wav"},
    "bye": {"action": "hangup", "audio": "bye.wav"},
}  # fmt: skip


def publish_menu(rig: Rig, menu: dict[str, Any], given: Given = NOTHING_GIVEN) -> None:
    publish(rig, NODES)
    known = rig.menus.menus["ivr_seed01:4"]
    tree = parse_menu({"name": "M", **menu})
    rig.menus.publish(PublishedMenu("ivr_seed01", 5, tree, known.prompts, given=given), DID)


@DIALECTS
def test_a_message_is_left_and_the_call_goes_on_without_a_sound(rig: Rig, variables: dict[str, str]) -> None:
    services = served(rig, FakeServices())
    publish(rig, NODES)
    result = call(rig, "4805550143", extra_variables=variables)
    assert result.prompt_names == [WELCOME, BYE]
    assert services.messages == [
        ("sms:sms", Message(f"Your link, {ANI[-4:]}: ", "+14805550143", (), "M", ANI, DID))
    ]
    assert path(rig) == [("ask", "key", "X{10}"), ("send", "sent", "sms:sms"), ("bye", "action", None)]
    assert record(rig)["path"][1]["value"] == "left"


def test_who_cannot_be_reached_is_told_elsewhere_and_the_record_says_why(rig: Rig) -> None:
    services = served(rig, FakeServices())
    publish(rig, {**NODES, "ask": {**NODES["ask"], "gather": {"1": "send"}}})
    call(rig, "1")
    assert services.messages == []
    assert path(rig)[-1] == ("failed", "action", None)
    assert [(step["result"], step["key"], step["value"]) for step in record(rig)["path"]][1] == (
        "sent", "sms:sms", "no_recipient",
    )  # fmt: skip


def test_without_a_way_for_it_the_call_goes_on_whatever_came_of_the_message(rig: Rig) -> None:
    services = served(rig, FakeServices())
    services.takes_notices = False
    send = {name: value for name, value in NODES["send"].items() if name != "fail_node"}
    publish(rig, {**NODES, "send": send})
    assert call(rig, "4805550143").prompt_names == [WELCOME, BYE]
    assert record(rig)["path"][1]["value"] == "not_left"


def test_what_the_journal_does_not_take_leads_elsewhere(rig: Rig) -> None:
    services = served(rig, FakeServices())
    services.takes_notices = False
    publish(rig, NODES)
    call(rig, "4805550143")
    assert path(rig)[-1] == ("failed", "action", None)


def test_sounds_go_along_by_what_their_variables_hold(rig: Rig) -> None:
    services = served(rig, FakeServices())
    nodes = {
        "ask": {"audio": "welcome.wav", "gather": {"XX": "send"}, "save": "message"},
        "send": {"action": "send", "to": "mail:office", "attach": ["message", "nothing"], "next": "bye"},
        "bye": NODES["bye"],
    }
    publish(rig, nodes)
    call(rig, "77")
    assert [(to, message.attach, message.text) for to, message in services.messages] == [
        ("mail:office", (AttachedSound("message", "77"),), "")
    ]


@DIALECTS
def test_a_message_left_again_by_the_next_worker_has_the_same_place(rig: Rig, variables: dict[str, str]) -> None:
    services = served(rig, FakeServices())
    lost: list[str] = []
    nodes = {
        **NODES,
        "send": {**NODES["send"], "next": "again"},
        "again": {**NODES["send"], "to": "sms:alerts:{to}", "next": "end"},
        "end": {"audio": "bye.wav", "gather": {"1": "ask"}},
    }
    publish(rig, nodes)

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and BYE in note.text and not lost:
            lost.append(note.text)
            cut_all(rig)

    call(rig, "4805550143,1,4805550143,h", on_note=watch, extra_variables=variables)
    first = [place.partition(" ")[2] for place in services.places]
    assert {*first} == {"send.0", "again.0", "send.1", "again.1"}


def test_a_message_is_left_after_the_caller_has_hung_up(rig: Rig) -> None:
    services = served(rig, FakeServices())
    after = {"action": "send", "to": "mail:office", "text": "Hung up", "next": "end"}
    publish_menu(rig, {"nodes": {**NODES, "after": after, "end": {"action": "hangup"}}, "hung_up_node": "after"})
    call(rig, "h")
    assert [(to, message.text) for to, message in services.messages] == [("mail:office", "Hung up")]


def test_the_call_of_a_test_sends_nothing_and_tells_what_it_would_have_sent(rig: Rig) -> None:
    services = served(rig, FakeServices())
    publish_menu(rig, {"nodes": NODES}, Given(variables={"x": 1}))
    call(rig, "4805550143")
    assert services.messages == []


@pytest.mark.parametrize("given", [True, False])
def test_a_withheld_number_gets_no_text_message(rig: Rig, given: bool) -> None:
    services = served(rig, FakeServices())
    publish(rig, {"ask": {"audio": "welcome.wav", "gather": {"1": "send"}}, **{
        **{name: NODES[name] for name in ("failed", "bye")},
        "send": {**NODES["send"], "to": "sms:{caller}"},
    }})  # fmt: skip
    call(rig, "1", ani=ANI if given else "anonymous")
    assert len(services.messages) == given
