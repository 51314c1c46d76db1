"""Steps that nobody notices are left out: whatever leads to one leads on to what follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from ivr.domain.exports.steps import Branch, Plan, Say, Step, Way

_WAYS = ("next", "silence", "failed", "otherwise")


def without_silent_steps(plan: Plan) -> Plan:
    """The plan without steps that say nothing, and without those that no call comes to."""
    leads = {name: _behind(name, plan.steps) for name in plan.steps}
    start = leads.get(plan.start or "")
    steps = {name: _led(step, leads) for name, step in plan.steps.items() if leads[name] == name}
    reached = _reached(start, steps)
    lines = tuple(replace(line, node=leads.get(line.node or "")) for line in plan.lines)
    met = {name: step for name, step in steps.items() if name in reached}
    return replace(plan, start=start, steps=met, lines=lines)


def targets_of(step: Step) -> Iterator[str]:
    """The names of the steps to which it leads."""
    for each in fields(step):
        if each.name in _WAYS and (target := getattr(step, each.name)) is not None:
            yield target
    if isinstance(step, Branch):
        yield from (way.to for way in step.ways if way.to is not None)


def _behind(name: str, steps: Mapping[str, Step]) -> str | None:
    """The first step from this one on that does something; None: the call ends, or goes round for ever."""
    seen = set()
    at: str | None = name
    while at is not None and isinstance(step := steps[at], Say) and step.piece is None:
        if at in seen:
            return None
        seen.add(at)
        at = step.next
    return at


def _led(step: Step, leads: Mapping[str, str | None]) -> Step:
    changed: dict[str, Any] = {
        each.name: leads.get(getattr(step, each.name) or "") for each in fields(step) if each.name in _WAYS
    }
    if isinstance(step, Branch):
        changed["ways"] = tuple(Way(way.case, leads.get(way.to or "")) for way in step.ways)
    return replace(step, **changed)


def _reached(start: str | None, steps: Mapping[str, Step]) -> set[str]:
    found = {start} if start is not None else set()
    waiting = list(found)
    while waiting:
        for target in targets_of(steps[waiting.pop()]):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
