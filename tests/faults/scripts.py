"""What callers do, and what must therefore come of it: the expectations that every fault is held against.

The menu is small on purpose, and its rules are written down a second time here (`_LEADS_TO`), so that a fault in the
interpreter cannot hide behind itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WAIT_S = 2
ATTEMPTS = 3

MENU: dict[str, Any] = {
    "name": "Faults",
    "nodes": {
        "welcome": {
            "audio": "welcome.wav",
            "gather": {"1": "license", "9": "dnc"},
            "timeout_node": "welcome",
            "timeout_s": WAIT_S,
        },
        "license": {"audio": "license.wav", "gather": {"1": "area", "2": "unqualified"}, "timeout_s": WAIT_S},
        "area": {"audio": "area.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# Callers hear two messages that continue by themselves: before the first question, and between two.
MESSAGES_MENU: dict[str, Any] = {
    "name": "Faults with messages",
    "nodes": {
        "hello": {"audio": "hello.wav", "next": "ask"},
        "ask": {"audio": "ask.wav", "gather": {"1": "notice", "9": "dnc"}, "timeout_s": WAIT_S},
        "notice": {"audio": "notice.wav", "next": "choose"},
        "choose": {"audio": "choose.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# A service is asked before the first question, whose answer changes nothing of the way; another is left a notice.
SERVICES_MENU: dict[str, Any] = {
    "name": "Faults with services",
    "nodes": {
        "look": {
            **{"action": "request", "service": "crm", "send": ["caller"], "save": "crm"},
            **{"next": "offer", "fail_node": "offer"},
        },
        "offer": {"audio": "offer.wav", "gather": {"1": "tell", "2": "unqualified", "9": "dnc"}, "timeout_s": WAIT_S},
        "tell": {
            **{"action": "request", "service": "notices", "send": ["caller"], "wait": False},
            "next": "unqualified",
        },
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# A node that continues by itself: the next one, and what the path says of it.
_CONTINUES_AT = {
    "hello": ("ask", "played", None),
    "notice": ("choose", "played", None),
    "look": ("offer", "request", "crm"),
    "tell": ("unqualified", "request", "notices"),
}
_LEADS_TO = {
    ("ask", "1"): "notice",
    ("ask", "9"): "dnc",
    ("choose", "1"): "agent",
    ("choose", "2"): "unqualified",
    ("offer", "1"): "tell",
    ("offer", "2"): "unqualified",
    ("offer", "9"): "dnc",
    ("welcome", "1"): "license",
    ("welcome", "9"): "dnc",
    ("license", "1"): "area",
    ("license", "2"): "unqualified",
    ("area", "1"): "agent",
    ("area", "2"): "unqualified",
}
_ENDS = {"dnc": "opted_out", "unqualified": "hung_up", "agent": "transferred"}
AGENT_FAILURES = {
    "busy": "busy",
    "declining": "declined",
    "ringing": "no_answer",
    "mute": "unreachable",
    "unreachable": "unreachable",
}

Path = list[tuple[str, str, str | None]]


@dataclass(frozen=True)
class Script:
    """`text` is for devswitch.caller.CallScript.parse; `keys` is what each question gets, None for silence; `start`
    is the node at which the menu begins."""

    name: str
    text: str
    keys: tuple[str | None, ...]
    start: str = "welcome"


# Keys come in mid-prompt and after it, so that a fault meets questions that play and questions that wait.
SCRIPTS = {
    script.name: script
    for script in (
        Script("qualified", "1@900,1+1200,1@700", ("1", "1", "1")),
        Script("opt out", "9@800", ("9",)),
        Script("late opt out", "9+1500", ("9",)),
        Script("opt out at the second try", "5@600,9@900", ("5", "9")),
        Script("silent", "", (None, None, None)),
        Script("wrong key, then right", "5@700,1+900,2@900", ("5", "1", "2")),
        Script("unqualified", "1@1000,2+1300", ("1", "2")),
        Script("wrong thrice", "7@800,8+500,0@900", ("7", "8", "0")),
        Script("messages, qualified", "1@900,1@700", ("1", "1"), "hello"),
        Script("messages, opt out", "9@800", ("9",), "hello"),
        Script("messages, wrong key, unqualified", "1+600,5@500,2@900", ("1", "5", "2"), "hello"),
        Script("services, a notice", "1@900", ("1",), "look"),
        Script("services, opt out", "9@800", ("9",), "look"),
        Script("services, wrong key, unqualified", "5@600,2@900", ("5", "2"), "look"),
        Script("messages, silent at the end", "1@1200", ("1", None, None, None), "hello"),
    )
}
MESSAGES = tuple(name for name, script in SCRIPTS.items() if script.start == "hello")
SERVICES = tuple(name for name, script in SCRIPTS.items() if script.start == "look")
MIXED = tuple(name for name, script in SCRIPTS.items() if script.start == "welcome")
OPT_OUTS = ("opt out", "late opt out", "opt out at the second try")


@dataclass(frozen=True)
class Expected:
    """What the record must say. `or_hang_up`: he left in the middle of a question, which the path may end with."""

    outcome: str
    path: Path
    opted_out: bool
    or_hang_up: bool = False


def expect(
    keys: Sequence[str | None], *, start: str = "welcome", agent: str = "answering", hung_up: bool = False,
    bridged: bool = True,
) -> Expected:  # fmt: skip
    """The record of a caller who gave these answers. `hung_up`: before the menu had ended; `bridged`:
    whether they were connected to an agent that answers."""
    path = Path()
    node, failures = _after_messages(start, path), 0
    for key in keys:
        target = _LEADS_TO.get((node, key)) if key is not None else None
        if target is not None:
            path.append((node, "key", key))
            node, failures = _after_messages(target, path), 0
            if node in _ENDS:
                break
            continue
        path.append((node, "no_input" if key is None else "no_match", key))
        failures += 1
        if failures == ATTEMPTS:
            return Expected(path[-1][1], path, False)
    if node not in _ENDS:
        return Expected("caller_hung_up", path, False, or_hang_up=True)
    path.append((node, "action", None))
    outcome = _ENDS[node]
    if node == "agent" and agent != "answering":
        outcome = "agent_unavailable"
    if node == "agent" and hung_up and not bridged:
        outcome = "caller_hung_up"
    return Expected(outcome, path, node == "dnc")


def _after_messages(node: str, path: Path) -> str:
    """The first node from this one on that does not continue by itself; those before it go into the path."""
    while node in _CONTINUES_AT:
        following, result, key = _CONTINUES_AT[node]
        path.append((node, result, key))
        node = following
    return node
