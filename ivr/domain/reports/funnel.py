"""Where callers go in a menu: what each ended call adds to the counts of the nodes it came through.

A *visit* is a stay at a node with all its attempts; a caller who comes back begins another. Counts of days, menus
and versions can be added and taken away again, also how long visits took: those are counted in steps of 5 %, so a
quantile read from them is at most 2.5 % off, however many calls there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ivr.domain.call_records import ON_ENTERING, CallRecord, Step, StepResult, before_hang_up

Name = TypeVar("Name", str, int)
# The entry: every call that heard the menu is counted here first.
ENTRY = ""
_STEP = math.log(1.05)
# Steps that have no length, or none that is known.
_WITHOUT_TIME: frozenset[StepResult] = frozenset({"action", "skipped", "lost", "switch", "each", "known"})
# Steps whose key led to the next node: a digit, the case of a switch, what is left of a list.
_LED_ON: frozenset[StepResult] = frozenset({"key", "switch", "each"})
# Marks where a visit led: another node, or the end of the call with its outcome.
_TO_NODE, _TO_OUTCOME = "n:", "o:"
_NUMBERS = ("entered", "calls", "no_input", "no_match", "hang_up")


@dataclass(slots=True)
class NodeCounts:
    """Of one node: visits (`entered`) and the calls they belong to; keys and cases taken; attempts that ended in
    silence, a wrong key or a hang-up; where visits led (`n:` a node, `o:` an outcome); how long they took, by step of
    the scale."""

    entered: int = 0
    calls: int = 0
    no_input: int = 0
    no_match: int = 0
    hang_up: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    onward: dict[str, int] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def add(self, other: NodeCounts, sign: int = 1) -> None:
        """`sign` -1 takes away what was added before."""
        self.entered += sign * other.entered
        self.calls += sign * other.calls
        self.no_input += sign * other.no_input
        self.no_match += sign * other.no_match
        self.hang_up += sign * other.hang_up
        _add(self.keys, other.keys, sign)
        _add(self.onward, other.onward, sign)
        _add(self.times, other.times, sign)

    @property
    def is_empty(self) -> bool:
        numbers = self.entered or self.calls or self.no_input or self.no_match or self.hang_up
        return not (numbers or self.keys or self.onward or self.times)

    def quantile_s(self, share: float) -> float | None:
        """Seconds that this share of the visits took at most, to the microsecond: rounded to milliseconds, a short
        visit would be more than 2.5 % off. None where no visit has a length."""
        total = sum(self.times.values())
        if not total:
            return None
        rank, seen = max(1, math.ceil(share * total)), 0
        for step in sorted(self.times):
            seen += self.times[step]
            if seen >= rank:
                break
        return round(step_ms(step) / 1000, 6)

    def nodes_after(self) -> list[tuple[str, int]]:
        return self._led(_TO_NODE)

    def outcomes_after(self) -> list[tuple[str, int]]:
        return self._led(_TO_OUTCOME)

    def _led(self, kind: str) -> list[tuple[str, int]]:
        found = [(name[2:], count) for name, count in self.onward.items() if name.startswith(kind)]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def to_json(self) -> dict[str, Any]:
        return {
            "entered": self.entered, "calls": self.calls, "no_input": self.no_input, "no_match": self.no_match,
            "hang_up": self.hang_up, "keys": dict(self.keys), "onward": dict(self.onward),
            "times": {str(step): count for step, count in self.times.items()},
        }  # fmt: skip

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> NodeCounts:
        return cls(**{**document, "times": {int(step): count for step, count in document["times"].items()}})

    @classmethod
    def sum_of_json(cls, documents: Iterable[Mapping[str, Any]]) -> NodeCounts:
        """All of them together: as `of_json` and `add` make it, without an object for each of a year's days."""
        numbers = dict.fromkeys(_NUMBERS, 0)
        parts: dict[str, dict[str, int]] = {"keys": {}, "onward": {}, "times": {}}
        for document in documents:
            for name in _NUMBERS:
                numbers[name] += document[name]
            for part, total in parts.items():
                for name, count in document[part].items():
                    total[name] = total.get(name, 0) + count
        left = {part: {name: count for name, count in total.items() if count} for part, total in parts.items()}
        return cls.of_json({**numbers, **left})


def _add(counted: dict[Name, int], more: dict[Name, int], sign: int) -> None:
    for name, count in more.items():
        total = counted.get(name, 0) + sign * count
        if total:
            counted[name] = total
        else:
            counted.pop(name, None)


def _bump(counted: dict[Name, int], name: Name) -> None:
    counted[name] = counted.get(name, 0) + 1


def time_step(ms: int) -> int:
    """The step of the scale that this time falls on."""
    return round(math.log(max(1, ms)) / _STEP)


def step_ms(step: int) -> float:
    """The time in the middle of a step."""
    return math.exp(step * _STEP)


_OF_ONE_NODE = ({"played", "request"}, {"action", "waited"}, {"callback", "played"})


def visits(path: Iterable[Step]) -> list[list[Step]]:
    """The path cut into stays: an attempt that does not follow the one before begins another."""
    stays: list[list[Step]] = []
    for step in path:
        if step.result in ON_ENTERING:
            continue  # it tells of the node that follows
        last = stays[-1][-1] if stays else None
        if last is not None and step.node == last.node and (step.attempt > last.attempt or _is_one(stays[-1], step)):
            stays[-1].append(step)
        else:
            stays.append([step])
    return stays


def _is_one(stay: list[Step], step: Step) -> bool:
    """Whether both are of one node: the prompt of a request and the service's answer, a transfer and the wait for
    it, a call-back and its prompt."""
    return len(stay) == 1 and {stay[0].result, step.result} in _OF_ONE_NODE


def funnel_of(record: CallRecord) -> dict[str, NodeCounts]:
    """What this call adds, by node; nothing before it has ended, or if it heard no menu, or was a test."""
    if record.outcome is None or record.ivr_id is None or record.ivr_version is None or record.test:
        return {}
    if record.was_unanswered:
        return {}
    own = before_hang_up(record.path)
    counts = {ENTRY: NodeCounts(entered=1, calls=1)}
    last = _count_way(counts, counts[ENTRY], visits(own))
    _bump(last.onward, _TO_OUTCOME + record.outcome.value)
    # What followed the hang-up is no way of the caller: nothing leads there.
    _count_way(counts, NodeCounts(), visits(record.path[len(own) :]))
    return counts


def _count_way(counts: dict[str, NodeCounts], before: NodeCounts, stays: Iterable[list[Step]]) -> NodeCounts:
    """Count these visits, which follow a visit counted in `before`; the counts of the last one."""
    for stay in stays:
        node = stay[0].node
        _bump(before.onward, _TO_NODE + node)
        before = counts.setdefault(node, NodeCounts())
        before.entered += 1
        before.calls = 1
        _count_stay(before, stay)
    return before


def _count_stay(counts: NodeCounts, stay: list[Step]) -> None:
    for step in stay:
        if step.result in _LED_ON and step.key is not None:
            _bump(counts.keys, step.key)
        elif step.result == "no_input":
            counts.no_input += 1
        elif step.result == "no_match":
            counts.no_match += 1
        elif step.result == "hang_up":
            counts.hang_up += 1
    if stay[0].result not in _WITHOUT_TIME:
        _bump(counts.times, time_step(sum(step.ms for step in stay)))
