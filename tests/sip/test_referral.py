"""An agent sends its caller on by REFER, on either switch: to the addresses on its list and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.agent_phone import AgentPhone
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone

_DIDS = iter(range(4_155_550_500, 4_155_550_599))
_CALLERS = iter(range(4_805_550_500, 4_805_550_599))


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("referral"), switch=request.param) as running:
        yield running


def did_of(target: Target, agent: AgentPhone, may_transfer_to: list[str], **more: Any) -> str:
    """A number that reaches this agent, and after the talk a menu's end."""
    did = f"+1{next(_DIDS)}"
    name = f"agent-{did[-3:]}"
    targets = [{"uri": f"sip:{agent.address}"}]
    body = {"name": name, "targets": targets, "may_transfer_to": may_transfer_to, **more}
    target.http.post("/agents", json=body).raise_for_status()
    nodes = {
        "go": {"action": "transfer", "agent": name, "on_agent_hangup": {"booked": "booked", "*": "other"}},
        "booked": {"action": "hangup"},
        "other": {"action": "hangup"},
    }
    menu = target.http.post("/ivr", json={"name": "m", "nodes": nodes}).raise_for_status().json()
    target.http.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status()
    return did


@pytest.fixture
def caller(target: Target) -> Iterator[Phone]:
    with Phone(split_host_port(target.sip), number=f"+1{next(_CALLERS)}") as phone:
        yield phone


def record_of(target: Target, phone: Phone) -> dict[str, Any]:
    """The record of the call, which has the numbers of the call as it came."""
    found: list[dict[str, Any]] = []

    def has_ended() -> bool:
        record = target.find_call(phone.number)
        found[:] = [record] if record and record["outcome"] else []
        return bool(found)

    wait_until(has_ended, 40, f"the call of {phone.number} is recorded")
    assert (found[0]["did"], found[0]["ani_raw"]) == (found[0]["did_raw"], phone.number)
    return found[0]


def talks(caller: Phone, agent: AgentPhone) -> None:
    """Returns when they hear each other."""
    assert agent.answered.wait(20)
    heard = caller.loud_frames
    wait_until(lambda: caller.loud_frames > heard + 50, 20, "the caller hears the agent")


def attempts(record: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(each["uri"], each["result"], each["sent_on_to"]) for each in record["agent"]]


@pytest.mark.parametrize("user", ["desk", "*", "d*k"])
@pytest.mark.parametrize("caller_leaves", [False, True], ids=["desk hangs up", "caller hangs up"])
def test_a_caller_is_sent_on_to_an_address_on_the_list(
    target: Target, caller: Phone, user: str, caller_leaves: bool
) -> None:
    with AgentPhone("agent") as agent, AgentPhone("desk") as desk:
        did = did_of(target, agent, [f"sip:{user}@{desk.address.partition('@')[2]}"])
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.refer(f"sip:{desk.address}")
        assert agent.is_told.wait(20)
        assert agent.told == ["SIP/2.0 200 OK"]
        talks(caller, desk)
        if caller_leaves:
            caller.hang_up()
            assert desk.hung_up_on.wait(20)
        else:
            desk.hang_up("booked")
            assert caller.far_side_hung_up.wait(20)
        record = record_of(target, caller)
    to = f"sip:{desk.address}"
    assert attempts(record) == [(f"sip:{agent.address}", "answered", to), (to, "answered", None)]
    assert record["outcome"] == "transferred"
    assert record["hung_up_by"] == ("caller" if caller_leaves else "us")
    assert [step["node"] for step in record["path"]] == (["go"] if caller_leaves else ["go", "booked"])


@pytest.mark.parametrize("to", ['"Front <Desk>" <SIP:desk@{host};transport=UDP;user=phone>', "<sip:%64esk@{host}>"])
def test_the_address_is_found_on_the_list_however_it_is_written(target: Target, caller: Phone, to: str) -> None:
    with AgentPhone("agent") as agent, AgentPhone("desk") as desk:
        did = did_of(target, agent, [f"sip:{desk.address}"])
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.refer(to.format(host=desk.address.partition("@")[2]))
        assert agent.is_told.wait(20)
        assert agent.told == ["SIP/2.0 200 OK"]
        talks(caller, desk)
        desk.hang_up()
        assert caller.far_side_hung_up.wait(20)
        assert attempts(record_of(target, caller))[1] == (f"sip:{desk.address}", "answered", None)


