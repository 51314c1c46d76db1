"""A transfer to a telephone number or a SIP address: over which trunk, what is shown, and where the call goes on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import gevent
import pytest

from devswitch.caller import AgentBook, CallScript
from devswitch.caller import ScriptedAgent as FarEnd
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.agents.calls_out import CallsOut
from ivr.domain.agents import Agent, Target
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.telephones.model import OutLimits
from ivr.domain.telephones.way_out import OutTrunk, gateways_out
from ivr.domain.trunks.gateways import gateways_of
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from tests.calls.test_hand_off import cut_all
from tests.rig import DID, Rig, running_server

CALLER, THEIRS = "+14805551234", "+14155552671"
TRUNK = Trunk(
    "carrier", hosts=(Host("a.example.com"), Host("b.example.com")), numbers=(E164(DID),), caller_out="digits"
)
FIRST, SECOND = (each.name for each in gateways_of(TRUNK))
_VERSIONS = count(4)
LIMITS = OutLimits(usd_min=Decimal("0.02"), usd_day=Decimal("0.10"))
NODES = {
    "engaged": {"action": "hangup"},
    "later": {"action": "hangup"},
    "sold": {"action": "hangup"},
    "after": {"action": "hangup"},
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with running_server(tmp_path, calls_out=CallsOut(lambda: (OutTrunk(TRUNK, gateways_out(TRUNK)),), LIMITS)) as rig:
        yield rig


def call(rig: Rig, transfer: dict[str, Any], agents: AgentBook | None = None, **how: Any) -> CallResult:
    ways = {"case": {"busy": "engaged", "sold": "sold"}, "fallback_node": "later", "on_agent_hangup": "after"}
    start = how.pop("start", {"set": {"number": THEIRS}, "next": "ring"})
    nodes = {"start": start, "ring": {"action": "transfer", "max_talk_s": 180, **ways, **transfer}, **NODES}
    tree = parse_menu({"name": "T", "nodes": nodes})
    known = {agent.name: agent} if (agent := how.pop("known", None)) is not None else {}
    rig.menus.publish(PublishedMenu("ivr_seed01", next(_VERSIONS), tree, {}, known), DID)
    switch = DevSwitch(rig.targets, speed=40, agents=agents)
    result = switch.call(CallSetup(did=DID, ani=how.pop("ani", CALLER), **how), 30)
    rig.drained()
    assert result.violations == []
    return result


def record(rig: Rig) -> dict[str, Any]:
    found: dict[str, Any] = rig.records.of("call_ended")[-1]
    return found


def attempts(rig: Rig) -> list[tuple[str, str, str | None]]:
    return [(each["uri"], each["result"], each["person"]) for each in record(rig)["agent"]]


def last_node(rig: Rig) -> str:
    return str(record(rig)["path"][-1]["node"])


@pytest.mark.parametrize(
    ("caller_id", "ani", "shown"),
    [
        (None, CALLER, "14805551234"),
        ("caller", CALLER, "14805551234"),
        ("called", CALLER, "14155550100"),
        (DID, CALLER, "14155550100"),
        ("+14155559999", CALLER, "14155550100"),  # no number of ours: the trunk's own
        (None, "anonymous", "14155550100"),
    ],
)
def test_a_number_is_dialled_over_its_trunk_and_sees_the_number_that_is_meant(
    rig: Rig, caller_id: str | None, ani: str, shown: str
) -> None:
    result = call(rig, {"to": THEIRS, **({"caller_id": caller_id} if caller_id else {})}, ani=ani)
    (bridge,) = result.bridges
    assert bridge.dial_string == f"sofia/gateway/{FIRST}/14155552671"
    assert bridge.variables["origination_caller_id_number"] == shown
    assert bridge.variables["sip_cid_type"] == "none"
    assert not any(name.startswith("X-IVR") for name in bridge.headers)
    assert attempts(rig) == [(f"tel:{THEIRS}", "answered", THEIRS)]
    assert last_node(rig) == "after"


def test_a_variable_names_the_number_however_it_is_written(rig: Rig) -> None:
    start = {"set": {"number": "(415) 555-2671"}, "next": "ring"}
    assert call(rig, {"to": "{number}"}, start=start).bridges[0].target == f"14155552671@{FIRST}"
    call(rig, {"to": "{number}"}, start={"set": {"number": "sip:desk@192.0.2.20"}, "next": "ring"})
    assert attempts(rig) == [("sip:desk@192.0.2.20", "answered", "sip:desk@192.0.2.20")]


@pytest.mark.parametrize(
    ("agent", "node"),
    [
        (FarEnd.busy(), "engaged"),
        (FarEnd.declining(), "later"),
        (FarEnd.answering(talk_ms=500), "after"),
    ],
)
def test_the_result_says_where_the_call_goes_on(rig: Rig, agent: FarEnd, node: str) -> None:
    call(rig, {"to": THEIRS}, AgentBook(default=agent))
    assert last_node(rig) == node
    assert len(attempts(rig)) == 1, "a number that was reached is not dialled by another gateway"


def test_the_agents_word_is_a_result_whatever_its_capitals(rig: Rig) -> None:
    sold = FarEnd(ring_ms=100, talk_ms=500, reports="SOLD")
    call(rig, {"to": THEIRS}, AgentBook(default=sold))
    assert last_node(rig) == "sold"


def test_a_gateway_that_reaches_nobody_is_followed_by_the_next(rig: Rig) -> None:
    result = call(rig, {"to": THEIRS}, AgentBook({f"14155552671@{FIRST}": FarEnd.unreachable()}))
    assert [each.target for each in result.bridges] == [f"14155552671@{FIRST}", f"14155552671@{SECOND}"]
    assert [each[1] for each in attempts(rig)] == ["unreachable", "answered"]


@pytest.mark.parametrize(
    ("to", "cause"),
    [
        ("+19005551234", "destination_refused"),
        ("+442079460123", "destination_refused"),
        (DID, "destination_refused"),
        ("{number}", "invalid_number"),
    ],
)
def test_a_number_that_may_not_be_rung_is_not_and_the_record_says_why(rig: Rig, to: str, cause: str) -> None:
    start = {"set": {"number": "12"}, "next": "ring"}
    result = call(rig, {"to": to, "case": {"unreachable": "sold"}}, start=start)
    assert result.bridges == []
    ((_, outcome, person),) = attempts(rig)
    assert (outcome, person, record(rig)["agent"][0]["cause"]) == ("refused", "12" if to == "{number}" else to, cause)
    assert last_node(rig) == "sold"


def test_what_variables_name_is_rung_within_the_limit_of_a_day(rig: Rig) -> None:
    """A minute costs 2 cents, of 10 a day, and a talk may last 3: it must fit whole. Those here last a moment, which
    costs a minute."""
    for _ in range(3):
        call(rig, {"to": "{number}"}, AgentBook(default=FarEnd.busy()))
        assert last_node(rig) == "engaged", "what was not spent counts no more"
    for _ in range(3):
        call(rig, {"to": "{number}"})
        assert last_node(rig) == "after"
    call(rig, {"to": "{number}"})
    assert attempts(rig) == [(THEIRS, "refused", THEIRS)]
    assert record(rig)["agent"][0]["cause"] == "spending_limit_reached"
    call(rig, {"to": THEIRS})
    assert last_node(rig) == "after", "what the author wrote has no such limit"


def test_a_key_of_the_caller_ends_the_talk_and_only_that_one(rig: Rig) -> None:
    presses = ((3000.0, "5"), (4000.0, "*"))
    result = call_with_presses(rig, {"to": THEIRS, "end_key": "*", "max_talk_s": 60}, presses)
    assert last_node(rig) == "after"
    assert result.ended_by == "switch"
    assert 3000 <= result.bridges[0].ended_ms - result.bridges[0].started_ms < 6000  # type: ignore[operator]
    assert "bridge_terminate_key" not in result.variables


def call_with_presses(rig: Rig, transfer: dict[str, Any], presses: tuple[tuple[float, str], ...]) -> CallResult:
    nodes = {"ring": {"action": "transfer", "on_agent_hangup": "after", **transfer}, **NODES}
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, parse_menu({"name": "T", "nodes": nodes}), {}), DID)
    switch = DevSwitch(rig.targets, speed=40, agents=AgentBook(default=FarEnd.answering(talk_ms=None)))
    result = switch.call(CallSetup(did=DID, ani=CALLER, script=CallScript(presses=presses)), 30)
    rig.drained()
    return result


def test_an_agent_is_rung_as_long_as_the_node_says(rig: Rig) -> None:
    result = call(rig, {"ring_timeout_s": 7, "max_talk_s": 90, "caller_id": "called"})
    (bridge,) = result.bridges
    assert bridge.variables["originate_timeout"] == "7"
    assert bridge.variables["execute_on_answer"] == "sched_hangup +90 ALLOTTED_TIMEOUT"
    assert bridge.variables["origination_caller_id_number"] == DID


def test_a_new_worker_goes_on_after_the_talk_with_a_number(rig: Rig) -> None:
    def watch(note: ChannelNote) -> None:
        if note.kind == "agent":
            gevent.spawn(cut_all, rig)

    result = call(rig, {"to": "{number}"}, AgentBook(default=FarEnd.answering(talk_ms=8000)), on_note=watch)
    assert result.connections == 2
    assert len(result.bridges) == 1
    assert attempts(rig) == [(f"tel:{THEIRS}", "answered", THEIRS)]
    assert (last_node(rig), record(rig)["take_overs"]) == ("after", 1)


def ring_agent(rig: Rig, targets: list[Target], far_ends: AgentBook | None = None, **more: Any) -> CallResult:
    agent = Agent("boss", tuple(targets), 12, max_talk_s=90, silent_s=5, codecs=("PCMA",), srtp="required")
    return call(rig, {"agent": "boss", **more}, far_ends, known=agent)


def test_an_agent_s_number_is_dialled_over_the_trunk_with_the_agent_s_times(rig: Rig) -> None:
    result = ring_agent(rig, [Target(f"tel:{THEIRS}")])
    (bridge,) = result.bridges
    assert bridge.dial_string == f"sofia/gateway/{FIRST}/14155552671"
    shown = {name: bridge.variables.get(name) for name in ("originate_timeout", "origination_caller_id_number")}
    assert shown == {"originate_timeout": "12", "origination_caller_id_number": "14805551234"}
    assert bridge.variables["execute_on_answer"] == "sched_hangup +180 ALLOTTED_TIMEOUT"
    (made,) = record(rig)["agent"]
    assert (made["uri"], made["result"], made["agent"], made["person"]) == (f"tel:{THEIRS}", "answered", "boss", None)
    assert last_node(rig) == "after"


def test_a_carrier_gets_nothing_that_is_meant_for_an_agent(rig: Rig) -> None:
    (bridge,) = ring_agent(rig, [Target(f"tel:{THEIRS}")], headers={"X-IVR-Name": "Ann"}).bridges
    assert set(bridge.headers) == {"Diversion"}
    wanted = ("rtp_secure_media_outbound", "absolute_codec_string", "ivr_silent_s", "sip_route_uri")
    assert not set(wanted) & set(bridge.variables)


def test_a_number_that_does_not_answer_gives_way_to_the_next_address(rig: Rig) -> None:
    far_ends = AgentBook({f"14155552671@{FIRST}": [FarEnd.ringing()]})
    ring_agent(rig, [Target(f"tel:{THEIRS}"), Target("sip:desk@192.0.2.20")], far_ends)
    assert attempts(rig) == [
        (f"tel:{THEIRS}", "no_answer", None), ("sip:desk@192.0.2.20", "answered", None),
    ]  # fmt: skip


def test_a_number_that_no_trunk_reaches_is_refused_in_the_record_and_the_next_address_is_rung(tmp_path: Path) -> None:
    with running_server(tmp_path) as rig:
        ring_agent(rig, [Target(f"tel:{THEIRS}"), Target("sip:desk@192.0.2.20")])
        made = [(each["uri"], each["result"], each["cause"], each["agent"]) for each in record(rig)["agent"]]
        assert made[0] == (f"tel:{THEIRS}", "refused", "no_way_out", "boss")
        assert made[1][:2] == ("sip:desk@192.0.2.20", "answered")
        ring_agent(rig, [Target(f"tel:{THEIRS}")])
        assert [each["result"] for each in record(rig)["agent"]] == ["refused"]
        assert last_node(rig) == "later"


def test_a_number_never_rests_however_often_nobody_answers(rig: Rig) -> None:
    far_ends = AgentBook({f"14155552671@{FIRST}": [FarEnd.ringing()]})
    for _ in range(6):
        ring_agent(rig, [Target(f"tel:{THEIRS}"), Target("sip:desk@192.0.2.20")], far_ends)
        assert len(attempts(rig)) == 2


def test_a_whisper_to_an_agent_s_number_is_heard_over_its_trunk(rig: Rig) -> None:
    (bridge,) = ring_agent(rig, [Target(f"tel:{THEIRS}")], accept_key="1").bridges
    assert bridge.dial_string == f"sofia/gateway/{FIRST}/14155552671"
    assert bridge.variables["group_confirm_key"] == "1"
