"""A call that we have made, at the call server: its menu is given what the order has, and who answered."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.numbers import E164
from ivr.domain.outgoing_ticket import Outgoing
from ivr.domain.reports.usage import Rates, usage_of
from ivr.domain.tickets import Ticket, new_outgoing_ticket
from ivr.storage.postgres.calls import call_from_json
from tests.calls.test_messages import DIALECTS, HELLO, cut_at, path, publish, record
from tests.rig import Rig

OURS, TO = E164("+14155550177"), "+14805550123"
NODES: dict[str, Any] = {
    "id": {"switch": "call.id", "case": {"A7": "who"}, "default": "wrong"},
    "who": {"switch": "call.answered_by", "case": {"machine": "wrong", "person": "wrong", "unknown": "hello"},
            "default": "wrong"},
    "hello": {"audio": "hello.wav", "next": "ask"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "bye", "9": "out"}},
    "bye": {"action": "hangup"},
    "out": {"action": "suppress"},
    "wrong": {"action": "hangup"},
}  # fmt: skip


def called(rig: Rig, keys: str, *, detects: bool = True, **setup: Any) -> CallResult:
    ticket = new_outgoing_ticket()
    rig.menus.tickets[ticket] = Ticket("ivr_seed01:4", OURS, Outgoing("out_7", {"call.id": "A7"}, detects))
    switch = DevSwitch(rig.targets, speed=40)
    result = switch.call(CallSetup(did=ticket, ani=TO, script=CallScript.parse(keys), **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


@DIALECTS
@pytest.mark.parametrize("detects", [True, False])
def test_the_menu_begins_with_what_the_order_gives_it(rig: Rig, variables: dict[str, str], detects: bool) -> None:
    publish(rig, NODES)
    result = called(rig, "1", detects=detects, extra_variables=variables)
    kept = record(rig)
    assert [node for node, _, _ in path(rig)] == ["id", "who", "hello", "ask", "bye"]
    assert (kept["outgoing"], kept["answered_by"], kept["test"]) == ("out_7", "unknown", False)
    assert (kept["ani"], kept["did"], kept["did_raw"]) == (TO, OURS, OURS)
    # The process that dials reads these from the channel.
    assert result.variables["ivr_call"] == kept["call_id"]
    assert result.variables["ivr_answered_by"] == "unknown"
    listened = [each for each in result.commands if each.line.startswith("detect_audio")]
    assert len(listened) == (20 if detects else 0)


@DIALECTS
def test_a_call_that_is_taken_over_is_of_the_same_order(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, NODES)
    called(rig, "1", detects=False, extra_variables=variables, on_note=cut_at(rig, HELLO))
    kept = record(rig)
    assert (kept["take_overs"], kept["outgoing"], kept["answered_by"]) == (1, "out_7", "unknown")
    assert (kept["did"], kept["test"], kept["outcome"]) == (OURS, False, "hung_up")


def test_an_opt_out_is_that_of_the_called_number(rig: Rig) -> None:
    publish(rig, NODES)
    called(rig, "9", detects=False)
    (event,) = rig.records.of("opt_out")
    assert (event.number, record(rig)["outcome"]) == (TO, "opted_out")


def test_a_call_of_ours_saves_nothing(rig: Rig) -> None:
    publish(rig, NODES)
    called(rig, "1", detects=False)
    used = usage_of(call_from_json(record(rig)), Rates())
    assert used is not None
    assert (used[1].calls, used[1].deflected_calls) == (1, 0)


def test_a_ticket_that_is_not_known_has_no_menu(rig: Rig) -> None:
    publish(rig, NODES)
    switch = DevSwitch(rig.targets, speed=40)
    result = switch.call(CallSetup(did=new_outgoing_ticket(), ani=TO), timeout_s=60)
    assert result.sip_status == 404