@pytest.mark.parametrize(
    "to", ["sip:{desk}", "sip:desk@127.0.0.1:9", "sip:{desk}?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2"]
)
@pytest.mark.parametrize("caller_leaves", [False, True], ids=["agent hangs up", "caller hangs up"])
def test_a_caller_stays_with_an_agent_who_may_not_send_them_there(
    target: Target, caller: Phone, to: str, caller_leaves: bool
) -> None:
    with AgentPhone("agent") as agent, AgentPhone("desk") as desk:
        did = did_of(target, agent, ["sip:other@127.0.0.1:9", f"sip:des@{desk.address.partition('@')[2]}"])
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.refer(to.format(desk=desk.address))
        assert agent.is_told.wait(20)
        assert agent.told == ["SIP/2.0 403 Forbidden"]
        heard = caller.loud_frames
        wait_until(lambda: caller.loud_frames > heard + 25, 20, "the agent is heard again")
        assert not desk.answered.is_set()
        if caller_leaves:
            caller.hang_up()
            assert agent.hung_up_on.wait(20)
        else:
            agent.hang_up("booked")
            assert caller.far_side_hung_up.wait(20)
        record = record_of(target, caller)
    assert attempts(record) == [(f"sip:{agent.address}", "answered", None)]
    assert record["path"][0]["node"] == "go"
    assert record["outcome"] == "transferred"
    assert record["hung_up_by"] == ("caller" if caller_leaves else "us")
    assert record["hangup_cause"] == "NORMAL_CLEARING"


def test_an_agent_may_try_again_after_a_refusal(target: Target, caller: Phone) -> None:
    with AgentPhone("agent") as agent, AgentPhone("desk") as desk:
        did = did_of(target, agent, [f"sip:{desk.address}"])
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.refer("sip:other@127.0.0.1:9")
        wait_until(lambda: agent.told == ["SIP/2.0 403 Forbidden"], 20, "the first is refused")
        heard = caller.loud_frames
        wait_until(lambda: caller.loud_frames > heard + 25, 20, "the agent is heard again")
        agent.refer(f"sip:{desk.address}")
        wait_until(lambda: agent.told[1:] == ["SIP/2.0 200 OK"], 20, "the second is not")
        talks(caller, desk)
        caller.hang_up()
        assert desk.hung_up_on.wait(20)
        record = record_of(target, caller)
    to = f"sip:{desk.address}"
    assert attempts(record) == [(f"sip:{agent.address}", "answered", to), (to, "answered", None)]
    assert (record["outcome"], record["hung_up_by"]) == ("transferred", "caller")


@pytest.mark.parametrize("caller_leaves", [False, True], ids=["agent hangs up", "caller hangs up"])
def test_a_caller_who_cannot_be_sent_on_stays_with_the_agent(
    target: Target, caller: Phone, caller_leaves: bool
) -> None:
    with AgentPhone("agent") as agent, AgentPhone("desk", refuses=486) as desk:
        did = did_of(target, agent, [f"sip:{desk.address}"])
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.refer(f"sip:{desk.address}")
        assert agent.is_told.wait(20)
        assert agent.told[0].startswith(("SIP/2.0 486", "SIP/2.0 403"))
        heard = caller.loud_frames
        wait_until(lambda: caller.loud_frames > heard + 25, 20, "the agent is heard again")
        if caller_leaves:
            caller.hang_up()
            assert agent.hung_up_on.wait(20)
        else:
            agent.hang_up()
            assert caller.far_side_hung_up.wait(20)
        record = record_of(target, caller)
    assert [each[:2] for each in attempts(record)] == [
        (f"sip:{desk.address}", "busy"), (f"sip:{agent.address}", "answered"),
    ]  # fmt: skip
    assert record["outcome"] == "transferred"
    if caller_leaves:
        assert record["hung_up_by"] == "caller"


def test_an_agent_without_a_list_is_refused(target: Target, caller: Phone) -> None:
    with AgentPhone("agent") as agent:
        did = did_of(target, agent, [])
        assert caller.dial(did) == 200
        talks(caller, agent)
        agent.refer("sip:desk@127.0.0.1:9")
        wait_until(lambda: agent.reply >= 400, 20, "the REFER is refused")
        agent.hang_up()
        assert caller.far_side_hung_up.wait(20)
        assert record_of(target, caller)["outcome"] == "transferred"
