"""An agent sends the caller on by REFER: what the call server, and the switch with our dialplan, make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from devswitch.apps import BridgeAttempt
from devswitch.caller import CallScript
from devswitch.channel import Channel
from devswitch.dialplan import digitree_dialplan
from devswitch.switch import CallSetup, DevSwitch, SwitchCall
from ivr.domain.agents import Agent, Target
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from tests.helpers import SWITCH_SECRET
from tests.rig import DID, Rig

SALES = "sip:sales@127.0.0.1:5091"
DESK = "sip:desk@127.0.0.1:5092"


class FarEnd:
    """A far end that answers at once, or refuses; `does` is what it does then, in a greenlet of its own."""

    is_ringing = has_sounded = True
    is_on_hold = False
    unheard_s = 0.0

    def __init__(self, channel: Channel, does: Callable[[FarEnd], None], status: int = 200) -> None:
        self.told: list[str] = []
        self.said: dict[str, str] = {}
        self.is_connected = self.is_let_go = False
        self.refer_to = self.cause = ""
        self.is_answered, self.sip_status = status == 200, status
        self._channel = channel
        if status != 200:
            self.cause = "USER_BUSY"
        self._does: Callable[[FarEnd], None] | None = does

    def connect(self) -> None:
        self.is_connected = True
        does, self._does = self._does, None
        if does is not None:
            gevent.spawn(does, self)

    def join(self, sound: str) -> None:
        self.is_connected = True

    def part(self) -> None:
        self.is_connected = False

    def hang_up(self) -> None:
        self.is_let_go, self.is_connected = True, False

    def refer(self, to: str) -> None:
        self.refer_to = to
        self._channel.wake.set()

    def tell_referred(self, status: str) -> None:
        self.refer_to = ""
        self.told.append(status)

    def leave(self) -> None:
        self.cause = "NORMAL_CLEARING"
        self._channel.wake.set()


class Talk:
    """A call whose agent may send it to the desk; `agent` and `desk` are its far ends."""

    def __init__(self, rig: Rig, desk_status: int = 200) -> None:
        self.ends: dict[str, FarEnd] = {}
        self.desk_status = desk_status
        self.live: SwitchCall | None = None
        nodes = {
            "start": {"action": "transfer", "agent": "sales", "on_agent_hangup": "bye"},
            "bye": {"action": "hangup"},
        }
        sales = Agent("sales", (Target(SALES),), silent_s=0, may_transfer_to=(DESK,))
        menu = PublishedMenu("ivr_seed01", 4, parse_menu({"name": "T", "nodes": nodes}), {}, {"sales": sales})
        rig.menus.publish(menu, DID)
        self._rig = rig

    def run(self, agent: Callable[[FarEnd], None], desk: Callable[[FarEnd], None] = FarEnd.leave) -> dict[str, Any]:
        """The record of the call."""

        def dial(channel: Channel, attempt: BridgeAttempt) -> FarEnd:
            is_agent = attempt.target.startswith("sales")
            end = FarEnd(channel, agent if is_agent else desk, 200 if is_agent else self.desk_status)
            self.ends["agent" if is_agent else "desk"] = end
            return end

        host, port = self._rig.address
        switch = DevSwitch(digitree_dialplan(f"{host}:{port}", SWITCH_SECRET), dial=dial, strict=False)
        self.live = switch.start(CallSetup(did=DID, script=CallScript()))
        try:
            self.live.wait(30)
        finally:
            self.live.drop()
        self._rig.drained()
        ended = self._rig.records.of("call_ended")
        assert len(ended) == 1
        assert (ended[0]["did"], ended[0]["ani"]) == (DID, "+14805551234"), "the switch has others by now"
        return ended[0]


def attempts(record: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(each["uri"], each["result"], each["sent_on_to"]) for each in record["agent"]]


@pytest.fixture
def talk(rig: Rig) -> Talk:
    return Talk(rig)


def refer_to(to: str) -> Callable[[FarEnd], None]:
    return lambda agent: agent.refer(f"<{to}>")


def test_once_the_desk_has_answered_the_agent_is_told_and_let_go(talk: Talk) -> None:
    record = talk.run(refer_to(DESK))
    assert attempts(record) == [(SALES, "answered", DESK), (DESK, "answered", None)]
    assert talk.ends["agent"].told == ["200 OK"]
    assert talk.ends["agent"].is_let_go
    assert record["outcome"] == "transferred"
    assert [step["node"] for step in record["path"]] == ["start", "bye"]


def test_an_address_that_is_not_on_the_list_is_not_dialled_and_they_talk_on(talk: Talk) -> None:
    def goes_on(agent: FarEnd) -> None:
        agent.refer("<sip:other@127.0.0.1:5092>")
        while not (agent.told and agent.is_connected):
            gevent.sleep(0.005)
        agent.leave()

    record = talk.run(goes_on)
    assert list(talk.ends) == ["agent"]
    assert talk.ends["agent"].told == ["403 Forbidden"]
    assert attempts(record) == [(SALES, "answered", None)]
    assert (record["outcome"], record["hung_up_by"]) == ("transferred", "us")
    assert [step["node"] for step in record["path"]] == ["start", "bye"]


@pytest.mark.parametrize("desk_status", [200, 486])
def test_a_caller_who_hangs_up_after_a_refusal_has_hung_up(rig: Rig, desk_status: int) -> None:
    talk = Talk(rig, desk_status)
    to = DESK if desk_status != 200 else "sip:other@127.0.0.1:5092"

    def caller_leaves(agent: FarEnd) -> None:
        agent.refer(f"<{to}>")
        while not (agent.told and agent.is_connected):
            gevent.sleep(0.005)
        assert talk.live is not None
        talk.live.hang_up()

    record = talk.run(caller_leaves)
    told, others = ("486 486", [(DESK, "busy", None)]) if desk_status != 200 else ("403 Forbidden", [])
    assert talk.ends["agent"].told == [told]
    assert talk.ends["agent"].is_let_go
    assert attempts(record) == [*others, (SALES, "answered", None)]
    assert (record["outcome"], record["hung_up_by"]) == ("transferred", "caller")
    assert record["hangup_cause"] == "NORMAL_CLEARING"
    assert [step["node"] for step in record["path"]] == ["start"]


def test_an_agent_may_try_again_and_a_caller_who_hangs_up_then_leaves_one_record(talk: Talk) -> None:
    def tries_twice(agent: FarEnd) -> None:
        agent.refer("<sip:other@127.0.0.1:5092>")
        while not (agent.told and agent.is_connected):
            gevent.sleep(0.005)
        agent.refer(f"<{DESK}>")

    def caller_leaves(desk: FarEnd) -> None:
        assert talk.live is not None
        talk.live.hang_up()

    record = talk.run(tries_twice, caller_leaves)
    assert talk.ends["agent"].told == ["403 Forbidden", "200 OK"]
    assert attempts(record) == [(SALES, "answered", DESK), (DESK, "answered", None)]
    assert (record["outcome"], record["hung_up_by"]) == ("transferred", "caller")
