"""A plan as a document of SignalWire's SWML (https://developer.signalwire.com/swml/methods/, read 2026-11).

Each step that several ways lead to is a section, and `transfer` leads there without coming back; the others stand
where they follow. Variables that are set are `vars.x`, what was keyed is `prompt_value`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ivr.domain.conversions import Fate
from ivr.domain.exports import scripts
from ivr.domain.exports.notes import Notes
from ivr.domain.exports.silent_steps import targets_of
from ivr.domain.exports.steps import (
    NOT_REACHED,
    REACHED,
    Answered,
    Ask,
    Branch,
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
    Step,
    Text,
    Variable,
    Verdict,
    Words,
)
from ivr.domain.exports.templated import counter_of, flat, written
from ivr.domain.menu.cases import Exact, SameAs
from ivr.domain.menu.entries import Pattern
from ivr.domain.menu.switch import ANONYMOUS, NOTHING_TOLD
from ivr.domain.menu.variables import CALLED, CALLER

TARGET = "swml"
_MAIN = "main"
_API_KEY = "Bearer YOUR_API_KEY"
_TIMEOUT_S = 3
_MOST_SET = 16
_LANGUAGES = {"en": "en-US", "es": "es-MX", "fr": "fr-FR", "de": "de-DE", "pt": "pt-BR", "it": "it-IT"}
_OVER = json.dumps({"version": "1.0.0", "sections": {_MAIN: [{"hangup": {}}]}})
_END: tuple[dict[str, Any], ...] = ({"hangup": {}},)

Methods = list[dict[str, Any]]


def write(plan: Plan, notes: Notes) -> dict[str, Any]:
    """The document of a plan; what SWML does otherwise is noted."""
    return _Document(plan, notes).write()


class _Document:
    def __init__(self, plan: Plan, notes: Notes) -> None:
        self.plan = plan
        self.notes = notes
        self.steps = plan.steps
        self.leading = Counter(target for step in plan.steps.values() for target in targets_of(step))
        if plan.start is not None:
            self.leading[plan.start] += 1
        # Steps to which a case leads, which cannot stand where they follow.
        self.led_by_case = {
            target
            for step in plan.steps.values()
            for target in targets_of(step)
            if target != getattr(step, "next", None)
        }
        self.main = plan.names.take(_MAIN)

    def write(self) -> dict[str, Any]:
        sections = {name: self._section(name) for name in self.steps if self._has_section(name)}
        first = [{"answer": {}}, *self._first_values(), *self.go(self.plan.start)]
        return {"version": "1.0.0", "sections": {_MAIN: first, **self._renamed(sections)}}

    def go(self, target: str | None) -> Methods:
        """What leads to a step, in a case or at the end of a section."""
        return [*_END] if target is None else [{"transfer": {"dest": self._name(target)}}]

    def _name(self, step: str) -> str:
        return self.main if step == _MAIN else step

    def _renamed(self, sections: Mapping[str, Methods]) -> dict[str, Methods]:
        return {self._name(name): methods for name, methods in sections.items()}

    def _has_section(self, name: str) -> bool:
        return name == self.plan.start or self.leading[name] > 1 or name in self.led_by_case

    def _section(self, name: str) -> Methods:
        methods: Methods = []
        at: str | None = name
        while at is not None:
            step = self.steps[at]
            self.notes.at(self.plan.part_of[at])
            methods += _WRITERS[type(step)](self, step)
            if isinstance(step, Branch | Refuse):
                return methods
            at = step.next
            if at is not None and self._has_section(at):
                return [*methods, *self.go(at)]
        return [*methods, *_END]

    def _first_values(self) -> Iterator[dict[str, Any]]:
        """What is compared or said has a value from the beginning on."""
        read: dict[str, Any] = {}
        for step in self.steps.values():
            for name in _read(step):
                if name not in (CALLER, CALLED):
                    read[flat(name)] = ""
            if isinstance(step, Count):
                read[counter_of(step.counter)] = 0
        names = list(read)
        for at in range(0, len(names), _MOST_SET):
            yield {"set": {name: read[name] for name in names[at : at + _MOST_SET]}}

    def say(self, step: Say) -> Methods:
        return [] if step.piece is None else [{"play": {"url": self.url(step.piece), **_spoken_in(step.piece)}}]

    def ask(self, step: Ask) -> Methods:
        prompt: dict[str, Any] = {
            "play": self.url(step.piece) if step.piece is not None else "silence:0",
            **(_spoken_in(step.piece) if step.piece is not None else {}),
            "max_digits": step.digits,
            "initial_timeout": step.first_s,
            "digit_timeout": step.between_s,
            **({"terminators": step.end_key} if step.end_key else {}),
        }
        behind = self.steps.get(step.next or "")
        if isinstance(behind, Branch) and behind.otherwise == step.silence:
            return [{"prompt": prompt}]
        silence = {"variable": "prompt_result", "case": {"no_input": self.go(step.silence)}}
        return [{"prompt": prompt}, {"switch": silence}]

    def branch(self, step: Branch) -> Methods:
        subject = step.subject
        if isinstance(subject, Rang):
            return [self._result(step)]
        if isinstance(subject, Verdict):
            self.notes.note("nothing is told of the caller's number there", Fate.NOT_CARRIED)
            told = (way.to for way in step.ways if isinstance(way.case, Exact) and way.case.value == NOTHING_TOLD)
            return self.go(next(told, step.otherwise))
        if isinstance(subject, Caller) and any(way.case == Exact(ANONYMOUS) for way in step.ways):
            self.notes.note("a number that is withheld may be called otherwise there than anonymous")
        drawn: Methods = [{"set": {scripts.DRAWN: scripts.DRAW}}] if isinstance(subject, Chance) else []
        name = scripts.name_of(subject)
        exact = [_exactly(way.case) for way in step.ways]
        if step.ways and None not in exact:
            cases: dict[str, Methods] = {}
            for text, way in zip(exact, step.ways, strict=True):
                cases.setdefault(str(text), self.go(way.to))
            return [*drawn, {"switch": {"variable": name, "case": cases, "default": self.go(step.otherwise)}}]
        asked = [{"when": scripts.condition(way.case, name), "then": self.go(way.to)} for way in step.ways]
        if not asked:
            return self.go(step.otherwise)
        return [*drawn, {"cond": [*asked, {"else": self.go(step.otherwise)}]}]

    def _result(self, step: Branch) -> dict[str, Any]:
        """Only whether somebody was reached is told apart."""
        by_word = {way.case.value: way.to for way in step.ways if isinstance(way.case, Exact)}
        ways = {word: by_word.get(word, step.otherwise) for word in (REACHED, *NOT_REACHED)}
        if len({ways[word] for word in NOT_REACHED}) > 1:
            why = "why nobody was reached is not told apart: the call goes on as after no answer"
            self.notes.note(why)
        cases = {"connected": self.go(ways[REACHED])}
        return {"switch": {"variable": "connect_result", "case": cases, "default": self.go(ways["no_answer"])}}

    def remember(self, step: Remember) -> Methods:
        values = {flat(name): self.source(each) for name, each in step.values.items()}
        names = list(values)
        parts = [names[at : at + _MOST_SET] for at in range(0, len(names), _MOST_SET)]
        return [{"set": {name: values[name] for name in part}} for part in parts]

    def count(self, step: Count) -> Methods:
        name = counter_of(step.counter)
        return [{"set": {name: f"%{{Number(vars.{name}) + 1}}"}}]

    def ring(self, step: Ring) -> Methods:
        if step.several:
            self.notes.note("`connect` rings one number: name several in `parallel` or `serial`")
        shown = {"caller": {}, "called": {"from": scripts.value(CALLED)}}.get(step.shown, {"from": step.shown})
        connect: dict[str, Any] = {"to": self.written(step.to), **shown}
        if step.ring_s is not None:
            connect["timeout"] = step.ring_s
        if step.talk_s is not None:
            connect["max_duration"] = step.talk_s
        if step.record:
            self.notes.note("the recording begins before it rings, and ends with the call")
        return [*([{"record_call": {"stereo": True}}] if step.record else []), {"connect": connect}]

    def queue(self, step: Queue) -> Methods:
        if step.next is not None:
            self.notes.note("the call ends after the talk: put what follows at an address for transfer_after_bridge")
        given = {"queue_name": step.line, "wait_time": step.wait_s, "transfer_after_bridge": _OVER}
        return [{"enter_queue": given}]

    def record(self, step: Record) -> Methods:
        given: dict[str, Any] = {
            "beep": step.tone,
            "max_length": step.max_s,
            "end_silence_timeout": step.silence_s,
            "terminators": step.end_keys,
        }
        self.notes.note("whether anything was said is not told apart from a recording that failed")
        failed = {"variable": "record_result", "case": {"failed": self.go(step.silence)}}
        return [{"record": given}, {"switch": failed}]

    def record_call(self, step: RecordCall) -> Methods:
        return [{"record_call": {"stereo": True}}]

    def fetch(self, step: Fetch) -> Methods:
        fields = {name: self.source(each) for name, each in step.fields.items()}
        given: dict[str, Any] = {"url": step.url, "method": step.method, "timeout": _TIMEOUT_S}
        given["save_variables"] = True
        if step.method == "GET":
            query = "&".join(f"{quote(name)}={each}" for name, each in fields.items())
            given["url"] = f"{step.url}{'&' if '?' in step.url else '?'}{query}" if query else step.url
        else:
            given["body"] = fields
        if step.needs_key:
            given["headers"] = {"Authorization": _API_KEY, "Content-Type": "application/json"}
            self.notes.note("YOUR_API_KEY stands in place of the key")
        if step.next == step.failed:
            return [{"request": given}]
        failed = {"variable": "request_result", "case": {"failed": self.go(step.failed)}}
        return [{"request": given}, {"switch": failed}]

    def text(self, step: Text) -> Methods:
        given = {"to_number": self.written(step.to), "from_number": scripts.value(CALLED)}
        sent: Methods = [{"send_sms": {**given, "body": self.written(step.text)}}]
        if step.next == step.failed:
            return sent
        return [*sent, {"switch": {"variable": "send_sms_result", "case": {"failed": self.go(step.failed)}}}]

    def keys(self, step: Keys) -> Methods:
        return [{"send_digits": {"digits": step.keys}}]

    def refuse(self, step: Refuse) -> Methods:
        self.notes.note("the call is answered before: leave `answer` out at the beginning")
        return [{"hangup": {"reason": step.reason}}]

    def url(self, piece: Piece) -> str:
        return f"say:{self.written(piece.text)}" if isinstance(piece, Words) else self.written(piece.url)

    def written(self, text: str) -> str:
        return written(text, self._value)

    def _value(self, name: str, form: str | None) -> str:
        if scripts.is_said_otherwise(form):
            self.notes.note(f"its voice reads the {form} in {name} in its own way")
        return scripts.value(name, form)

    def source(self, source: Source) -> str | int | bool:
        match source:
            case Keyed():
                return "%{prompt_value}"
            case Recorded():
                return "%{record_url}"
            case Answered(_, path, counted):
                whole = f"request_response.{path}" if path else "request_response"
                plain = "request_response_body" if not path and not counted else whole
                return f"%{{{plain}{'.length' if counted else ''}}}"
            case str():
                return self.written(source)
        return source


def _exactly(case: object) -> str | None:
    """The one text that fits, if there is only one."""
    if isinstance(case, Exact):
        return case.value
    is_plain = isinstance(case, Pattern) and not case.most and "X" not in case.fixed
    return case.fixed if isinstance(case, Pattern) and is_plain else None


def _spoken_in(piece: Piece) -> dict[str, str]:
    language = piece.language if isinstance(piece, Words) else ""
    return {"say_language": _LANGUAGES.get(language, language)} if language else {}


def _read(step: Step) -> Iterator[str]:
    """The variables that a step compares or says."""
    found: list[str] = []

    def note(name: str, form: str | None) -> str:
        found.append(name)
        return ""

    texts: list[object] = []
    match step:
        case Branch():
            if isinstance(step.subject, Variable):
                found.append(step.subject.name)
            found += [way.case.name for way in step.ways if isinstance(way.case, SameAs)]
        case Say() | Ask():
            piece = step.piece
            texts = [piece.text if isinstance(piece, Words) else piece.url] if piece is not None else []
        case Remember():
            texts = list(step.values.values())
        case Fetch():
            texts = list(step.fields.values())
        case Ring():
            texts = [step.to]
        case Text():
            texts = [step.to, step.text]
    for text in texts:
        if isinstance(text, str):
            written(text, note)
    yield from found


_WRITERS: Mapping[type[Any], Callable[[_Document, Any], Methods]] = {
    Say: _Document.say,
    Ask: _Document.ask,
    Branch: _Document.branch,
    Remember: _Document.remember,
    Count: _Document.count,
    Ring: _Document.ring,
    Queue: _Document.queue,
    Record: _Document.record,
    RecordCall: _Document.record_call,
    Fetch: _Document.fetch,
    Text: _Document.text,
    Keys: _Document.keys,
    Refuse: _Document.refuse,
}
