"""The widgets of a flow, and what several of them need: ways out, prompts, and which of them become one node."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.imports.building import MenuBuilder, variable_name
from ivr.domain.imports.digit_patterns import entries_in, waits_the_same
from ivr.domain.imports.report import NotReadable
from ivr.domain.imports.shapes import object_in, objects_in
from ivr.domain.imports.splits import Condition, cases_of
from ivr.domain.imports.studio.liquid import Templates
from ivr.domain.imports.variable_names import free_of_reserved
from ivr.domain.menu.entries import find_ambiguous

SOURCE = "twilio_studio"
GATHER, SPLIT, CONNECT = "gather-input-on-call", "split-based-on", "connect-call-to"
_JOINING = {GATHER: "keypress", CONNECT: "callCompleted"}
_KEYS = re.compile(r"[0-9]{1,24}|[*#]", re.ASCII)
_RESULTS = {
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "unreachable",
    "canceled": "no_answer",
    "completed": "answered",
    "answered": "answered",
}
_DIGITS_OF = re.compile(r"widgets\.([^.\s}|]+)\.(?:Digits|SpeechResult)", re.ASCII | re.IGNORECASE)
_ONLY_DIGITS_OF = re.compile(r"\s*\{\{\s*widgets\.([^.\s}|]+)\.Digits\s*\}\}\s*", re.ASCII | re.IGNORECASE)
_ONLY_STATUS_OF = re.compile(r"\s*\{\{\s*widgets\.([^.\s}|]+)\.DialCallStatus\s*\}\}\s*", re.ASCII | re.IGNORECASE)
_MOST_TIMES = 16


@dataclass(frozen=True, slots=True)
class Widget:
    """`ways`: events and where they lead, in their order; a way without a target leads nowhere."""

    name: str
    kind: str
    properties: Mapping[str, Any]
    transitions: tuple[Mapping[str, Any], ...]

    def way(self, *events: str) -> str | None:
        """Where the first of these events leads that leads anywhere."""
        ways = ((event, each) for event in events for each in self.transitions if each.get("event") == event)
        return next((each["next"] for _, each in ways if isinstance(each.get("next"), str) and each["next"]), None)

    def ways(self) -> Iterator[tuple[str, str]]:
        """Events that lead somewhere, and where."""
        for each in self.transitions:
            if isinstance(each.get("next"), str) and each["next"]:
                yield str(each.get("event")), each["next"]

    def whole(self, name: str) -> int | None:
        """A property that is a whole number."""
        try:
            return int(str(self.properties.get(name)))
        except ValueError:
            return None

    def text(self, name: str, otherwise: str = "") -> str:
        """A property as a text; `otherwise` where it is absent or null."""
        found = self.properties.get(name)
        return otherwise if found is None else str(found)

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """A property that lists keys and values."""
        return [(str(each.get("key")), str(each.get("value", ""))) for each in objects_in(self.properties.get(name))]


class Flow:
    """`merged`: the questions and calls that become one node with the split behind them, by name. `saved`: the
    questions whose keys are asked for elsewhere. Raises NotReadable."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        widgets = [_widget(each) for each in objects_in(document["states"])]
        if not widgets:
            raise NotReadable("this flow has no widgets")
        self.widgets = {each.name: each for each in widgets}
        self.description = str(document.get("description") or "")
        self.trigger = self.widgets.get(str(document.get("initial_state")), widgets[0])
        self.builder = MenuBuilder(SOURCE)
        self.templates = Templates()
        # Speech leads nowhere here, so what it led to there has one way less.
        leading = Counter(target for each in widgets for event, target in each.ways() if event != "speech")
        self.merged = dict(self._find_merged(leading))
        self.saved = self._find_saved()

    def to(self, target: str | None) -> str:
        """The node of a widget; the end of the call where there is none."""
        return self.builder.name_node(target) if target is not None and target in self.widgets else self.builder.end()

    def after(self, widget: Widget, *events: str) -> str:
        """The node where the first of these events leads."""
        return self.to(widget.way(*events))

    def split_of(self, widget: Widget) -> Widget | None:
        """The split that is one node with this widget."""
        return self.widgets.get(self.merged.get(widget.name, ""))

    def variable_of(self, widget: Widget) -> str:
        """The variable here that holds what came of a widget."""
        return free_of_reserved(variable_name(widget.name))

    def conditions(self, split: Widget) -> list[Condition]:
        """What a split asks, in its order."""
        found = []
        for way in split.transitions:
            target = way.get("next")
            node = self.builder.name_node(target) if isinstance(target, str) and target in self.widgets else None
            for each in objects_in(way.get("conditions")):
                found.append(Condition(str(each.get("type")), str(each.get("value", "")), node))
        return found

    def keys(self, gather: Widget, split: Widget) -> dict[str, str]:
        """The keys of a question that is one with its split; none where that would mean something else."""
        length = gather.whole("number_of_digits")
        keys: dict[str, str] = {}
        for condition in self.conditions(split):
            for entry in _entries(condition):
                keys.setdefault(entry, condition.target or self.builder.end())
            if not _entries(condition):
                return {}
        return keys if find_ambiguous(keys) is None and waits_the_same(keys, length or 0) else {}

    def results(self, split: Widget) -> dict[str, str]:
        """The cases of a transfer that is one with its split; none where that would mean something else."""
        found: dict[str, str] = {}
        for condition in self.conditions(split):
            cases = cases_of(condition)
            if condition.kind not in ("equal_to", "matches_any_of") or not isinstance(cases, list):
                return {}
            if not all(each in _RESULTS for each in cases):
                return {}
            for each in cases:
                found.setdefault(_RESULTS[each], condition.target or self.builder.end())
        return found

    def prompt(self, widget: Widget, notes: list[str]) -> dict[str, Any]:
        """What a widget says or plays."""
        times = widget.whole("loop")
        if times == 0:
            notes.append("what was repeated without an end is said three times")
            times = 3
        again = min(max(times or 1, 1), _MOST_TIMES)
        if words := widget.text("say").strip():
            text = self.templates.text(words)
            return {"text": text if again == 1 else [text] * again} if text else {}
        if address := widget.text("play").strip():
            audio = self.builder.sound(address)
            return {"audio": audio if again == 1 else [audio] * again}
        return {}

    def _find_merged(self, leading: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        for name, widget in self.widgets.items():
            split = self.widgets.get(widget.way(_JOINING.get(widget.kind, "")) or "")
            if split is None or split.kind != SPLIT or leading[split.name] != 1:
                continue
            asks = _ONLY_DIGITS_OF if widget.kind == GATHER else _ONLY_STATUS_OF
            of = asks.fullmatch(split.text("input"))
            if of is None or of[1] != name:
                continue
            if self.keys(widget, split) if widget.kind == GATHER else self.results(split):
                yield name, split.name

    def _find_saved(self) -> set[str]:
        joined = set(self.merged.values())
        others = (each for name, each in self.widgets.items() if name not in joined)
        texts = (json.dumps([each.properties, each.transitions]) for each in others)
        return {name for text in texts for name in _DIGITS_OF.findall(text)}


def _entries(condition: Condition) -> list[str]:
    """The keys that a condition names; none where it names anything else."""
    if condition.kind == "regex":
        return entries_in(f"/{condition.value}/")
    if condition.kind not in ("equal_to", "matches_any_of"):
        return []
    several = condition.value.split(",") if condition.kind == "matches_any_of" else [condition.value]
    keys = [each.strip() for each in several]
    return keys if all(map(_KEYS.fullmatch, keys)) else []


def _widget(raw: Mapping[str, Any]) -> Widget:
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise NotReadable("a widget of this flow has no name")
    ways = tuple(objects_in(raw.get("transitions")))
    return Widget(name, str(raw.get("type")), object_in(raw.get("properties")), ways)
