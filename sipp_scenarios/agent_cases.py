"""The call record that a transfer to each kind of agent in agents/ must leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AgentCase:
    """`scenario` is the file in agents/; `does` describes the agent. `then`: the agent at its second address.

    `results`, `statuses` (SIP, None: no final one), `ring_s` and `talk_s` (least, most) are those of each attempt in
    turn. `settings` are fields of `POST /agents`, `target` further ones of its first address, `transfer` further ones
    of the menu's node. `caller_leaves_s`: seconds from the answer until the caller hangs up; None: the far side does.
    """

    scenario: str
    does: str
    results: tuple[str, ...]
    outcome: str
    hung_up_by: str
    ring_s: tuple[Span, ...] = ()
    talk_s: tuple[Span, ...] = ()
    statuses: tuple[int | None, ...] = ()
    reported: str | None = None
    then: str | None = None
    caller_leaves_s: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)
    transfer: dict[str, Any] = field(default_factory=dict)
    opts_out: bool = False


_AT_ONCE: Span = (0, 2.5)
_A_SECOND: Span = (0.5, 3)
_EVERY_HEADER = ["x", "diversion", "user_to_user", "p_asserted_identity"]

AGENT_CASES = (
    AgentCase(
        "talks", "answers and talks; the caller hangs up after 8 s", ("answered",), "transferred", "caller",
        ring_s=(_AT_ONCE,), talk_s=((5, 9),), caller_leaves_s=8,
    ),
    AgentCase(
        "silent", "answers and is silent: after 5 s the next address has the call",
        ("answered_silent", "answered"), "transferred", "agent",
        ring_s=(_AT_ONCE, _AT_ONCE), talk_s=((3.5, 8), _A_SECOND), then="hangs_up_first",
    ),
    AgentCase(
        "sends_silence", "answers and sends packets of silence; nobody else is there",
        ("answered_silent",), "agent_unavailable", "us", ring_s=(_AT_ONCE,), talk_s=((3.5, 8),),
    ),
    AgentCase(
        "vanishes", "talks, then sends nothing more (`media_timeout_s` 3): the next address has the call",
        ("vanished", "answered"), "transferred", "agent", ring_s=(_AT_ONCE, _AT_ONCE), talk_s=((4, 12), _A_SECOND),
        settings={"media_timeout_s": 3, "silence_timeout_s": 0}, then="hangs_up_first",
    ),
    AgentCase("busy", "is busy", ("busy",), "agent_unavailable", "us", ring_s=(_AT_ONCE,), statuses=(486,)),
    AgentCase(
        "never_answers", "rings and never answers (`ring_timeout_s` 6)", ("no_answer",), "agent_unavailable", "us",
        ring_s=((4, 8),), settings={"ring_timeout_s": 6},
    ),
    AgentCase(
        "answers_late", "answers after 15 s (and is heard for `max_talk_s` 3)", ("answered",), "transferred", "us",
        ring_s=((14, 17.5),), talk_s=((1.5, 5),), settings={"max_talk_s": 3, "silence_timeout_s": 0},
    ),
    AgentCase(
        "returns_result", "returns `booked` in its 200, `dnc` in its BYE", ("answered",), "transferred", "agent",
        ring_s=(_AT_ONCE,), talk_s=(_A_SECOND,), reported="dnc", opts_out=True,
    ),
    AgentCase(
        "hangs_up_first", "answers and hangs up after a second", ("answered",), "transferred", "agent",
        ring_s=(_AT_ONCE,), talk_s=(_A_SECOND,),
    ),
    AgentCase(
        "challenges", "asks for a password (407)", ("answered",), "transferred", "agent",
        ring_s=(_AT_ONCE,), talk_s=(_A_SECOND,), settings={"codecs": ["PCMA"]},
        target={"username": "me", "password": "pass+word"},
    ),
    AgentCase(
        "refuses_password", "asks for a password (407) and takes none", ("error",), "agent_unavailable", "us",
        ring_s=(_AT_ONCE,), statuses=(None,), target={"username": "me", "password": "wrong"},
    ),
    AgentCase(
        "all_headers", "reads every header we can send, then is busy", ("busy",), "agent_unavailable", "us",
        ring_s=(_AT_ONCE,), statuses=(486,), settings={"header_style": "underscore", "send": _EVERY_HEADER},
        transfer={"outcome": "qualified"},
    ),
)  # fmt: skip


def differences(case: AgentCase, record: dict[str, Any]) -> list[str]:
    """The differences of a call record from the case, in words; empty if there are none."""
    tries = record["agent"]
    found = [f"{name} is {got}, not {wanted}" for name, got, wanted in (
        ("outcome", record["outcome"], case.outcome),
        ("hung_up_by", record["hung_up_by"], case.hung_up_by),
        ("agent", tuple(each["result"] for each in tries), case.results),
        ("reported", tries[-1]["reported"] if tries else None, case.reported),
    ) if got != wanted]  # fmt: skip
    if case.statuses and tuple(each["sip_status"] for each in tries) != case.statuses:
        found.append(f"SIP statuses are {[each['sip_status'] for each in tries]}, not {list(case.statuses)}")
    for what, spans in (("ring", case.ring_s), ("talk", case.talk_s)):
        for each, (least, most) in zip(tries, spans, strict=False):
            seconds = each[f"{what}_ms"] / 1000 if each[f"{what}_ms"] is not None else None
            if seconds is None or not least <= seconds <= most:
                found.append(f"{what} is {seconds} s, not between {least} and {most}")
    return found
