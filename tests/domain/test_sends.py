"""Nodes that send a message: their text is read and not heard, so it is no prompt and says no keys."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.channels.message import AttachedSound, Message
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.moves import GoTo, NoWayOn, Position
from ivr.domain.menu.recipients import Destination
from ivr.domain.menu.send import LEFT, NOT_LEFT, SendNode
from ivr.domain.menu.slots import slots_of, with_names
from ivr.domain.menu.variables import Memory
from tests.domain.test_menu_document import problems_of

SEND: dict[str, Any] = {"action": "send", "to": "mail:office", "text": "Press 7, {who}.", "next": "bye"}
BYE = {"action": "hangup"}


def node(**changes: Any) -> SendNode:
    raw = {name: value for name, value in {**SEND, **changes}.items() if value is not None}
    parsed = parse_menu({"name": "m", "nodes": {"send": raw, "bye": BYE}}).nodes["send"]
    assert isinstance(parsed, SendNode)
    return parsed


def warnings(channels: set[str] | None = None, **changes: Any) -> set[tuple[str, str]]:
    raw = {name: value for name, value in {**SEND, **changes}.items() if value is not None}
    menu = parse_menu({"name": "m", "nodes": {"send": raw, "bye": BYE}})
    found = lint(menu, set(), channels={"mail:office"} if channels is None else channels)
    return {(each.code, each.pointer) for each in found if each.code != "no_audio"}


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"to": "office"}, "invalid_to", "to"),
        ({"to": 7}, "invalid_to", "to"),
        ({"to": "mail:{random}"}, "invalid_to", "to"),
        ({"text": ""}, "invalid_message", "text"),
        ({"text": " \n"}, "invalid_message", "text"),
        ({"text": "a\x00"}, "invalid_message", "text"),
        ({"text": ["a"]}, "invalid_message", "text"),
        ({"text": "x" * 2001}, "invalid_message", "text"),
        ({"attach": []}, "invalid_attach", "attach"),
        ({"attach": "message"}, "invalid_attach", "attach"),
        ({"attach": ["a", "b", "c", "d", "e"]}, "invalid_attach", "attach"),
        ({"attach": ["Message"]}, "invalid_variable", "attach/0"),
        ({"attach": ["a", "a"]}, "doubled_variable", "attach/1"),
        ({"audio": "a.wav"}, "unknown_field", "audio"),
        ({"voice": "joe"}, "unknown_field", "voice"),
    ],
)
def test_what_a_message_may_not_be(change: dict[str, Any], code: str, place: str) -> None:
    document = {"name": "m", "nodes": {"send": {**SEND, **change}, "bye": BYE}}
    assert [(each.code, each.pointer) for each in problems_of(document)] == [(code, f"/nodes/send/{place}")]


@pytest.mark.parametrize("missing", ["to", "next"])
def test_what_a_message_needs(missing: str) -> None:
    raw = {name: value for name, value in SEND.items() if name != missing}
    document = {"name": "m", "nodes": {"send": raw, "bye": BYE}}
    assert [(each.code, each.pointer) for each in problems_of(document)] == [("missing", f"/nodes/send/{missing}")]


def test_its_text_is_no_prompt() -> None:
    assert list(slots_of(SEND)) == []
    assert with_names(SEND, "send", ()) == SEND
    assert list(node().sounds()) == []
    assert node().text is None


def test_its_text_says_no_keys_and_is_warned_of_as_it_is_read() -> None:
    set_before: dict[str, Any] = {"set": {"who": "Ann"}}
    assert warnings(**set_before) == set()
    assert warnings(text="{Who} {who}", **set_before) == {("stray_brace", "/nodes/send/text")}
    assert warnings() == {("variable_not_set", "/nodes/send/text")}
    assert warnings(text="x", to="mail:{box}") == {("variable_not_set", "/nodes/send/to")}
    assert warnings(text="x", attach=["sound"]) == {("variable_not_set", "/nodes/send/attach/0")}


def test_what_is_unwise() -> None:
    assert warnings(set(), text="x") == {("channel_not_found", "/nodes/send/to")}
    assert warnings(set(), text="x", to="sms:{caller}") == {("channel_not_found", "/nodes/send/to")}
    assert warnings({"sms:sms"}, text="x", to="sms:{caller}") == set()
    assert warnings({"chat:office"}, text="x") == {("channel_not_found", "/nodes/send/to")}
    assert warnings(text=None) == {("nothing_to_send", "/nodes/send/text")}
    with_sound: dict[str, Any] = {"set": {"sound": "x"}, "attach": ["sound"], "text": None}
    assert warnings(**with_sound) == set()
    assert warnings({"chat:a"}, to="chat:a", **with_sound) == {("attach_without_mail", "/nodes/send/attach")}


def test_where_channels_are_not_known_none_is_missed() -> None:
    menu = parse_menu({"name": "m", "nodes": {"send": {**SEND, "text": "x"}, "bye": BYE}})
    assert "channel_not_found" not in {each.code for each in lint(menu, set())}


@pytest.mark.parametrize(
    ("result", "fail_node", "move"),
    [
        (LEFT, None, GoTo("bye")),
        (LEFT, "send", GoTo("bye")),
        (NOT_LEFT, "send", GoTo("send")),
        (NOT_LEFT, None, GoTo("bye")),
        (NOT_LEFT, "gone", NoWayOn()),
    ],
)
def test_where_a_call_continues(result: str, fail_node: str | None, move: object) -> None:
    assert node(fail_node=fail_node).step(result, Position("send"), {"bye", "send"}) == move


def test_what_is_sent_by_a_call_that_knows_this_much() -> None:
    memory = Memory(caller="+14805551234", called="+14155550100", values={"who": "Ann", "sound": "s1"})
    sent = node(attach=["sound", "none"]).message_of(Destination("mail:office", ""), memory, "Shop")
    assert sent == Message(
        "Press 7, Ann.", "", (AttachedSound("sound", "s1"),), "Shop", "+14805551234", "+14155550100"
    )


def test_a_secret_is_masked_in_the_story_of_a_test() -> None:
    memory = Memory(values={"who": "4711"}, secrets=frozenset({"who"}))
    to = Destination("mail:office", "")
    assert node().message_of(to, memory, "m", masked=True).text == "Press 7, •••."
    assert node().message_of(to, memory, "m").text == "Press 7, 4711."
