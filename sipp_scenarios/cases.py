"""The expected result of each scenario: the call record, and whether the caller is on the do-not-call list.

The menu is the sample menu, which every first start loads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

SAMPLE_DID = "+14155550100"
UNASSIGNED_DID = "+14155550199"

KeysBy = Literal["rfc4733", "info"]
PathStep = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Case:
    """`scenario` is the XML file's name. `outcome` None: no call record, because our server is never asked.

    `agent`: what must listen at the agent's address: SIPp, nothing, or (None) whatever does.
    `path`: (node, result, key) of each step. `agent_result`: the result of the only attempt to reach the agent.
    """

    scenario: str
    outcome: str | None
    path: tuple[PathStep, ...] = ()
    dialled: str = SAMPLE_DID
    agent: Literal["answers", "absent"] | None = None
    agent_result: str | None = None
    opts_out: bool = False
    keys_by: KeysBy | None = None
    transport: Literal["udp", "tcp"] = "udp"

    @property
    def name(self) -> str:
        ways: list[str] = [self.keys_by] if self.keys_by else []
        ways += ["tcp"] if self.transport == "tcp" else []
        return f"{self.scenario} ({', '.join(ways)})" if ways else self.scenario

    @property
    def presses_keys(self) -> bool:
        return any(key for _, _, key in self.path)


_QUALIFIED: tuple[PathStep, ...] = (
    ("welcome", "key", "1"),
    ("has_license", "key", "1"),
    ("service_area", "key", "1"),
    ("transfer_ai", "action", None),
)

CASES = (
    Case("qualify_reach_agent", "transferred", _QUALIFIED, agent="answers", agent_result="answered"),
    Case("agent_unavailable", "agent_unavailable", _QUALIFIED, agent="absent", agent_result="unreachable"),
    Case("opt_out", "opted_out", (("welcome", "key", "9"), ("dnc", "action", None)), opts_out=True),
    Case("no_input", "no_input", (("welcome", "no_input", None),) * 3),
    Case(
        "wrong_key_then_right",
        "hung_up",
        (
            ("welcome", "no_match", "7"),
            ("welcome", "key", "1"),
            ("has_license", "key", "2"),
            ("unqualified", "action", None),
        ),
    ),
    Case("hang_up_mid_prompt", "caller_hung_up", (("welcome", "hang_up", None),)),
    Case("unassigned_did", None, dialled=UNASSIGNED_DID),
    Case("sample_agent", None, dialled="sample-agent"),
)


def cases_for(raw_sockets: bool, own_agent: bool) -> tuple[Case, ...]:
    """The cases this machine can run.

    SIPp sends RFC 4733 keys through a raw socket, which needs root; as root all keys are sent that way, and the
    longest call is repeated with SIP INFO. Other users send every key by SIP INFO. One call is also made over TCP.
    `own_agent`: this run can start the agent.
    """
    chosen: list[Case] = []
    for case in CASES:
        if case.agent == "absent" and not own_agent:
            continue
        if not case.presses_keys:
            chosen.append(case)
            if case.scenario == "hang_up_mid_prompt":
                chosen.append(replace(case, transport="tcp"))
            continue
        if raw_sockets:
            chosen.append(replace(case, keys_by="rfc4733"))
        if not raw_sockets or case.scenario == "qualify_reach_agent":
            chosen.append(replace(case, keys_by="info"))
    return tuple(chosen)
