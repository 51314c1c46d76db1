"""Ring it now, with a switch that dials nothing: what is asked of it, and what is said of what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from admin.agents.ring_board import MOST
from admin.agents.ring_words import heard, said_of
from admin.agents.rings import AgentRings
from admin.http.services import Services
from ivr.clients.ringing import CallLost, CallOut, NoCallsOut
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.agent_rings import AgentRing
from ivr.domain.agents import Agent
from ivr.domain.call_records import AgentAttempt
from ivr.domain.telephones.endings import SwitchWord
from tests.admin.conftest import Api

SALES = {"name": "sales", "targets": [{"uri": "sip:agent@192.0.2.10"}], "max_talk_s": 900}


class Switch:
    """`end`: what it says of each call, or why it cannot be made."""

    def __init__(self) -> None:
        self.made: list[AgentRing] = []
        self.hung_up: list[str] = []
        self.end: SwitchWord | Exception = SwitchWord("NORMAL_CLEARING", call_id="call_0")
        self.waiting: list[Callable[[], None]] = []

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
        assert isinstance(call, AgentRing)
        self.made.append(call)
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def hang_up(self, channel_uuid: str) -> bool:
        self.hung_up.append(channel_uuid)
        return True

    def go_on(self) -> None:
        self.waiting.pop(0)()


@pytest.fixture
def switch(api: Api, services: Services) -> Switch:
    """Calls wait until `go_on`."""
    made, rings = Switch(), services.get(AgentRings)
    services._by_class[AgentRings] = replace(
        rings, ringer=made, hang_up_channel=made.hang_up, start=made.waiting.append, host_exists=lambda uri: False
    )
    rings.board.client.flushdb()
    api("POST", "/agents", SALES)
    return made


def begin(api: Api) -> Any:
    answer = api("POST", "/agents/sales/ring")
    assert answer.status_code == 202
    return answer.json


def test_an_agent_is_rung_by_the_switch_s_own_caller_with_a_ticket(api: Api, switch: Switch) -> None:
    made = begin(api)
    assert (made["state"], made["said"]) == ("ringing", "It is being rung.")
    switch.go_on()
    (call,) = switch.made
    command = call.command()
    assert command.startswith("originate {origination_uuid=")
    assert f"sofia/{call.profile}/silent-caller@{call.address} ring-" in command
    assert command.endswith(" XML digitree-telephone")
    # Nobody is talked to for as long as the agent's calls may last.
    assert call.longest_s < 120


def test_one_test_at_a_time_rings_an_agent_and_so_many_in_an_hour(api: Api, switch: Switch) -> None:
    switch.end = SwitchWord("NORMAL_CLEARING")
    begin(api)
    refused = api("POST", "/agents/sales/ring")
    assert (refused.status_code, refused.json["code"]) == (409, "agent_being_rung")
    switch.go_on()
    for _ in range(MOST - 1):
        begin(api)
        switch.go_on()
    limited = api("POST", "/agents/sales/ring")
    assert (limited.status_code, limited.json["code"]) == (429, "ring_limit")
    assert int(limited.headers["Retry-After"]) > 0


def test_a_test_is_stopped_once(api: Api, switch: Switch) -> None:
    made = begin(api)
    assert api("DELETE", f"/agent-rings/{made['id']}").status_code == 204
    switch.end = SwitchWord("MANAGER_REQUEST")
    switch.go_on()
    assert api("DELETE", f"/agent-rings/{made['id']}").status_code == 204
    assert switch.hung_up == [switch.made[0].channel_uuid]
    ended = api("GET", f"/agent-rings/{made['id']}").json
    assert (ended["state"], ended["said"]) == ("ended", "You stopped the call before anybody was rung.")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCallsOut("-ERR"), "this switch makes no calls of its own; agents are rung for a test on FreeSWITCH"),
        (SwitchUnavailable("away"), "the switch's event socket cannot be reached"),
        (CallLost("gone"), "the switch was lost, and what came of the call is not known"),
    ],
)
def test_what_the_switch_cannot_do_is_said(api: Api, switch: Switch, error: Exception, said: str) -> None:
    switch.end = error
    made = begin(api)
    switch.go_on()
    ended = api("GET", f"/agent-rings/{made['id']}").json
    assert (ended["state"], ended["said"]) == ("ended", f"Nobody was rung: {said}.")
    assert begin(api)["state"] == "ringing"


def test_an_agent_or_a_test_that_is_not_there_is_not_found(api: Api, switch: Switch) -> None:
    assert api("POST", "/agents/nobody/ring").json["code"] == "agent_not_found"
    for ring in ("aring_" + "0" * 32, "x"):
        assert api("GET", f"/agent-rings/{ring}").json["code"] == "agent_ring_not_found"


AGENT = Agent("sales", (), 20, silent_s=5)
SIP, NUMBER = "sip:agent@192.0.2.10", "tel:+14155552671"


@pytest.mark.parametrize(
    ("attempt", "said", "sound"),
    [
        (AgentAttempt(SIP, "answered", "ALLOTTED_TIMEOUT", 9000, ring_ms=1234),
         "Answered after 1.2 s; sound came; we hung up.", True),
        (AgentAttempt(SIP, "answered", "NORMAL_CLEARING", 800, ring_ms=200),
         "Answered after 0.2 s. The call ended 0.8 s later, too early to know whether sound comes.", None),
        (AgentAttempt(SIP, "answered_silent", "MEDIA_TIMEOUT", 5200, ring_ms=200),
         "Answered after 0.2 s, but no sound came within 5 s. Callers would not be kept there.", False),
        (AgentAttempt(NUMBER, "answered", "ALLOTTED_TIMEOUT", 9000, ring_ms=6100),
         "Answered after 6.1 s. We said nothing and hung up.", None),
        (AgentAttempt(SIP, "busy", "USER_BUSY", sip_status=486), "The agent's server said busy (486).", None),
        (AgentAttempt(NUMBER, "busy", "USER_BUSY", sip_status=486), "The carrier said busy (486).", None),
        (AgentAttempt(SIP, "no_answer", "NO_ANSWER"), "No answer within 20 s.", None),
        (AgentAttempt(SIP, "unreachable", "NORMAL_TEMPORARY_FAILURE", sip_status=503),
         "The host name does not exist.", None),
        (AgentAttempt(SIP, "unreachable", "PROGRESS_TIMEOUT", tls="wrong_name"),
         "Its certificate was not accepted: wrong name.", None),
        (AgentAttempt(NUMBER, "refused", "no_way_out"),
         "It was not called: no trunk makes calls out. Make one that has a host and a number.", None),
        (AgentAttempt(SIP, "error", "MANDATORY_IE_MISSING"),
         "The agent's server asked for a user name and a password and did not take ours.", None),
    ],
)  # fmt: skip
def test_what_came_is_said_in_a_sentence(attempt: AgentAttempt, said: str, sound: bool | None) -> None:
    assert said_of(attempt, AGENT, lambda uri: False) == said
    assert heard(attempt, AGENT) is sound


def test_a_number_that_is_never_rung_has_the_reason_that_its_agent_is_warned_with() -> None:
    refused = AgentAttempt("tel:+19005551234", "refused", "destination_refused")
    said = said_of(refused, AGENT, lambda uri: True, lambda number: f"{number} is a premium-rate number")
    assert said == "It was not called: +19005551234 is a premium-rate number."


def test_an_agent_that_may_be_silent_is_not_called_wrong(api: Api) -> None:
    silent = AgentAttempt(SIP, "answered_silent", "MEDIA_TIMEOUT", 5200, ring_ms=200)
    said = said_of(silent, replace(AGENT, silent_s=0), lambda uri: True)
    assert said == "Answered after 0.2 s. No sound came within 5 s, which this agent's settings allow."
