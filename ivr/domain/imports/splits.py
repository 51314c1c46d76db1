"""Conditions in their order, each with a way out, as switches here: one for those that name a value, and a further
one behind each that names what a value is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ivr.domain.imports.building import MenuBuilder, free_name
from ivr.domain.menu.cases import MAX_CASE

_MOST_CASES = 64
_MOST = 999_999_999_999_999
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_PATTERN_LIKE = re.compile(r".*\*|-?[0-9]+\.\.-?[0-9]+|\{.*\}", re.DOTALL)
_NEGATED = {
    "not_equal_to": "equal_to",
    "does_not_match_any_of": "matches_any_of",
    "is_not_blank": "is_blank",
    "does_not_start_with": "starts_with",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`kind` as Studio names it; `target`: the node here, None where it leads nowhere."""

    kind: str
    value: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A condition that cannot be asked here, and why."""

    condition: Condition
    why: str


def cases_of(condition: Condition) -> list[str] | Unread:
    """The cases here of a condition that names values."""
    value = condition.value
    match condition.kind:
        case "equal_to":
            return _exact(condition, [value])
        case "matches_any_of":
            return _exact(condition, [each.strip() for each in value.split(",")])
        case "is_blank":
            return [""]
        case "starts_with":
            if not value.isprintable() or len(value) >= MAX_CASE:
                return Unread(condition, f"a value has {MAX_CASE} printable characters at most here")
            return [f"{value}*"] if value else Unread(condition, "it begins with nothing")
        case "greater_than" | "less_than":
            if not _WHOLE.fullmatch(value.strip()):
                return Unread(condition, "only whole numbers can be compared here")
            number = int(value)
            more = condition.kind == "greater_than"
            return [f"{number + 1}..{_MOST}" if more else f"{-_MOST}..{number - 1}"]
        case "regex":
            return Unread(condition, "there are no regular expressions here: name the values, or ask a service")
        case "contains" | "does_not_contain":
            return Unread(condition, "a part of a value cannot be looked for here: name the values, or ask a service")
        case "is_before_time" | "is_after_time" | "is_before_date" | "is_after_date":
            return Unread(condition, "times are asked of opening hours here: make some, and a switch on hours:NAME")
    return Unread(condition, f"a condition {condition.kind} is not known")


def put_switches(
    builder: MenuBuilder, name: str, variable: str, conditions: Sequence[Condition], otherwise: str
) -> list[Unread]:
    """Put the node `name` that asks these conditions of the variable in their order; what could not be read is passed
    over, as if it never held."""
    unread: list[Unread] = []
    cases: dict[str, str] = {}
    node: dict[str, Any] = {"switch": variable, "case": cases, "default": otherwise}
    for at, condition in enumerate(conditions):
        positive = _NEGATED.get(condition.kind)
        asked = Condition(positive or condition.kind, condition.value, condition.target)
        found = cases_of(asked)
        if isinstance(found, Unread):
            unread.append(Unread(condition, found.why))
            continue
        target = condition.target or builder.end()
        if positive is None:
            for case in found:
                cases.setdefault(case, target)
            continue
        rest = conditions[at + 1 :]
        behind = otherwise
        if rest:
            behind = free_name(f"{name[:56]}_else", builder.nodes)
            builder.put(behind, {})
            unread += put_switches(builder, behind, variable, rest, otherwise)
        for case in found:
            cases.setdefault(case, behind)
        node["default"] = target
        break
    if len(cases) > _MOST_CASES:
        dropped = list(cases)[_MOST_CASES:]
        unread.append(Unread(Condition("matches_any_of", ",".join(dropped), None), "a switch has 64 cases at most"))
        for case in dropped:
            del cases[case]
    if not cases:
        node = {"next": node["default"]}
    builder.put(name, node)
    return unread


def _exact(condition: Condition, values: list[str]) -> list[str] | Unread:
    for value in values:
        if len(value) > MAX_CASE:
            return Unread(condition, f"a value has {MAX_CASE} characters at most here")
        if not value.isprintable():
            return Unread(condition, "a value has characters that cannot be printed")
        if _PATTERN_LIKE.fullmatch(value):
            return Unread(condition, f"{value} would be read as a pattern here")
    return values
