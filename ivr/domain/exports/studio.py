"""A plan as a flow of Twilio Studio (https://www.twilio.com/docs/studio/rest-api/v2/flow-definition, read 2026-11).

Widgets pass on by events; an event that leads nowhere ends the call. Variables that are set are `flow.variables.x`,
what was keyed is `widgets.NAME.Digits`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ivr.domain.conversions import Fate
from ivr.domain.exports.notes import Notes
from ivr.domain.exports.report import NotExportable
from ivr.domain.exports.steps import (
    Answered,
    Ask,
    Branch,
    Called,
    Caller,
    Chance,
    Count,
    Fetch,
    Keyed,
    Keys,
    Piece,
    Plan,
    Queue,
    Rang,
    Record,
    RecordCall,
    Recorded,
    Refuse,
    Remember,
    Ring,
    Say,
    Source,
    Subject,
    Text,
    Variable,
    Verdict,
    Visits,
    Way,
    Words,
)
from ivr.domain.exports.templated import counter_of, flat, written
from ivr.domain.menu.cases import Exact, Prefix, Range, SameAs
from ivr.domain.menu.entries import Pattern
from ivr.domain.menu.switch import ANONYMOUS
from ivr.domain.menu.variables import CALLED, CALLER, VERSTAT

TARGET = "studio"
MOST_WIDGETS = 1000
_CALLER, _CALLED = "contact.channel.address", "flow.channel.address"
_LANGUAGES = {
    "en": "en-US", "es": "es-MX", "fr": "fr-FR", "de": "de-DE", "pt": "pt-BR", "it": "it-IT", "nl": "nl-NL",
    "pl": "pl-PL", "sv": "sv-SE",
}  # fmt: skip
_FILTERS = {"last4": " | slice: -4, 4", "digits": " | split: '' | join: ' '", "phone": " | split: '' | join: ' '"}
_STATUSES = {"answered": "completed", "busy": "busy", "no_answer": "no-answer,canceled", "unreachable": "failed"}
# What is told in place of a number that is withheld (https://www.twilio.com/docs/voice/twiml, From).
_WITHHELD = "anonymous,Anonymous,+266696687,+7378742833,+2562533,+8566696,+86282452253"
_VERDICTS = {
    "passed_a": "TN-Validation-Passed-A", "passed_b": "TN-Validation-Passed-B", "passed_c": "TN-Validation-Passed-C",
    "failed": "TN-Validation-Failed", "not_verified": "No-TN-Validation", "none": "",
}  # fmt: skip
_USUAL_RING_S = 30
_WIDTH, _HEIGHT = 360, 240


def write(plan: Plan, notes: Notes) -> dict[str, Any]:
    """The flow of a plan; what Studio does otherwise is noted. Raises NotExportable."""
    return _Flow(plan, notes).write()


class _Flow:
    def __init__(self, plan: Plan, notes: Notes) -> None:
        self.plan = plan
        self.notes = notes
        self.states: list[dict[str, Any]] = []
        self.trigger = plan.names.take("Trigger")

    def write(self) -> dict[str, Any]:
        begins = [("incomingMessage", None), ("incomingCall", self.plan.start), ("incomingConversationMessage", None)]
        ways = [*begins, ("incomingRequest", None), ("incomingParent", None)]
        self.add(self.trigger, "trigger", {}, ways)
        for step in self.plan.steps.values():
            self.notes.at(self.plan.part_of[step.name])
            _WRITERS[type(step)](self, step)
        if len(self.states) > MOST_WIDGETS:
            raise NotExportable(
                f"this menu becomes {len(self.states):,} widgets, and a flow of Studio has {MOST_WIDGETS:,} at most: "
                "make it smaller, or fewer attempts at its questions"
            )
        self._place()
        return {
            "description": self.plan.title,
            "states": self.states,
            "initial_state": self.trigger,
            "flags": {"allow_concurrent_calls": True},
        }

    def add(
        self, name: str, kind: str, properties: Mapping[str, Any], ways: Sequence[tuple[str, str | None]]
    ) -> None:
        transitions = [{"event": event, **({"next": to} if to is not None else {})} for event, to in ways]
        widget = {"name": name, "type": kind, "transitions": transitions, "properties": dict(properties)}
        self.states.append(widget)

    def say(self, step: Say) -> None:
        given = self.piece(step.piece) if step.piece is not None else {}
        self.add(step.name, "say-play", {**given, "loop": 1}, [("audioComplete", step.next)])

    def ask(self, step: Ask) -> None:
        wait = max(1, round(step.first_s))
        if step.digits > 1 and round(step.between_s) != wait:
            self.notes.note(f"{wait} s are waited for each key, the first and those that follow it")
        given = {
            **(self.piece(step.piece) if step.piece is not None else {}),
            "loop": 1,
            "timeout": wait,
            "finish_on_key": step.end_key,
            "stop_gather": True,
            "number_of_digits": step.digits,
        }
        ways = [("keypress", step.next), ("speech", None), ("timeout", step.silence)]
        self.add(step.name, "gather-input-on-call", given, ways)

    def branch(self, step: Branch) -> None:
        subject = step.subject
        if isinstance(subject, Chance):
            self._one_way(step, _likeliest(step), "there is no chance there: all calls go the way that most had")
        elif isinstance(subject, Visits):
            self._split(step, f"{{{{flow.variables.{counter_of(subject.counter)}}}}}")
        else:
            self._split(step, self.subject(subject))

    def _one_way(self, step: Branch, target: str | None, why: str) -> None:
        self.notes.note(why, Fate.NOT_CARRIED)
        nothing = [{"key": "passed", "value": step.name}]
        self.add(step.name, "set-variables", {"variables": nothing}, [("next", target)])

    def _split(self, step: Branch, value: str) -> None:
        """A split; one more behind each range, which takes two comparisons."""
        name = step.name
        ways = list(step.ways)
        transitions: list[dict[str, Any]] = []
        while ways:
            way = ways.pop(0)
            if not isinstance(way.case, Range):
                transitions.append(_transition(self.condition(way, value, step.subject), value, way.to))
                continue
            if way.case.least > way.case.most:
                continue
            rest = self.plan.names.take(f"{step.name}_else")
            upper = self.plan.names.take(f"{step.name}_below")
            transitions.append(_transition(("greater_than", str(way.case.least - 1)), value, upper))
            self._add_split(name, value, transitions, rest)
            least = [_transition(("less_than", str(way.case.most + 1)), value, way.to)]
            self._add_split(upper, value, least, rest)
            name, transitions = rest, []
        self._add_split(name, value, transitions, step.otherwise)

    def _add_split(self, name: str, value: str, ways: Sequence[dict[str, Any]], otherwise: str | None) -> None:
        no_match = {"event": "noMatch", **({"next": otherwise} if otherwise is not None else {})}
        self.add(name, "split-based-on", {"input": value}, ())
        self.states[-1]["transitions"] = [no_match, *ways]

    def condition(self, way: Way, value: str, subject: Subject) -> tuple[str, str]:
        match way.case:
            case Exact(text) if isinstance(subject, Caller) and text == ANONYMOUS:
                return "matches_any_of", _WITHHELD
            case Exact(text) if isinstance(subject, Verdict):
                return "equal_to", _VERDICTS.get(text, text)
            case Exact(text) if isinstance(subject, Rang):
                statuses = _STATUSES.get(text, text)
                return ("matches_any_of" if "," in statuses else "equal_to"), statuses
            case Exact(""):
                return "is_blank", ""
            case Exact(text):
                return "equal_to", text
            case Prefix(begins):
                return "starts_with", begins
            case SameAs(name):
                return "equal_to", self.variable(name)
            case Pattern() as entry:
                return _entry_condition(entry)
        raise AssertionError(way)

    def remember(self, step: Remember) -> None:
        variables = [{"key": flat(name), "value": self.source(value)} for name, value in step.values.items()]
        self.add(step.name, "set-variables", {"variables": variables}, [("next", step.next)])

    def count(self, step: Count) -> None:
        name = counter_of(step.counter)
        variables = [{"key": name, "value": f"{{{{flow.variables.{name} | plus: 1}}}}"}]
        self.add(step.name, "set-variables", {"variables": variables}, [("next", step.next)])

    def ring(self, step: Ring) -> None:
        to = written(step.to, self.variable) if "{" in step.to else step.to
        is_sip = step.to.startswith(("sip:", "sips:"))
        noun = "sip" if is_sip else "number-multi" if step.several else "number"
        if step.to.startswith("{") and not step.several:
            self.notes.note("a SIP address in the variable is not rung there, a telephone number is")
        shown = {"caller": f"{{{{{_CALLER}}}}}", "called": f"{{{{{_CALLED}}}}}"}.get(step.shown, step.shown)
        whom = {"sip_endpoint": to} if is_sip else {"to": to}
        longest = {"time_limit": str(step.talk_s)} if step.talk_s is not None else {}
        given = {"noun": noun, **whom, **longest, "caller_id": shown, "record": step.record}
        given["timeout"] = step.ring_s or _USUAL_RING_S
        self.add(step.name, "connect-call-to", given, [("callCompleted", step.next), ("hangup", None)])

    def queue(self, step: Queue) -> None:
        self.notes.note(f"callers wait in the line until they hang up, not {step.wait_s} s")
        ways = [("callComplete", step.next), ("failedToEnqueue", step.failed), ("callFailure", step.failed)]
        self.add(step.name, "enqueue-call", {"queue_name": step.line}, ways)

    def record(self, step: Record) -> None:
        given = {
            "timeout": step.silence_s,
            "finish_on_key": step.end_keys,
            "max_length": step.max_s,
            "play_beep": "true" if step.tone else "false",
            "transcribe": False,
        }
        ways = [("recordingComplete", step.next), ("noAudio", step.silence), ("hangup", None)]
        self.add(step.name, "record-voicemail", given, ways)

    def record_call(self, step: RecordCall) -> None:
        given = {"record_call": True, "recording_channels": "dual", "trim": "do-not-trim"}
        self.add(step.name, "record-call", given, [("success", step.next), ("failed", step.next)])

    def fetch(self, step: Fetch) -> None:
        given: dict[str, Any] = {"method": step.method if step.method in ("GET", "POST") else "POST", "url": step.url}
        if step.method not in ("GET", "POST"):
            self.notes.note(f"it is asked by POST, not by {step.method}")
        if step.needs_key:
            self.notes.note("Studio sends no API key: ask a Function, or a service of yours, that adds it")
        fields = {name: self.value(value) for name, value in step.fields.items()}
        if step.method == "GET":
            given |= {"parameters": [{"key": name, "value": value} for name, value in fields.items()]}
            given |= {"content_type": "application/x-www-form-urlencoded;charset=utf-8"}
        else:
            body = json.dumps(fields, ensure_ascii=False)
            given |= {"content_type": "application/json;charset=utf-8", "body": body}
        self.add(step.name, "make-http-request", given, [("success", step.next), ("failed", step.failed)])

    def text(self, step: Text) -> None:
        to = written(step.to, self.variable)
        given = {"from": f"{{{{{_CALLED}}}}}", "to": to, "body": written(step.text, self.variable)}
        self.add(step.name, "send-message", given, [("sent", step.next), ("failed", step.failed)])

    def keys(self, step: Keys) -> None:
        self.add(step.name, "say-play", {"digits": step.keys, "loop": 1}, [("audioComplete", step.next)])

    def refuse(self, step: Refuse) -> None:
        self.notes.note("Studio has answered the call, so it is ended and not refused")
        passed = [{"key": "refused", "value": step.reason}]
        self.add(step.name, "set-variables", {"variables": passed}, [("next", None)])

    def piece(self, piece: Piece) -> dict[str, Any]:
        if not isinstance(piece, Words):
            return {"play": written(piece.url, self.variable)}
        code = _LANGUAGES.get(piece.language, piece.language)
        return {"say": written(piece.text, self.variable), **({"language": code} if code else {})}

    def variable(self, name: str, form: str | None = None) -> str:
        """A variable in a text."""
        known = {CALLER: _CALLER, CALLED: _CALLED, VERSTAT: "trigger.call.StirVerstat"}
        if form is not None and form not in _FILTERS:
            self.notes.note(f"its voice reads the {form} in {name} in its own way")
        return f"{{{{{known.get(name, f'flow.variables.{flat(name)}')}{_FILTERS.get(form or '', '')}}}}}"

    def subject(self, subject: Subject) -> str:
        match subject:
            case Variable(name):
                return self.variable(name)
            case Caller():
                return self.variable(CALLER)
            case Called():
                return self.variable(CALLED)
            case Keyed(step):
                return f"{{{{widgets.{step}.Digits}}}}"
            case Rang(step):
                return f"{{{{widgets.{step}.DialCallStatus}}}}"
            case Verdict():
                return self.variable(VERSTAT)
        raise AssertionError(subject)

    def source(self, source: Source) -> str:
        match source:
            case Keyed(step):
                return f"{{{{widgets.{step}.Digits}}}}"
            case Recorded(step):
                return f"{{{{widgets.{step}.RecordingUrl}}}}"
            case Answered(step, path, counted):
                part = f"parsed.{path}" if path else "parsed" if counted else "body"
                return f"{{{{widgets.{step}.{part}{' | size' if counted else ''}}}}}"
        return self.value(source)

    def value(self, value: str | int | bool) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return written(value, self.variable) if isinstance(value, str) else str(value)

    def _place(self) -> None:
        """Places the widgets row by row, as far from the trigger as a call has come there."""
        by_name = {each["name"]: each for each in self.states}
        row, rows, seen = [self.trigger], [], {self.trigger}
        while row:
            rows.append(row)
            following = [way.get("next") for name in row for way in by_name[name]["transitions"]]
            row = [each for each in dict.fromkeys(following) if each is not None and each not in seen]
            seen.update(row)
        for at, names in enumerate(rows):
            for place, name in enumerate(names):
                by_name[name]["properties"]["offset"] = {"x": _WIDTH * place, "y": _HEIGHT * at}


def _transition(condition: tuple[str, str], value: str, to: str | None) -> dict[str, Any]:
    kind, text = condition
    name = f"If value {kind} {text}"
    asked = {"friendly_name": name, "arguments": [value], "type": kind, "value": text}
    return {"event": "match", **({"next": to} if to is not None else {}), "conditions": [asked]}


def _entry_condition(entry: Pattern) -> tuple[str, str]:
    """One key or number is compared, a pattern is a regular expression."""
    if not entry.most and "X" not in entry.fixed:
        return "equal_to", entry.fixed
    places = "".join("[0-9]" if each == "X" else re.escape(each) for each in entry.fixed)
    if not entry.most:
        return "regex", f"^{places}$"
    times = f"{{{entry.least}}}" if entry.least == entry.most else f"{{{entry.least},{entry.most}}}"
    return "regex", f"^{places}[0-9]{times}$"


def _likeliest(step: Branch) -> str | None:
    """The way that most of a hundred calls would take."""
    shares: dict[str | None, int] = {}
    for number in range(1, 101):
        fitting = (
            way.to for way in step.ways if not isinstance(way.case, Pattern | SameAs) and way.case.fits(str(number))
        )
        target = next(fitting, step.otherwise)
        shares[target] = shares.get(target, 0) + 1
    return max(shares, key=lambda target: shares[target])


_WRITERS: Mapping[type[Any], Callable[[_Flow, Any], None]] = {
    Say: _Flow.say,
    Ask: _Flow.ask,
    Branch: _Flow.branch,
    Remember: _Flow.remember,
    Count: _Flow.count,
    Ring: _Flow.ring,
    Queue: _Flow.queue,
    Record: _Flow.record,
    RecordCall: _Flow.record_call,
    Fetch: _Flow.fetch,
    Text: _Flow.text,
    Keys: _Flow.keys,
    Refuse: _Flow.refuse,
}
