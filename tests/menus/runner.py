"""Scripts of menus run offline: on a call server in this process, with the development switch at infinite speed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from admin.menu_tests.given_schema import GivenWorld
from admin.menu_tests.schema import ExpectedResult
from devswitch.caller import AgentBook, CallScript
from devswitch.channel import ChannelNote
from devswitch.phone.call import given_agent, story_of
from devswitch.switch import CallResult, CallSetup, DevSwitch, SwitchCall
from ivr.domain.agents import LONGEST_RING_S, Agent, Target
from ivr.domain.call_records import CallRecord
from ivr.domain.errors import InvalidMenu
from ivr.domain.hours.document import parse_hours
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import DEFAULT_AGENT, Given, agents_at_addresses
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.menu_tests import MenuTest, parse_expected
from ivr.domain.menu_verdicts import Story, judge
from ivr.domain.tickets import new_draft_id
from ivr.storage.postgres.calls import call_from_json
from tests.rig import DID, Rig, running_server

MENUS = Path(__file__).parent
CALLER = "+14805551234"
_NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
_SPEAKS = re.compile(r"\(speaks (\d+) s\)")
_SAYS = re.compile(r'\(says "[^"]*"\)')
_OURS = frozenset({"dialled", "never", "told"})
_NUMBERS = count(1)


@dataclass(frozen=True)
class Played:
    """What became of a script: its faults, its nodes, what it sent to services, and the record and the story of its
    call."""

    menu: str
    name: str
    keys: str
    faults: Sequence[str]
    path: Sequence[str] = ()
    sent: Sequence[Mapping[str, Any]] = ()
    record: CallRecord | None = None
    story: Story = ()


@dataclass(frozen=True)
class WrittenMenu:
    """A file of this directory."""

    number: str
    document: dict[str, Any]

    @property
    def menu(self) -> dict[str, Any]:
        return dict(self.document["menu"])

    @property
    def about(self) -> str:
        return str(self.document["about"])

    @property
    def scripts(self) -> list[dict[str, Any]]:
        return list(self.document["scripts"])


def read_menus() -> list[WrittenMenu]:
    return [
        WrittenMenu(path.stem.upper(), json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(MENUS.glob("m[0-9][0-9].json"))
    ]


@contextmanager
def call_server() -> Iterator[Rig]:
    with TemporaryDirectory() as directory, running_server(Path(directory)) as rig:
        yield rig


def play(rig: Rig, menu: WrittenMenu, script: Mapping[str, Any]) -> Played:
    """Run one script to its end."""
    try:
        tree = parse_menu(menu.menu)
    except InvalidMenu as error:
        return Played(menu.number, script["name"], script["keys"], [f"no menu of the language yet: {error}"])
    given, agents = given_of(script), _agents(menu)
    hours = {name: parse_hours(name, each) for name, each in menu.document.get("hours", {}).items()}
    version = next(_NUMBERS)
    published = PublishedMenu(new_draft_id(), version, tree, {}, agents, hours=hours, given=given)
    called = given.called or DID
    rig.menus.publish(published, called)
    rig.records.written.clear()
    leaves = any("ended_by" in does for does in script.get("given", {}).get("people", {}).values())
    result = _call(rig, called, given, agents, keys_of(script["keys"]), leaves=leaves)
    record = call_from_json(rig.records.of("call_ended")[-1])
    story = story_of(result.variables)
    came_to = [step.node for step in record.path]
    right = {**script["right"], **_dialled_of(script["right"], given.called or DID, given.caller or CALLER)}
    rang = _rang(story, menu.menu["nodes"])
    faults = [*_faults(script, record, story), *_faults_of_ours(right, rang, result, rig)]
    sent = [each for each in story if each["what"] in ("request", "notice", "sent")]
    return Played(menu.number, script["name"], script["keys"], faults, came_to, sent, record, story)


def keys_of(written: str) -> str:
    """A script of a caller from one as people write it."""
    text = _SAYS.sub("s1", _SPEAKS.sub(r"s\1", written))
    return text.replace("(silent)", "-").replace("(none)", "-")


def _rang(story: Story, nodes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Who was rung: what they were shown and heard, and what their node says of them."""
    found: list[Mapping[str, Any]] = []
    for each in story:
        if each["what"] == "rang" and nodes[each["node"]].keys() & {"to", "people"}:
            shown = {"to": each["to"], "caller_id": each["caller_id"], "whisper_text": each["whisper"]}
            found.append({**nodes[each["node"]], **shown})
    return found


