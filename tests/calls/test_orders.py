"""A call is sent to a node: it goes on there, in one record, and nobody but us can send it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from gevent import socket as gsocket
from hypothesis import given, settings
from hypothesis import strategies as st

from devswitch.caller import CallScript
from devswitch.switch import CallSetup, DevSwitch, SwitchCall
from esl_server.call.state import CallState
from esl_server.call.state_text import encode_state
from esl_server.switch.commands import STATE_VARIABLE
from esl_server.switch.session import Session
from ivr.domain import orders
from ivr.domain.menu.moves import Position
from tests.rig import DID, SECRET, Rig


def sent(rig: Rig, node: str, *, at: str = "welcome", order: str | None = None, keys: str = "1") -> SwitchCall:
    """A call to whom the order is given as soon as it is at the question `at`."""
    switch = DevSwitch(rig.targets, speed=40)
    files = {"welcome": f"{1:032x}", "has_license": f"{2:032x}", "area": f"{3:032x}"}
    done: list[Any] = []

    def give(note):
        if note.kind == "gather" and files[at] in note.text and not done:
            done.append(note)
            uuid = live.channel.who.channel_uuid
            text = orders.encode_order(node, "once", uuid, SECRET) if order is None else order
            live.channel.set(orders.VARIABLE, text)
            live.press(orders.KEY)

    live = switch.start(CallSetup(did=DID, script=CallScript.parse(keys), on_note=give))
    live.wait(20)
    rig.drained()
    return live


def record(rig: Rig) -> dict:
    (ended,) = rig.records.of("call_ended")
    return ended


def path(rig: Rig) -> list[tuple]:
    return [(step["node"], step["result"], step["key"]) for step in record(rig)["path"]]


def test_a_call_goes_on_at_the_node_it_was_sent_to_and_its_record_says_so(rig):
    sent(rig, "area", keys="-,2")
    assert path(rig) == [("welcome", "moved", None), ("area", "key", "2"), ("unqualified", "action", None)]
    assert record(rig)["outcome"] == "hung_up"


def test_a_call_can_be_sent_to_an_ending(rig):
    sent(rig, "unqualified", at="has_license", keys="1,-")
    assert path(rig)[-2:] == [("has_license", "moved", None), ("unqualified", "action", None)]


def test_an_order_is_obeyed_once(rig):
    live = sent(rig, "has_license", keys="-,-,-,-")
    assert [result for _, result, _ in path(rig)].count("moved") == 1
    assert live.channel.find_variable(orders.VARIABLE) is None


@pytest.mark.parametrize(
    "forged",
    [
        "area;once;0123456789abcdef0123456789abcdef",
        orders.encode_order("area", "once", "another-channel", SECRET),
        orders.encode_order("area", "once", "uuid", b"another secret"),
        "",
        ";" * 300,
    ],
)
def test_what_we_did_not_sign_for_this_call_is_no_order(rig, forged):
    sent(rig, "area", order=forged, keys="-,9")
    assert path(rig)[0] == ("welcome", "key", "9")


def test_a_node_that_the_calls_version_has_not_is_no_order(rig):
    sent(rig, "elsewhere", keys="-,9")
    assert path(rig)[0] == ("welcome", "key", "9")


def test_an_order_given_while_no_worker_was_there_is_obeyed_by_the_next(rig, monkeypatch):
    dying: list[Any] = []
    request = Session.request

    def die_first(session, command, replies, timeout_s, waiting_for, *rest, **more):
        answer = request(session, command, replies, timeout_s, waiting_for, *rest, **more)
        if waiting_for == "gather" and not dying:
            dying.append(session)
            session.sock.shutdown(gsocket.SHUT_RDWR)
            raise RuntimeError("killed while the question was asked")
        return answer

    monkeypatch.setattr(Session, "request", die_first)
    sent(rig, "area", keys="-,2")
    ended = rig.records.of("call_ended")[-1]
    assert ended["take_overs"] == 1
    way = [(step["node"], step["result"]) for step in ended["path"]]
    assert way == [("welcome", "moved"), ("area", "key"), ("unqualified", "action")]


def test_a_key_that_the_caller_pressed_while_no_worker_was_there_goes_before_an_order(rig):
    now = time.time_ns() // 1_000_000
    state = CallState("call_kept", "ivr_seed01:3", Position("welcome", 0, 1), "asking", now, now, now)
    variables = {
        STATE_VARIABLE: encode_state(state, "our-channel", SECRET),
        "ivr_key_1": "9",
        orders.VARIABLE: orders.encode_order("area", "once", "our-channel", SECRET),
    }
    setup = CallSetup(
        did=DID, script=CallScript.parse("-"), extra_variables=variables, channel_uuid="our-channel"
    )
    live = DevSwitch(rig.targets, speed=40).start(setup)
    live.wait(20)
    rig.drained()
    assert [opt_out.key for opt_out in rig.records.of("opt_out")] == ["9"]
    assert (record(rig)["call_id"], record(rig)["outcome"]) == ("call_kept", "opted_out")
    assert live.channel.find_variable(orders.VARIABLE) is None, "nor is it obeyed later"


@settings(max_examples=50)
@given(st.text(), st.text(max_size=40), st.binary(min_size=1, max_size=80))
def test_no_text_is_an_order_but_one_we_signed(text, uuid, secret):
    assert orders.decode_order(text, uuid, secret) is None
    order = orders.encode_order("node-1", "x", uuid, secret)
    assert orders.decode_order(order, uuid, secret) == "node-1"
    assert orders.decode_order(order, uuid + "x", secret) is None
