"""A person to ring instead of an agent: a telephone number over a trunk, or a SIP address."""

from __future__ import annotations

from dataclasses import dataclass, replace

from esl_server.agents.calls_out import CallsOut
from esl_server.agents.dialling import Agents, DialTarget
from esl_server.switch.bridging import Confirm
from ivr.domain.agents import MAX_TALK_S, SIP_URI, TEL, Agent, Target
from ivr.domain.numbers import E164, read_number
from ivr.domain.telephones.way_out import WayOut

RING_S = 30


@dataclass(frozen=True, slots=True)
class Rung:
    """How an address is rung. `shown` is the number that it sees, None: the trunk's own; `came_by` the trunk of the
    call; `is_test`: nobody is dialled; `region` is the country of numbers without +;
    `confirm` is what whoever answers hears and does."""

    ring_s: int = RING_S
    max_talk_s: int = MAX_TALK_S
    shown: E164 | None = None
    came_by: str | None = None
    is_test: bool = False
    region: str = "US"
    confirm: Confirm | None = None


def read_address(text: str, region: str) -> str:
    """A SIP address as it is, anything else as a number in E.164. Raises InvalidNumber."""
    return text if SIP_URI.fullmatch(text) else read_number(text, region)


def targets_at(agents: Agents, calls_out: CallsOut, address: str, how: Rung, name: str = "") -> list[DialTarget]:
    """An address as `read_address` returns it, ready to be dialled: of a number one target for each gateway of its
    trunk, in turn. `name`: what the record calls the one who is rung. Raises DestinationRefused and NoWayOut."""
    if SIP_URI.fullmatch(address):
        agent = Agent(name or "address", (Target(address),), how.ring_s, max_talk_s=how.max_talk_s)
        (target,) = agents.targets_of(agent, how.confirm)
        return [replace(target, person=name or address, shown=how.shown)]
    number = E164(address)
    if how.is_test:
        way = calls_out.test_way(number, how.shown, how.region)
    else:
        way = calls_out.way(number, caller=how.shown, came_by=how.came_by)
    agent = Agent(
        name or "telephone", (Target(f"{TEL}{number}"),), how.ring_s, max_talk_s=how.max_talk_s, sent=("diversion",)
    )
    (target,) = agents.targets_of(agent, how.confirm)
    return [replace(each, person=name or number, number=None) for each in over_gateways(target, way)]


def over_gateways(target: DialTarget, way: WayOut) -> list[DialTarget]:
    """A telephone number, once for each gateway of its trunk."""
    return [
        replace(
            target,
            dial=target.dial._replace(dialled=f"sofia/gateway/{gateway}/{way.dialled}"),
            shown=way.caller,
        )
        for gateway in way.gateways
    ]
