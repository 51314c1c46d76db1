"""SignalWire's SWML, as a menu (https://developer.signalwire.com/swml/methods/, read 2026-11).

A section is a list of methods that run one after the other; `goto`, `transfer` and `execute` lead to labels and other
sections. A `prompt` and the `switch` on `prompt_value` behind it become one question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ivr.domain.imports.building import MenuBuilder, plain_name, variable_name
from ivr.domain.imports.digit_patterns import up_to
from ivr.domain.imports.phone_targets import full_number, sip_address
from ivr.domain.imports.report import Fate, Imported, NotReadable
from ivr.domain.imports.shapes import object_in, objects_in
from ivr.domain.imports.splits import Condition, put_switches
from ivr.domain.imports.swml_conditions import read_condition
from ivr.domain.imports.swml_steps import (
    KEY,
    PROMPT_VALUE,
    Step,
    comes_back,
    end_key_of,
    keys_of_cond,
    listed,
    read_step,
    read_steps,
    switch_on,
    values_of,
    whole,
)
from ivr.domain.imports.swml_texts import said_by, text_of, variable_of
from ivr.domain.imports.variable_names import free_of_reserved
from ivr.domain.menu.entries import parse_entry

SOURCE = "swml"
_MAIN = "main"
_LONGEST_RECORDING_S = 600
_MOST_JUMPS = 99
# What came of a method: its variable, and its words for well and badly.
_RESULTS = {
    "prompt": ("prompt_result", "match_digits", "no_input"),
    "connect": ("connect_result", "connected", "failed"),
    "record": ("record_result", "success", "failed"),
    "request": ("request_result", "success", "failed"),
    "send_sms": ("send_sms_result", "success", "failed"),
}


def reads(document: object) -> bool:
    """Whether this JSON is SWML."""
    return isinstance(document, dict) and isinstance(document.get("sections"), dict) and bool(document["sections"])


def read(document: Mapping[str, Any], name: str) -> Imported:
    """The menu of a document. Raises NotReadable."""
    return _Document(document["sections"]).read(name)


class _Keys(NamedTuple):
    """Where each key of a question leads, and every other one."""

    ways: Mapping[str, str]
    default: str


class _Document:
    def __init__(self, sections: Mapping[str, Any]) -> None:
        if not all(isinstance(each, list) for each in sections.values()):
            raise NotReadable("each section of SWML is an array of methods")
        self.builder = MenuBuilder(SOURCE)
        self.sections = {name: [read_step(each) for each in section] for name, section in sections.items()}
        self.main = _MAIN if _MAIN in sections else next(iter(sections))
        text = json.dumps(sections)
        self.keeps_prompt = text.count("prompt_value") > text.count('"variable": "prompt_value"')
        self.labels = {
            str(value): (name, at)
            for name, steps in self.sections.items()
            for at, (method, value) in enumerate(steps)
            if method == "label"
        }

    def read(self, name: str) -> Imported:
        for section, steps in self.sections.items():
            self.put_steps(section, steps, self.builder.end())
        return self.builder.finish(name or self.main, self.section(self.main))

    def node(self, path: str, at: int, steps: Sequence[Step], then: str) -> str:
        """The node of a step; `then` behind the last one."""
        if at >= len(steps):
            return then
        if steps[at][0] == "hangup" and not steps[at][1]:
            return self.builder.end()
        return self.builder.name_node(f"{path} {at + 1} {steps[at][0]}")

    def section(self, name: str) -> str | None:
        """The node at which a section begins."""
        if name in self.labels:
            section, at = self.labels[name]
            return self.node(section, at, self.sections[section], self.builder.end())
        return self.node(name, 0, self.sections[name], self.builder.end()) if name in self.sections else None

    def put_steps(self, path: str, steps: Sequence[Step], then: str) -> str:
        """Put the nodes of these steps; the first one."""
        at = 0
        while at < len(steps):
            at += self._put_step(path, at, steps, then)
        return self.node(path, 0, steps, then)

    def _put_step(self, path: str, at: int, steps: Sequence[Step], then: str) -> int:
        """Put the node of a step; how many steps are one with it."""
        method, value = steps[at]
        part, node = f"{path} {at + 1} {method}", self.node(path, at, steps, then)
        if method == "hangup" and node == self.builder.end():
            self.builder.tell(part, method, node=node)
            return 1
        following = failed = behind = self.node(path, at + 1, steps, then)
        taken, branch = 1, None
        if method in _RESULTS:
            branch = switch_on(steps, at + 1, (_RESULTS[method][0],))
        if branch is not None:
            taken, behind = 2, self.node(path, at + 2, steps, then)
            following, failed = self._by_result(f"{path} {at + 2} switch", branch, _RESULTS[method], behind)
        asked = None
        if method == "prompt" and following == behind and (failed == behind or not comes_back(branch)):
            asked = self._keys(path, at, taken, steps, then)
        if asked is not None:
            silence = failed if failed != behind else asked.default
            notes = self._question(node, value, asked, silence)
            taken += 1
        elif (put := _METHODS.get(method)) is not None:
            notes = put(self, part, value, node, following, failed)
        else:
            self.builder.put(node, {"next": following})
            why = f"there is no {method} here: the call goes on behind it"
            self.builder.tell(part, method, Fate.NOT_CARRIED, node, why)
            return 1
        self.builder.tell(part, method, Fate.CHANGED if notes else Fate.CARRIED, node, "; ".join(notes))
        for more in range(at + 1, at + taken):
            kind = steps[more][0]
            self.builder.tell(f"{path} {more + 1} {kind}", kind, node=node, why="one with the node before it")
        return taken

    def _by_result(
        self, part: str, branch: Mapping[str, Any], result: tuple[str, str, str], behind: str
    ) -> tuple[str, str]:
        """Where the call goes on by what came of a step, well or not."""
        cases, default = object_in(branch.get("case")), branch.get("default")
        ways = {word: self.put_steps(f"{part} {word}", read_steps(cases[word]), behind) for word in cases}
        otherwise = self.put_steps(f"{part} default", read_steps(default), behind) if default else behind
        _, well, badly = result
        return ways.get(well, otherwise), ways.get(badly, otherwise)

    def _keys(self, path: str, at: int, taken: int, steps: Sequence[Step], then: str) -> _Keys | None:
        """The keys of a prompt and the branch on them behind it, where they are one question here."""
        prompt, place = steps[at][1], at + taken
        length = whole(prompt.get("max_digits"), 1) if isinstance(prompt, dict) else 0
        behind = self.node(path, place + 1, steps, then)
        part = f"{path} {place + 1}"
        branch = switch_on(steps, place, PROMPT_VALUE)
        ways: dict[str, tuple[str, object]] = {}
        if branch is not None:
            cases, default = object_in(branch.get("case")), branch.get("default")
            ways = {str(key): (str(key), cases[key]) for key in cases if KEY.fullmatch(str(key))}
            is_read = len(ways) == len(cases) and all(len(each) == length for each in ways)
        elif place < len(steps) and steps[place][0] == "cond":
            ways, default, is_read = keys_of_cond(steps[place][1], length)
        if not ways or not is_read:
            return None
        gather = {
            key: self.put_steps(f"{part} {name}", read_steps(value), behind) for key, (name, value) in ways.items()
        }
        otherwise = self.put_steps(f"{part} default", read_steps(default), behind) if default else behind
        return _Keys(gather, otherwise)

    def _question(self, node: str, prompt: Mapping[str, Any], asked: _Keys, silence: str) -> list[str]:
        notes: list[str] = []
        said = said_by(self.builder, listed(prompt.get("play")), notes)
        wait = min(max(whole(prompt.get("initial_timeout"), 5), 1), 60)
        question = {
            **said,
            "gather": asked.ways,
            "timeout_s": wait,
            "max_attempts": {"no_input": 1, "no_match": 1},
            "no_input_node": silence,
            "no_match_node": asked.default,
            **({"save": "prompt_value"} if self.keeps_prompt else {}),
        }
        if any(parse_entry(each).longest > 1 for each in asked.ways):
            question["between_s"] = min(max(whole(prompt.get("digit_timeout"), 5), 1), 20)
            question |= end_key_of(prompt, asked.ways)
        self.builder.put(node, question)
        return notes

    def play(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        notes: list[str] = []
        addresses = listed(value.get("urls") or value.get("url") if isinstance(value, dict) else value)
        self.builder.put(node, {**said_by(self.builder, addresses, notes), "barge_in": False, "next": following})
        return notes

    def prompt(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        notes: list[str] = []
        given = value if isinstance(value, dict) else {"play": value}
        length = whole(given.get("max_digits"), 1)
        # Without an entry nothing may be left of the one before.
        silence = other = self.builder.name_node(f"{part} silence")
        self.builder.put(silence, {"set": {"prompt_value": ""}, "next": failed})
        if failed != following:
            other = self.builder.name_node(f"{part} other keys")
            self.builder.put(other, {"set": {"prompt_value": ""}, "next": following})
        gather = {up_to(length): following, **({"*": following} if length == 1 else {})}
        question: dict[str, Any] = {
            **said_by(self.builder, listed(given.get("play")), notes),
            "gather": gather,
            "save": "prompt_value",
            "timeout_s": min(max(whole(given.get("initial_timeout"), 5), 1), 60),
            "max_attempts": {"no_input": 1, "no_match": 1},
            "no_input_node": silence,
            "no_match_node": other,
            **(end_key_of(given, gather) if length > 1 else {}),
        }
        if "speech_hints" in given or "speech_timeout" in given:
            notes.append("callers answer by keys alone")
        self.builder.put(node, question)
        return notes

    def cond(self, part: str, raw: Any, node: str, following: str, failed: str) -> list[str]:
        """A switch for each condition, one behind the other."""
        notes: list[str] = []
        whens = [each for each in objects_in(raw) if "when" in each]
        last = next((each["else"] for each in objects_in(raw) if "else" in each), None)
        otherwise = self.put_steps(f"{part} else", read_steps(last), following) if last else following
        names = [node, *(self.builder.name_node(f"{part} {place}") for place in range(2, len(whens) + 1))]
        for own, place, each in zip(names, range(1, len(whens) + 1), whens, strict=False):
            behind = names[place] if place < len(whens) else otherwise
            target = self.put_steps(f"{part} {place} then", read_steps(each.get("then")), following)
            notes += self._condition(own, str(each["when"]), target, behind)
        if not whens:
            self.builder.put(node, {"next": otherwise})
        return notes

    def _condition(self, node: str, when: str, target: str, behind: str) -> list[str]:
        asked = read_condition(when)
        variable = variable_of(asked.variable) if asked is not None else None
        cases = values_of(asked.entries) if asked is not None else ()
        if asked is None or variable is None or (asked.kind == "entries" and not cases):
            self.builder.put(node, {"next": behind})
            return [f"{when} cannot be asked here, so it is as if it never held"]
        if cases:
            self.builder.put(node, {"switch": variable, "case": dict.fromkeys(cases, target), "default": behind})
            return []
        if asked.kind in ("range", "same_as"):
            other = variable_of(asked.value) if asked.kind == "same_as" else None
            case = f"{{{other}}}" if other else asked.value
            self.builder.put(node, {"switch": variable, "case": {case: target}, "default": behind})
            return []
        condition = Condition(asked.kind, asked.value, target)
        unread = put_switches(self.builder, node, variable, [condition], behind)
        return [f"{each.condition.value}: {each.why}" for each in unread]

    def switch(self, part: str, raw: Any, node: str, following: str, failed: str) -> list[str]:
        value = object_in(raw)
        variable = variable_of(str(value.get("variable")))
        default = value.get("default")
        otherwise = self.put_steps(f"{part} default", read_steps(default), following) if default else following
        asks = [
            Condition("equal_to", str(case), self.put_steps(f"{part} {case}", read_steps(steps), following))
            for case, steps in object_in(value.get("case")).items()
        ]
        if variable is None:
            self.builder.put(node, {"next": otherwise})
            return [f"there is no {value.get('variable')} here, so it goes on as if nothing matched"]
        unread = put_switches(self.builder, node, variable, asks, otherwise)
        return [f"{each.condition.value}: {each.why}" for each in unread]

    def connect(self, part: str, raw: Any, node: str, following: str, failed: str) -> list[str]:
        value = object_in(raw)
        several = [each for group in listed(value.get("serial")) for each in listed(group)]
        targets = listed(value.get("to")) or [
            object_in(each).get("to") for each in listed(value.get("parallel")) + several
        ]
        first = str(targets[0]) if targets else ""
        notes = ["one address is rung, the first"] if len(targets) > 1 else []
        to = sip_address(first) or full_number(first)
        ring: dict[str, Any] = {"action": "transfer", **({"to": to} if to else {})}
        if not to:
            notes.append(f"{first or 'nobody'} cannot be rung from here, so the agent of the installation is")
        if to and (caller_id := full_number(str(value.get("from") or ""))):
            ring["caller_id"] = caller_id
        if timeout := whole(value.get("timeout"), 0):
            ring["ring_timeout_s"] = min(max(timeout, 5), 120)
        if longest := whole(value.get("max_duration"), 0):
            ring["max_talk_s"] = min(max(longest, 10), 14_400)
        self.builder.put(node, {**ring, "fallback_node": failed, "on_agent_hangup": following})
        return notes

    def go_on(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        given = value if isinstance(value, dict) else {"dest": value}
        dest = str(given.get("label") or given.get("dest") or "")
        target = self.section(dest)
        most = str(given.get("max") or 0)
        jumps = min(int(most), _MOST_JUMPS) if re.fullmatch(r"[0-9]{1,9}", most, re.ASCII) else 0
        often = {"max_visits": jumps, "over_node": following} if target and jumps else {}
        self.builder.put(node, {"next": target or following, **often})
        if target is None:
            return [f"{dest or 'nothing'} is not in this document, so the call goes on behind it"]
        if given.get("when"):
            return ["it leads on always here, without its condition"]
        return []

    def execute(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        notes = self.go_on(part, value, node, following, failed)
        return notes or ["the call does not come back from there: a menu has no sections that return"]

    def set(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        notes: list[str] = []
        kept = {
            free_of_reserved(variable_name(str(key))): text_of(str(each), notes)[:200]
            for key, each in list(object_in(value).items())[:16]
        }
        self.builder.put(node, {**({"set": kept} if kept else {}), "next": following})
        return notes

    def record(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        given = object_in(value)
        longest = whole(given.get("max_length"), _LONGEST_RECORDING_S)
        keys = re.sub(r"[^0-9*#]", "", str(given.get("terminators", "#")))
        kept = {
            "action": "record", "save": "record_url",
            "max_s": min(max(longest, 2), _LONGEST_RECORDING_S),
            "silence_s": min(max(whole(given.get("end_silence_timeout"), 5), 1), 60),
            "end_keys": keys[:12] or "none", "tone": bool(given.get("beep")), "max_attempts": 1,
            "next": following, "no_input_node": failed,
        }  # fmt: skip
        self.builder.put(node, kept)
        return []

    def request(self, part: str, raw: Any, node: str, following: str, failed: str) -> list[str]:
        value = object_in(raw)
        method = str(value.get("method") or "POST").upper()
        name = self.builder.service(part, str(value.get("url") or ""), method if method in ("GET", "PUT") else "POST")
        body = object_in(value.get("body"))
        notes: list[str] = []
        sent = {plain_name(str(key)): text_of(str(each), notes) for key, each in body.items()}
        sent.pop("", None)
        asked = {"action": "request", "service": name, "save": "request_response"}
        ways = {"next": following, "fail_node": failed}
        self.builder.put(node, {**asked, **({"send": dict(list(sent.items())[:16])} if sent else {}), **ways})
        return notes

    def send_sms(self, part: str, raw: Any, node: str, following: str, failed: str) -> list[str]:
        value = object_in(raw)
        whom = full_number(str(value.get("to_number") or "")) or "{caller}"
        text = text_of(str(value.get("body") or ""), [])[:2000]
        left = {"action": "send", "to": f"sms:{whom}", **({"text": text} if text else {}), "next": following}
        self.builder.put(node, {**left, **({"fail_node": failed} if failed != following else {})})
        return ["it goes by a channel for text messages, which is to be made"]

    def send_digits(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        keys = re.sub(r"[^0-9*#A-DwW]", "", str(value.get("digits") if isinstance(value, dict) else value))[:48]
        self.builder.put(node, {**({"action": "send_digits", "keys": keys} if keys else {}), "next": following})
        return []

    def hang_up(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        self.builder.put(node, {"action": "hangup"})
        return []

    def nothing(self, part: str, value: Any, node: str, following: str, failed: str) -> list[str]:
        self.builder.put(node, {"next": following})
        return []


_METHODS: Mapping[str, Callable[[_Document, str, Any, str, str, str], list[str]]] = {
    "answer": _Document.nothing,
    "label": _Document.nothing,
    "play": _Document.play,
    "prompt": _Document.prompt,
    "switch": _Document.switch,
    "cond": _Document.cond,
    "connect": _Document.connect,
    "goto": _Document.go_on,
    "transfer": _Document.go_on,
    "execute": _Document.execute,
    "set": _Document.set,
    "record": _Document.record,
    "request": _Document.request,
    "send_sms": _Document.send_sms,
    "send_digits": _Document.send_digits,
    "hangup": _Document.hang_up,
}
