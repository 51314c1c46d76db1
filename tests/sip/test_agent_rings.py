"""Ring it now, with everything running, on both switches: the real agent is rung, and what came is said in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.agent_phone import SILENCE, AgentPhone
from tests.sip.carrier import Carrier
from tests.sip.conftest import SWITCHES, whole_product
from tests.sip.phone import Message


class Agent(AgentPhone):
    """Keeps the INVITEs."""

    def __init__(self, **how: Any) -> None:
        super().__init__("agent", **how)
        self.invites: list[Message] = []

    def _take(self, invite: Message) -> None:
        self.invites.append(invite)
        super()._take(invite)


@pytest.fixture(scope="module", params=SWITCHES)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("rings"), switch=request.param) as running:
        yield running


def ring(target: Target, name: str, *addresses: str, **more: Any) -> dict[str, Any]:
    """The agent with these addresses, rung to its end."""
    body = {"name": name, "targets": [{"uri": f"sip:{each}"} for each in addresses], **more}
    target.http.post("/agents", json=body).raise_for_status()
    return over(target, begin(target, name))


def begin(target: Target, name: str) -> str:
    answer = target.http.post(f"/agents/{name}/ring")
    assert (answer.status_code, answer.json()["state"]) == (202, "ringing")
    assert answer.headers["Location"] == f"/agent-rings/{answer.json()['id']}"
    return str(answer.json()["id"])


def over(target: Target, ring_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = target.http.get(f"/agent-rings/{ring_id}").raise_for_status().json()
        return found if found["state"] == "ended" else None

    return wait_until(ended, 60, "the test is over") or {}


def test_an_agent_that_answers_and_speaks_is_heard_and_let_go(target: Target) -> None:
    with Agent() as agent:
        made = ring(target, "talks", agent.address)
        assert agent.invites[-1].headers["x-ivr-call-id"] == made["call_id"]
    assert made["said"].startswith("Answered after 0.")
    assert made["said"].endswith("s; sound came; we hung up.")
    (attempt,) = made["attempts"]
    assert (attempt["result"], attempt["heard"]) == ("answered", True)
    record = target.http.get(f"/calls/{made['call_id']}").raise_for_status().json()
    assert (record["test"], record["did_raw"], record["outcome"]) == (True, "ring", "transferred")


def test_an_agent_that_sends_silence_is_told_from_one_that_speaks(target: Target) -> None:
    with Agent(frame=SILENCE) as agent:
        made = ring(target, "silent", agent.address)
    assert "no sound came within 5 s" in made["said"]
    assert made["attempts"][0]["heard"] is False


def test_a_busy_agent_and_one_that_is_nowhere_are_told_apart(target: Target) -> None:
    host, port = free_address().rsplit(":", 1)
    with Agent(refuses=486) as agent:
        made = ring(target, "engaged", agent.address, f"agent@{host}:{port}", "agent@nowhere.invalid")
    said = [each["said"] for each in made["attempts"]]
    assert said[0] == "The agent's server said busy (486)."
    assert said[1] == "Nothing takes calls at this address just now."
    assert said[2] == "The host name does not exist."


def test_a_test_is_stopped_and_an_agent_is_rung_once_at_a_time(target: Target) -> None:
    with Agent(refuses=180) as agent:
        body = {"name": "rings", "targets": [{"uri": f"sip:{agent.address}"}], "ring_timeout_s": 6}
        target.http.post("/agents", json=body).raise_for_status()
        ring_id = begin(target, "rings")
        wait_until(lambda: agent.invites, 20, "the agent is rung")
        again = target.http.post("/agents/rings/ring")
        assert (again.status_code, again.json()["code"]) == (409, "agent_being_rung")
        assert target.http.delete(f"/agent-rings/{ring_id}").status_code == 204
        assert over(target, ring_id)["said"] == "The call was stopped while it rang."
        assert target.http.delete(f"/agent-rings/{ring_id}").status_code == 204
        over(target, begin(target, "rings"))


def test_an_agent_s_telephone_number_is_rung_over_a_trunk(target: Target) -> None:
    with Carrier() as carrier:
        trunk = {"name": "carrier", "hosts": [f"127.0.0.1:{carrier.port}"], "numbers": ["+14155550171"]}
        target.http.post("/trunks", json=trunk).raise_for_status()
        agent = {"name": "boss", "targets": [{"uri": "tel:+14155552671"}]}
        target.http.post("/agents", json=agent).raise_for_status()

        def reached() -> dict[str, Any] | None:
            # The switch and the call server are told of a new trunk a moment after it was made.
            made = over(target, begin(target, "boss"))
            return made if made["attempts"][0]["result"] == "answered" else None

        made = wait_until(reached, 60, "the telephone is rung") or {}
        invite = carrier.invites[-1]
    assert made["said"].endswith("We said nothing and hung up.")
    assert made["attempts"][0]["heard"] is None
    # The trunk's own number is shown.
    assert "sip:+14155550171@" in invite.headers["from"]
    target.http.delete("/trunks/carrier").raise_for_status()