def _dialled_of(right: Mapping[str, Any], called: str, caller: str) -> dict[str, Any]:
    """With the numbers that are meant."""
    numbers = {"called": called, "caller": caller}

    def meant(each: Mapping[str, Any]) -> dict[str, Any]:
        shown = {"caller_id": numbers.get(each["caller_id"], each["caller_id"])} if "caller_id" in each else {}
        return {**each, **shown}

    return {"dialled": [meant(each) for each in right["dialled"]]} if "dialled" in right else {}


def _call(
    rig: Rig, called: str, given: Given, agents: Mapping[str, Agent], keys: str, *, leaves: bool = False
) -> CallResult:
    """`leaves`: the caller hangs up in the talk."""
    at = {
        address: [given_agent(each, "") for each in turns]
        for address, turns in agents_at_addresses(given, agents).items()
    }
    switch = DevSwitch(rig.targets, speed=math.inf, agents=AgentBook(at, at.pop(DEFAULT_AGENT, None)))
    live: list[SwitchCall] = []

    def watch(note: ChannelNote) -> None:
        if leaves and note.kind == "agent":
            live[0].hang_up()

    setup = CallSetup(called, given.caller or CALLER, script=CallScript.parse(keys), on_note=watch)
    live.append(switch.start(setup))
    result = live[0].wait(120)
    rig.drained()
    return result


def given_of(script: Mapping[str, Any]) -> Given:
    """`ended_by` is the caller's part in a talk."""
    document = dict(script.get("given", {}))
    if "people" in document:
        document["people"] = {who: _without_end(turns) for who, turns in document["people"].items()}
    return replace(GivenWorld.model_validate(document).given("US"), random=document.get("random", 1))


def _without_end(turns: Any) -> Any:
    if isinstance(turns, list):
        return [_without_end(each) for each in turns]
    return {name: value for name, value in turns.items() if name != "ended_by"}


def _agents(menu: WrittenMenu) -> dict[str, Agent]:
    names = menu.document.get("agents", ())
    return {name: Agent(name, (Target(f"sip:{name}@203.0.113.9:5060"),), LONGEST_RING_S) for name in names}


def _faults(script: Mapping[str, Any], record: CallRecord, story: Story) -> Sequence[str]:
    """Of what a test of a menu can expect."""
    right = {name: value for name, value in script["right"].items() if name not in _OURS}
    lacking = [
        f"{each['service']} is sent {name}"
        for wanted, each in zip(right.get("requests", ()), _sent(story, "request"), strict=False)
        for name in wanted.pop("without", ())
        if name in each["sent"]
    ]
    if not right:
        return lacking
    expected = parse_expected(ExpectedResult.model_validate(right).model_dump(exclude_none=True))
    test = MenuTest("test_1", "ivr_1", script["name"], "-", expected, "answers", _NOW, _NOW, given_of(script))
    return [*lacking, *judge(test, record, story).faults]


def _sent(story: Story, what: str) -> list[Mapping[str, Any]]:
    return [each for each in story if each["what"] == what]


def _faults_of_ours(
    right: Mapping[str, Any], rang: Sequence[Mapping[str, Any]], result: CallResult, rig: Rig
) -> Iterator[str]:
    """What is wrong with the calls that were dialled, with the records, and with what agents are told."""
    if "dialled" in right and not _fit(right["dialled"], rang):
        yield f"dialled: {rang}, not {right['dialled']}"
    kept = list(_texts([document for kind, document in rig.records.written if kind != "opt_out"]))
    for text in right.get("never", ()):
        # Behind or before another letter or digit it is a part of a random id.
        if any(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", each) for each in kept):
            yield f"{text} stands in a record"
    for header, value in right.get("told", {}).items():
        told = [unquote(bridge.headers.get(header, "")) for bridge in result.bridges]
        if value not in told:
            yield f"the agent is told {told}, not {value}"


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for name, value in document.items():
            yield name
            yield from _texts(value)
    elif isinstance(document, Sequence):
        for each in document:
            yield from _texts(each)


def _fit(wanted: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, Any]]) -> bool:
    return len(wanted) == len(sent) and all(
        one.items() <= other.items() for one, other in zip(wanted, sent, strict=True)
    )
