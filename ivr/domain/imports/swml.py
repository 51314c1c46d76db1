"""SignalWire's SWML, as a menu (https://developer.signalwire.com/swml/methods/, read 2026-11).

A section is a list of methods that run one after the other; `goto`, `transfer` and `execute` lead to labels and other
sections. A `prompt` and the `switch` on `prompt_value` behind it become one question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ivr.domain.imports.building import MenuBuilder, plain_name, variable_name
from ivr.domain.imports.digit_patterns import up_to
from ivr.domain.imports.phone_targets import full_number, sip_address
from ivr.domain.imports.report import Fate, Imported, NotReadable
from ivr.domain.imports.shapes import object_in
from ivr.domain.imports.splits import Condition, put_switches
from ivr.domain.imports.variable_names import free_of_reserved

SOURCE = "swml"
_MAIN = "main"
_PROMPT_VALUE = ("prompt_value", "vars.prompt_value")
_VARIABLE = re.compile(r"[%$]\{([^{}]*)\}")
_KEY = re.compile(r"[0-9]{1,24}|[*#]", re.ASCII)
_LONGEST_RECORDING_S = 600
_MOST_JUMPS = 99
_MOST_PARTS = 4
_CALLER, _CALLED = ("call.from", "call.from_number"), ("call.to", "call.to_number")


def reads(document: object) -> bool:
    """Whether this JSON is SWML."""
    return isinstance(document, dict) and isinstance(document.get("sections"), dict) and bool(document["sections"])


def read(document: Mapping[str, Any], name: str) -> Imported:
    """The menu of a document. Raises NotReadable."""
    return _Document(document["sections"]).read(name)


Step = tuple[str, Any]


class _Document:
    def __init__(self, sections: Mapping[str, Any]) -> None:
        if not all(isinstance(each, list) for each in sections.values()):
            raise NotReadable("each section of SWML is an array of methods")
        self.builder = MenuBuilder(SOURCE)
        self.sections = {name: [_step(each) for each in section] for name, section in sections.items()}
        self.main = _MAIN if _MAIN in sections else next(iter(sections))
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
        joined = False
        for at, (method, value) in enumerate(steps):
            part = f"{path} {at + 1} {method}"
            node = self.node(path, at, steps, then)
            if joined:
                joined = False
                before = self.node(path, at - 1, steps, then)
                self.builder.tell(part, method, node=before, why="one with the node before it")
                continue
            following = self.node(path, at + 1, steps, then)
            if method == "hangup" and node == self.builder.end():
                self.builder.tell(part, method, node=node)
                continue
            switch = steps[at + 1] if at + 1 < len(steps) and method == "prompt" else None
            if switch is not None and _asks_prompt(switch) and (keys := self._keys(part, value, switch[1])):
                behind = self.node(path, at + 2, steps, then)
                notes = self._question(node, value, self._ways(path, at + 1, switch[1], keys, behind))
                joined = True
            else:
                put = _METHODS.get(method)
                if put is None:
                    self.builder.put(node, {"next": following})
                    why = f"there is no {method} here: the call goes on behind it"
                    self.builder.tell(part, method, Fate.NOT_CARRIED, node, why)
                    continue
                notes = put(self, part, value, node, following)
            fate = Fate.CHANGED if notes else Fate.CARRIED
            self.builder.tell(part, method, fate, node, "; ".join(notes))
        return self.node(path, 0, steps, then)

    def _keys(self, part: str, prompt: Any, switch: Mapping[str, Any]) -> list[str]:
        cases = switch.get("case")
        length = _whole(prompt.get("max_digits"), 1) if isinstance(prompt, dict) else 0
        keys = [str(each) for each in cases] if isinstance(cases, dict) else []
        return keys if all(_KEY.fullmatch(each) and len(each) == length for each in keys) else []

    def _ways(
        self, path: str, at: int, switch: Mapping[str, Any], keys: Sequence[str], behind: str
    ) -> tuple[dict[str, str], str]:
        cases = switch["case"]
        ways = {key: self.put_steps(f"{path} {at + 1} {key}", _steps(cases[key]), behind) for key in keys}
        otherwise = switch.get("default")
        default = self.put_steps(f"{path} {at + 1} default", _steps(otherwise), behind) if otherwise else behind
        return ways, default

    def _question(self, node: str, prompt: Mapping[str, Any], ways: tuple[dict[str, str], str]) -> list[str]:
        notes: list[str] = []
        gather, default = ways
        said = self._said(_listed(prompt.get("play")), notes)
        wait = min(max(_whole(prompt.get("initial_timeout"), 5), 1), 60)
        question = {
            **said,
            "gather": gather,
            "timeout_s": wait,
            "max_attempts": {"no_input": 1, "no_match": 1},
            "no_input_node": default,
            "no_match_node": default,
        }
        if any(len(each) > 1 for each in gather):
            question["between_s"] = min(max(_whole(prompt.get("digit_timeout"), 5), 1), 20)
        self.builder.put(node, question)
        return notes

    def play(self, part: str, value: Any, node: str, following: str) -> list[str]:
        notes: list[str] = []
        addresses = _listed(value.get("urls") or value.get("url") if isinstance(value, dict) else value)
        self.builder.put(node, {**self._said(addresses, notes), "barge_in": False, "next": following})
        return notes

    def prompt(self, part: str, value: Any, node: str, following: str) -> list[str]:
        notes: list[str] = []
        given = value if isinstance(value, dict) else {"play": value}
        length = _whole(given.get("max_digits"), 1)
        question: dict[str, Any] = {
            **self._said(_listed(given.get("play")), notes),
            "gather": {up_to(length): following, **({"*": following} if length == 1 else {})},
            "save": "prompt_value",
            "timeout_s": min(max(_whole(given.get("initial_timeout"), 5), 1), 60),
            "max_attempts": {"no_input": 1, "no_match": 1},
            "no_input_node": following,
            "no_match_node": following,
        }
        if "speech_hints" in given or "speech_timeout" in given:
            notes.append("callers answer by keys alone")
        self.builder.put(node, question)
        return notes

    def switch(self, part: str, raw: Any, node: str, following: str) -> list[str]:
        value = object_in(raw)
        variable = self._variable(str(value.get("variable")))
        default = value.get("default")
        otherwise = self.put_steps(f"{part} default", _steps(default), following) if default else following
        asks = [
            Condition("equal_to", str(case), self.put_steps(f"{part} {case}", _steps(steps), following))
            for case, steps in object_in(value.get("case")).items()
        ]
        if variable is None:
            self.builder.put(node, {"next": otherwise})
            return [f"there is no {value.get('variable')} here, so it goes on as if nothing matched"]
        unread = put_switches(self.builder, node, variable, asks, otherwise)
        return [f"{each.condition.value}: {each.why}" for each in unread]

    def connect(self, part: str, raw: Any, node: str, following: str) -> list[str]:
        value = object_in(raw)
        several = [each for group in _listed(value.get("serial")) for each in _listed(group)]
        targets = _listed(value.get("to")) or [
            object_in(each).get("to") for each in _listed(value.get("parallel")) + several
        ]
        first = str(targets[0]) if targets else ""
        notes = ["one address is rung, the first"] if len(targets) > 1 else []
        to = sip_address(first) or full_number(first)
        ring: dict[str, Any] = {"action": "transfer", **({"to": to} if to else {})}
        if not to:
            notes.append(f"{first or 'nobody'} cannot be rung from here, so the agent of the installation is")
        if to and (caller_id := full_number(str(value.get("from") or ""))):
            ring["caller_id"] = caller_id
        if timeout := _whole(value.get("timeout"), 0):
            ring["ring_timeout_s"] = min(max(timeout, 5), 120)
        if longest := _whole(value.get("max_duration"), 0):
            ring["max_talk_s"] = min(max(longest, 10), 14_400)
        self.builder.put(node, {**ring, "fallback_node": following, "on_agent_hangup": following})
        return notes

    def go_on(self, part: str, value: Any, node: str, following: str) -> list[str]:
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

    def execute(self, part: str, value: Any, node: str, following: str) -> list[str]:
        notes = self.go_on(part, value, node, following)
        return notes or ["the call does not come back from there: a menu has no sections that return"]

    def set(self, part: str, value: Any, node: str, following: str) -> list[str]:
        notes: list[str] = []
        kept = {
            free_of_reserved(variable_name(str(key))): self._text(str(each), notes)[:200]
            for key, each in list(object_in(value).items())[:16]
        }
        self.builder.put(node, {**({"set": kept} if kept else {}), "next": following})
        return notes

    def record(self, part: str, value: Any, node: str, following: str) -> list[str]:
        given = object_in(value)
        longest = _whole(given.get("max_length"), _LONGEST_RECORDING_S)
        keys = re.sub(r"[^0-9*#]", "", str(given.get("terminators", "#")))
        kept = {
            "action": "record", "save": "record_url",
            "max_s": min(max(longest, 2), _LONGEST_RECORDING_S),
            "silence_s": min(max(_whole(given.get("end_silence_timeout"), 5), 1), 60),
            "end_keys": keys[:12] or "none", "tone": bool(given.get("beep")), "max_attempts": 1,
            "next": following, "no_input_node": following,
        }  # fmt: skip
        self.builder.put(node, kept)
        return []

    def request(self, part: str, raw: Any, node: str, following: str) -> list[str]:
        value = object_in(raw)
        method = str(value.get("method") or "POST").upper()
        name = self.builder.service(part, str(value.get("url") or ""), method if method in ("GET", "PUT") else "POST")
        body = object_in(value.get("body"))
        notes: list[str] = []
        sent = {plain_name(str(key)): self._text(str(each), notes) for key, each in body.items()}
        sent.pop("", None)
        asked = {"action": "request", "service": name, "save": "request_response"}
        ways = {"next": following, "fail_node": following}
        self.builder.put(node, {**asked, **({"send": dict(list(sent.items())[:16])} if sent else {}), **ways})
        return notes

    def send_sms(self, part: str, raw: Any, node: str, following: str) -> list[str]:
        value = object_in(raw)
        whom = full_number(str(value.get("to_number") or "")) or "{caller}"
        text = self._text(str(value.get("body") or ""), [])[:2000]
        left = {"action": "send", "to": f"sms:{whom}", **({"text": text} if text else {}), "next": following}
        self.builder.put(node, left)
        return ["it goes by a channel for text messages, which is to be made"]

    def send_digits(self, part: str, value: Any, node: str, following: str) -> list[str]:
        keys = re.sub(r"[^0-9*#A-DwW]", "", str(value.get("digits") if isinstance(value, dict) else value))[:48]
        self.builder.put(node, {**({"action": "send_digits", "keys": keys} if keys else {}), "next": following})
        return []

    def hang_up(self, part: str, value: Any, node: str, following: str) -> list[str]:
        self.builder.put(node, {"action": "hangup"})
        return []

    def nothing(self, part: str, value: Any, node: str, following: str) -> list[str]:
        self.builder.put(node, {"next": following})
        return []

    def _said(self, addresses: Sequence[Any], notes: list[str]) -> dict[str, Any]:
        says = [str(each).removeprefix("say:") for each in addresses if str(each).startswith("say:")]
        sounds = [str(each) for each in addresses if not str(each).startswith(("say:", "silence:", "ring:"))]
        if len(says) + len(sounds) < len(addresses):
            notes.append("silence and ringing are no prompts here")
        if says and sounds:
            notes.append("words and sounds of one prompt: the words alone are here, put the sounds before them")
        if says:
            texts = [self._text(each, notes) for each in says]
            return {"text": texts[0] if len(texts) == 1 else texts[:16]}
        audio = [self.builder.sound(each) for each in sounds[:16]]
        return {"audio": audio[0] if len(audio) == 1 else audio} if audio else {}

    def _variable(self, name: str) -> str | None:
        plain = name.strip().removeprefix("vars.")
        if plain in _CALLER:
            return "caller"
        if plain in _CALLED:
            return "called"
        parts = [variable_name(each) for each in plain.split(".")]
        usable = re.fullmatch(r"[A-Za-z0-9_.]+", plain) and len(parts) <= _MOST_PARTS
        return free_of_reserved(".".join(parts)) if usable else None

    def _text(self, text: str, notes: list[str]) -> str:
        pieces = _VARIABLE.split(text)
        for at in range(1, len(pieces), 2):
            variable = self._variable(pieces[at])
            if variable is None:
                notes.append(f"there is no {pieces[at]} here, so it is left out")
            pieces[at] = f"{{{variable}}}" if variable else ""
        plain = [each if at % 2 else each.replace("{", "(").replace("}", ")") for at, each in enumerate(pieces)]
        return " ".join("".join(plain).split())


_METHODS: Mapping[str, Callable[[_Document, str, Any, str, str], list[str]]] = {
    "answer": _Document.nothing,
    "label": _Document.nothing,
    "play": _Document.play,
    "prompt": _Document.prompt,
    "switch": _Document.switch,
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


def _step(raw: object) -> Step:
    if isinstance(raw, str):
        return raw, {}
    if isinstance(raw, dict) and raw:
        method, value = next(iter(raw.items()))
        return str(method), value
    raise NotReadable("each method of SWML is a name, or an object with one")


def _steps(raw: object) -> list[Step]:
    return [_step(each) for each in _listed(raw)]


def _asks_prompt(step: Step) -> bool:
    method, value = step
    return method == "switch" and isinstance(value, dict) and value.get("variable") in _PROMPT_VALUE


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None or value == "" else [value]


def _whole(value: object, otherwise: int) -> int:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return otherwise
