"""The first moments of a talk, with what our server sets on the agent's leg."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from esl_server.switch import bridging
from ivr.domain.agents import Agent, Target
from tests.helpers import wait_until
from tests.sip.calls import answered_call, bridge_to
from tests.sip.conftest import Switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedServer


@pytest.mark.parametrize("way", ["send_event", "send_info"])
def test_a_key_pressed_as_soon_as_the_agent_answers_reaches_it_and_both_are_heard(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, way: str
) -> None:
    dial = bridging.dial(Target("sip:agent@192.0.2.1"), Agent("agent", ()), "digitree")
    with Phone(switch.sip, telephone_event=way == "send_event") as phone:
        call = answered_call(server, phone, beside)
        done = beside.submit(bridge_to, call, switch, "+14155550199", f"{{{dial.variables}}}")
        agent = server.take_call()
        agent.execute("answer")
        getattr(phone, way)("5")
        assert agent.press(5000, "tone_stream://%(4000,0,440)") == "5"
        getattr(phone, way)("6")
        assert agent.press(5000, "tone_stream://%(4000,0,440)") == "6"
        wait_until(lambda: phone.loud_frames > 0, 20, "the agent is heard")
        agent.execute("hangup")
        done.result(20)
        call.execute("hangup")
