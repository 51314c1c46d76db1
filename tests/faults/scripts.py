"""What callers do, and what must therefore come of it: the expectations that every fault is held against.

The menus are small on purpose, and their rules are written down a second time here (`_LEADS_TO`), so that a fault in
the interpreter cannot hide behind itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from devswitch.caller import KEY_GAP_MS
from tests.faults.menus import PEOPLE

ATTEMPTS = 3
# Where callers key entries: the name of each in the menu; others have none.
ENTRY_NAMES = {"account": {"471147": "X{6}", "9": "9"}, "code": {"1": "1", "2": "2", "255": "25X"}}
# A node that continues by itself: the next one, and what the path says of it.
_CONTINUES_AT: dict[str, tuple[str, str, str | None]] = {
    "hello": ("ask", "played", None),
    "notice": ("choose", "played", None),
    "look": ("offer", "request", "crm"),
    "tell": ("unqualified", "request", "notices"),
    "find": ("people", "request", "people"),
    "post": ("text_out", "sent", "mail:office"),
    "text_out": ("unqualified", "sent", "sms:sms"),
    "ring": ("after", "action", None),
}
_LEADS_TO = {
    ("tongue", "1"): "spoken",
    ("tongue", "2"): "spoken",
    ("spoken", "1"): "agent",
    ("spoken", "2"): "unqualified",
    ("spoken", "9"): "dnc",
    ("after", "2"): "unqualified",
    ("after", "9"): "dnc",
    ("account", "471147"): "code",
    ("account", "9"): "dnc",
    ("code", "1"): "agent",
    ("code", "2"): "unqualified",
    ("code", "255"): "unqualified",
    ("take", "1"): "taken",
    ("take", "2"): "people",
    ("take", "9"): "dnc",
    ("front", "1"): "desk",
    ("front", "9"): "dnc",
    ("night", "1"): "desk",
    ("night", "9"): "dnc",
    ("day", "1"): "agent",
    ("day", "2"): "unqualified",
    ("late", "1"): "agent",
    ("late", "2"): "unqualified",
    ("ask", "1"): "notice",
    ("ask", "9"): "dnc",
    ("choose", "1"): "agent",
    ("choose", "2"): "unqualified",
    ("pick", "1"): "post",
    ("pick", "2"): "unqualified",
    ("pick", "9"): "dnc",
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


class World(NamedTuple):
    """What a call finds when it begins."""

    is_open: bool = True
    is_known: bool = False
    # What ends a recording.
    recorded: str = "key"


USUAL_WORLD = World()


@dataclass(frozen=True)
class Script:
    """`text` is for devswitch.caller.CallScript.parse; `keys` is what each question gets, None for silence; `start`
    is the node at which the menu begins; `gap_ms` lies between two keys of an answer."""

    name: str
    text: str
    keys: tuple[str | None, ...]
    start: str = "welcome"
    gap_ms: float = KEY_GAP_MS


# Slow enough that a fault comes between the digits of an entry, faster than its wait for another one.
ENTRY_FIRST_MS, ENTRY_GAP_MS = 700.0, 500.0
# Keys come in mid-prompt and after it, so that a fault meets questions that play and questions that wait. After a
# silence there are no more: in a takeover it costs no attempt, and so a caller may be asked once more.
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
        Script("messages out, sent", "1@900", ("1",), "pick"),
        Script("messages out, opt out", "9@800", ("9",), "pick"),
        Script("messages out, wrong key, unqualified", "5@600,2@900", ("5", "2"), "pick"),
        Script("messages, silent at the end", "1@1200", ("1", None, None, None), "hello"),
        Script("entries, qualified", "471147@700,1@700", ("471147", "1"), "account", ENTRY_GAP_MS),
        Script("entries, opt out", "9@700", ("9",), "account"),
        Script("entries, short, then right", "47@700,471147@700,255@700", ("47", "471147", "255"), "account",
               ENTRY_GAP_MS),
        Script("entries, one that may grow", "471147@700,2@700", ("471147", "2"), "account", ENTRY_GAP_MS),
        Script("list, the second", "2@900,1@900", ("2", "1"), "find"),
        Script("list, the third after a wrong key", "2@700,5@600,2+400,1@900", ("2", "5", "2", "1"), "find"),
        Script("list, none", "2@900,2@700,2+300", ("2", "2", "2"), "find"),
        Script("list, opt out", "2@700,9@900", ("2", "9"), "find"),
        Script("hours, agent", "1@1000,1@900", ("1", "1"), "known"),
        Script("hours, wrong key, unqualified", "5@900,1+700,2@900", ("5", "1", "2"), "known"),
        Script("hours, silent at the end", "1+300", ("1", None, None, None), "known"),
        Script("hours, opt out", "9@900", ("9",), "known"),
        Script("recording, qualified", "s3#,1@700", ("1",), "note"),
        Script("recording, wrong key, unqualified", "s5#,5@600,2@900", ("5", "2"), "note"),
        Script("recording, long", "s18#,2@700", ("2",), "note"),
        Script("nothing to record into", "2@700", ("2",), "note"),
        Script("languages, Spanish, opt out", "2@900,9@900", ("2", "9"), "tongue"),
        Script("languages, English, qualified", "1+300,1@900", ("1", "1"), "tongue"),
        Script("languages, wrong key, Spanish, unqualified", "7@700,2+600,2@900", ("7", "2", "2"), "tongue"),
        Script("people, unqualified", "2@700", ("2",), "ring"),
        Script("people, wrong key, opt out", "5@600,9@700", ("5", "9"), "ring"),
    )
}
MESSAGES = tuple(name for name, script in SCRIPTS.items() if script.start == "hello")
SERVICES = tuple(name for name, script in SCRIPTS.items() if script.start == "look")
MESSAGES_OUT = tuple(name for name, script in SCRIPTS.items() if script.start == "pick")
ENTRIES = tuple(name for name, script in SCRIPTS.items() if script.start == "account")
EACH = tuple(name for name, script in SCRIPTS.items() if script.start == "find")
HOURS = tuple(name for name, script in SCRIPTS.items() if script.start == "known")
LANGUAGES = tuple(name for name, script in SCRIPTS.items() if script.start == "tongue")
RECORDINGS = ("recording, qualified", "recording, wrong key, unqualified")
PEOPLE_CALLS = tuple(name for name, script in SCRIPTS.items() if script.start == "ring")
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
    bridged: bool = True, world: World = USUAL_WORLD,
) -> Expected:  # fmt: skip
    """The record of a caller who gave these answers. `hung_up`: before the menu had ended; `bridged`:
    whether they were connected to an agent that answers."""
    path = Path()
    node, failures = _first_question(start, path, world), 0
    for key in keys:
        target = _LEADS_TO.get((node, key)) if key is not None else None
        shown = ENTRY_NAMES[node].get(key or "") if node in ENTRY_NAMES else key
        if target is not None:
            path.append((node, "key", shown))
            node, failures = _first_question(target, path, world), 0
            if node in _ENDS:
                break
            continue
        path.append((node, "no_input" if key is None else "no_match", shown))
        failures += 1
        if failures == ATTEMPTS:
            return Expected(path[-1][1], path, False)
    if node not in _ENDS:
        return Expected("caller_hung_up", path, False, or_hang_up=True)
    path.append((node, "action", None))
    outcome = _ENDS[node]
    if node == "agent" and agent != "answering":
        outcome = "agent_unavailable"
    if path[0][0] == "ring" and outcome == "hung_up":
        outcome = "transferred"  # to the person who talked before
    if node == "agent" and hung_up and not bridged:
        outcome = "caller_hung_up"
    return Expected(outcome, path, node == "dnc")


def _first_question(node: str, path: Path, world: World) -> str:
    """The first node from this one on that does not continue by itself; those before it go into the path."""
    while (found := _continued(node, path, world)) is not None:
        following, result, key = found
        path.append((node, result, key))
        node = following
    return node


def _continued(node: str, path: Path, world: World) -> tuple[str, str, str | None] | None:
    """Where a node continues by itself, and what the path says of it."""
    taken = path.count(("people", "each", "next"))
    match node:
        case "people":
            return ("take", "each", "next") if taken < len(PEOPLE) else ("unqualified", "each", "done")
        case "taken":
            return "unqualified", "switch", PEOPLE[taken - 1]
        case "note":
            return "choose", "record", world.recorded
        case "known":
            return ("front", "switch", "true") if world.is_known else ("door", "switch", "default")
        case "door":
            return ("front", "switch", "open") if world.is_open else ("night", "switch", "default")
        case "desk":
            return ("day", "switch", "open") if world.is_open else ("late", "switch", "default")
    return _CONTINUES_AT.get(node)
