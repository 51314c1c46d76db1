"""Silent agents, in a hold or after a REFER: nobody who talks or holds is dropped or cut off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.agent_phone import SILENCE, SOUND, AgentPhone
from tests.sip.conftest import whole_product
from tests.sip.test_referral import attempts, did_of, record_of, talks
from tests.sip.test_signalling import _EVENTS, Caller

SILENT_S = 2
# The check may be late by a second.
CHECKED_S = SILENT_S + 2
FRAMES_PER_S = 50
_CALLERS = iter(range(4_805_550_600, 4_805_550_699))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("heard")) as running:
        yield running


@pytest.fixture
def caller(target: Target) -> Iterator[Caller]:
    with Caller(split_host_port(target.sip), number=f"+1{next(_CALLERS)}") as phone:
        yield phone


@pytest.mark.parametrize("line", ["a=sendonly", "a=inactive"])
def test_a_caller_who_holds_an_agent_at_once_hears_them_afterwards(target: Target, caller: Caller, line: str) -> None:
    with AgentPhone("agent") as agent:
        did = did_of(target, agent, [], silence_timeout_s=SILENT_S)
        assert caller.dial(did) == 200
        talks(caller, agent)
        assert caller.offers_again("0 101", _EVENTS, line).status == 200
        assert not caller.far_side_hung_up.wait(CHECKED_S)
        heard = caller.loud_frames
        assert caller.offers_again("0 101", _EVENTS).status == 200
        wait_until(lambda: caller.loud_frames > heard + FRAMES_PER_S, 20, "the agent is heard again")
        caller.hang_up()
        assert agent.hung_up_on.wait(20)
        record = record_of(target, caller)
    assert attempts(record) == [(f"sip:{agent.address}", "answered", None)]
    assert record["outcome"] == "transferred"
    assert record["hung_up_by"] == "caller"


def test_an_agent_that_holds_a_caller_may_be_silent_for_longer_than_its_time_out(
    target: Target, caller: Caller
) -> None:
    with AgentPhone("agent") as agent:
        did = did_of(target, agent, [], silence_timeout_s=0, media_timeout_s=2)
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.hold()
        wait_until(lambda: agent.reply == 200, 20, "the caller is held")
        assert not agent.hung_up_on.wait(5)
        agent.hang_up()
        assert caller.far_side_hung_up.wait(20)
        record = record_of(target, caller)
    assert attempts(record) == [(f"sip:{agent.address}", "answered", None)]


@pytest.mark.parametrize("frame", [SOUND, SILENCE], ids=["talks", "silent"])
def test_an_agent_refused_a_referral_at_once_keeps_the_caller(
    target: Target, caller: Caller, frame: bytes
) -> None:
    """An agent who has sent a REFER is there, whatever it says."""
    with AgentPhone("agent", frame=frame) as agent:
        did = did_of(target, agent, ["sip:other@127.0.0.1:9"], silence_timeout_s=SILENT_S)
        assert caller.dial(did) == 200
        if frame == SOUND:
            talks(caller, agent)
        else:
            wait_until(agent.is_sent_sound, 20, "the two are connected")
        agent.refer("sip:desk@127.0.0.1:9")
        assert agent.is_told.wait(20)
        assert agent.told == ["SIP/2.0 403 Forbidden"]
        heard = caller.loud_frames
        assert not agent.hung_up_on.wait(CHECKED_S)
        if frame == SOUND:
            wait_until(lambda: caller.loud_frames > heard + CHECKED_S * FRAMES_PER_S // 2, 20, "the agent is heard")
        agent.hang_up("booked")
        assert caller.far_side_hung_up.wait(20)
        record = record_of(target, caller)
    assert attempts(record) == [(f"sip:{agent.address}", "answered", None)]
    assert [step["node"] for step in record["path"]] == ["go", "booked"]
