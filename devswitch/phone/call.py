"""One test call: its story is a numbered list of events that grows until the call is over.

An event is {n, at_ms, kind} and the kind's own fields; `at_ms` is in the call's own time.

| kind | says |
|---|---|
| `answered` | |
| `node` | `node`: the call server has come to this node |
| `asked` | `node`, `file`: a question begins |
| `playing` | `file` under the prompt directory (null: tones), `length_ms` |
| `stopped` | `by`: the key that cut the prompt |
| `pressed` | `key`, as the caller presses it |
| `taken` | `node`, `key`: the answer to the question; null: silence, or a hang-up |
| `recording` | `node`: what the caller says from here on is recorded |
| `recorded` | `node`, `seconds`, `key`: the one that ended it, null: none |
| `dialling`, `ringing`, `connected`, `ringing_over` | `to`: the agent |
| `hung_up` | `by`, `cause` |
| `ended` | the last; `by`, `cause`, `sip_status`, `duration_ms`, `call_id`, `outcome`, `faults` of the call server;
of a test's call its `story`: what was heard, and what was sent |
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event

from devswitch import media
from devswitch.caller import CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallSetup, DevSwitch, SwitchCall
from ivr.clients.phone import PING_EVERY_S, Order
from ivr.domain.menu.given import GivenAgent
from ivr.domain.tickets import (
    CALL_VARIABLE,
    LANGUAGE_VARIABLE,
    NODE_VARIABLE,
    OUTCOME_VARIABLE,
    STORY_VARIABLE,
    AgentBehaviour,
)

log = logging.getLogger(__name__)

MAX_EVENTS = 5000
_MAX_FAULTS = 5
# Several files as one prompt, with "!" between them.
# As long as a caller needs to see that the agent has done its part.
_AFTER_WORDS_MS = 2000.0
_SEQUENCE = "file_string://"

_AGENT_NOTES = {"dial": "dialling", "agent": "connected", "ringback": "ringing", "ringback_over": "ringing_over"}


def agent_of(behaviour: AgentBehaviour, plays: str, scripted: bool) -> ScriptedAgent:
    """The agent that is dialled. If the caller is a person at the page, it says its words to the end and hangs up."""
    agent = given_agent(GivenAgent(behaviour), plays)
    if scripted:
        return agent
    return replace(agent, talk_ms=(media.find_file_length_ms(plays) or 0) + _AFTER_WORDS_MS)


def given_agent(given: GivenAgent, plays: str) -> ScriptedAgent:
    match given.result:
        case "busy":
            return ScriptedAgent.busy()
        case "declines":
            return ScriptedAgent.declining()
        case "no_answer":
            return ScriptedAgent.ringing()
        case "unreachable":
            return ScriptedAgent.unreachable()
    agent = ScriptedAgent.answering(given.rings_s * 1000, given.talks_s * 1000, plays)
    return replace(agent, reports=given.reports or "", accepts=given.accepts)


class PhoneCall:
    """One test call. `touched_s` (monotonic) is when a client last asked for it, `ended_s` when it ended."""

    def __init__(self, order: Order, prompts: Path) -> None:
        self.id = f"test_{secrets.token_hex(16)}"
        self.order = order
        self.call_id: str | None = None
        self.node: str | None = None
        self.language: str | None = None
        self.listeners = 0
        self.began_s = self.touched_s = time.monotonic()
        self.ended_s: float | None = None
        self._prompts = f"{prompts}/"
        self._events: list[dict[str, Any]] = []
        self._news = Event()
        self._live: SwitchCall | None = None

    @property
    def over(self) -> bool:
        return self.ended_s is not None

    @property
    def last(self) -> int:
        """The number of the last event."""
        return len(self._events)

    def start(self, switch: DevSwitch) -> None:
        """Start the call. Raises ValueError when the script cannot be read."""
        order = self.order
        # Whoever tries a menu at the page cannot speak: a key ends what they are taken to say.
        script = CallScript(speaks=True) if order.script is None else CallScript.parse(order.script)
        self._live = switch.start(CallSetup(order.dial, order.ani, script=script, on_note=self._note))
        gevent.spawn(self._see_to_its_end, self._live)

    def press(self, keys: str) -> None:
        if self._live is not None:
            for key in keys:
                self._live.press(key)

    def hang_up(self) -> None:
        if self._live is not None and not self.over:
            self._live.hang_up()

    def drop(self) -> None:
        """End the call at once, whatever it is doing."""
        if self._live is not None:
            self._live.drop()

    def follow(self, after: int) -> Iterator[dict[str, Any] | None]:
        """The events after that number up to the last one; None whenever nothing has happened for a while."""
        self.listeners += 1
        try:
            while True:
                news = self._news
                while after < len(self._events):
                    after += 1
                    yield self._events[after - 1]
                if self.over:
                    return
                if not news.wait(PING_EVERY_S):
                    yield None
        finally:
            self.listeners -= 1
            self.touched_s = time.monotonic()

    def _see_to_its_end(self, live: SwitchCall) -> None:
        try:
            result = live.wait()
        except BaseException as error:  # also the end of a greenlet that was dropped
            if not isinstance(error, gevent.GreenletExit):
                log.error("a test call failed", exc_info=error)
            self._end(cause="DROPPED", by="phone", sip_status=None, duration_ms=None, faults=[])
            return
        if not isinstance(result, gevent.GreenletExit):
            self._end(
                cause=result.hangup_cause, by=result.ended_by, sip_status=result.sip_status,
                duration_ms=round(result.duration_ms), faults=result.violations[:_MAX_FAULTS],
            )  # fmt: skip
        else:
            self._end(cause="DROPPED", by="phone", sip_status=None, duration_ms=None, faults=[])

    def _end(self, **how: Any) -> None:
        channel = self._live.channel if self._live else None
        outcome = channel.variables.get(OUTCOME_VARIABLE) if channel else None
        at_ms = channel.clock.now_ms if channel else 0.0
        story = story_of(channel.variables) if channel else []
        self.ended_s = self.touched_s = time.monotonic()
        told = {"story": story} if story else {}
        self._add(at_ms, "ended", call_id=self.call_id, outcome=outcome, **how, **told)

    def _note(self, note: ChannelNote) -> None:
        """Turn a note of the development switch into an event, with the variables that the call server has set."""
        if self._live is None or len(self._events) >= MAX_EVENTS:
            return
        variables = self._live.channel.variables
        self.call_id = variables.get(CALL_VARIABLE) or self.call_id
        language = variables.get(LANGUAGE_VARIABLE)
        if language and language != self.language:
            self.language = language
            self._add(note.at_ms, "language", language=language)
        node = variables.get(NODE_VARIABLE)
        if node and node != self.node:
            self.node = node
            self._add(note.at_ms, "node", node=node)
        match note.kind:
            case "answer":
                self._add(note.at_ms, "answered")
            case "gather":
                files = [self._file(each) for each in note.text.removeprefix(_SEQUENCE).split("!")]
                more = {"files": files} if files[1:] else {}
                self._add(note.at_ms, "asked", node=self.node, file=files[0], **more)
            case "gathered":
                self._add(note.at_ms, "taken", node=self.node, key=note.text or None)
            case "record":
                self._add(note.at_ms, "recording", node=self.node)
            case "recorded":
                key = variables.get("playback_terminator_used")
                self._add(note.at_ms, "recorded", node=self.node, seconds=round(int(note.text) / 1000), key=key)
            case "play" if not note.text.startswith("silence_stream://"):
                self._add(note.at_ms, "playing", file=self._file(note.text), length_ms=_length_ms(note.text))
            case "cut":
                self._add(note.at_ms, "stopped", by=note.text)
            case "key":
                self._add(note.at_ms, "pressed", key=note.text)
            case "dial" | "agent" | "ringback" | "ringback_over":
                self._add(note.at_ms, _AGENT_NOTES[note.kind], to=note.text)
            case "hangup":
                cause, _, by = note.text.partition(" by ")
                self._add(note.at_ms, "hung_up", cause=cause, by=by)

    def _file(self, path: str) -> str | None:
        return path.removeprefix(self._prompts) if path.startswith(self._prompts) else None

    def _add(self, at_ms: float, kind: str, **more: Any) -> None:
        self._events.append({"n": len(self._events) + 1, "at_ms": round(at_ms), "kind": kind, **more})
        news, self._news = self._news, Event()
        news.set()


def story_of(variables: Mapping[str, str]) -> list[Any]:
    """What the call server told of the call of a test."""
    told = []
    for number in count(1):
        text = variables.get(f"{STORY_VARIABLE}{number}")
        if text is None:
            break
        told.append(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    return told


def _length_ms(file: str) -> int | None:
    try:
        sound = media.find_sound(file)
    except media.UnknownMedia:
        return None
    return round(sound.length_ms) if sound else None
