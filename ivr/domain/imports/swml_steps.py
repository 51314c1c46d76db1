"""The methods of SWML and their parts, as far as several readers need them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ivr.domain.imports.digit_patterns import waits_the_same
from ivr.domain.imports.report import NotReadable
from ivr.domain.imports.shapes import object_in, objects_in
from ivr.domain.imports.swml_conditions import read_condition
from ivr.domain.menu.entries import find_ambiguous, find_entry_cut_by, parse_entry

PROMPT_VALUE = ("prompt_value", "vars.prompt_value")
KEY = re.compile(r"[0-9]{1,24}|[*#]", re.ASCII)

# Behind these nothing is done.
_LEAVING = ("hangup", "transfer", "goto")
_MOST_VALUES = 64

Step = tuple[str, Any]


def read_step(raw: object) -> Step:
    if isinstance(raw, str):
        return raw, {}
    if isinstance(raw, dict) and raw:
        method, value = next(iter(raw.items()))
        return str(method), value
    raise NotReadable("each method of SWML is a name, or an object with one")


def read_steps(raw: object) -> list[Step]:
    return [read_step(each) for each in listed(raw)]


def switch_on(steps: Sequence[Step], at: int, variables: Sequence[str]) -> Mapping[str, Any] | None:
    """The switch at this place, if it is on one of these."""
    method, value = steps[at] if at < len(steps) else ("", None)
    return value if method == "switch" and isinstance(value, dict) and value.get("variable") in variables else None


def comes_back(branch: Mapping[str, Any] | None) -> bool:
    """Whether the call may go on behind this switch after what it does in a case."""
    if branch is None:
        return False
    ways = [read_steps(each) for each in (*object_in(branch.get("case")).values(), branch.get("default"))]
    return any(steps and steps[-1][0] not in _LEAVING for steps in ways)


def keys_of_cond(raw: object, length: int) -> tuple[dict[str, tuple[str, object]], object, bool]:
    """The keys that a cond asks, each with its methods, what else there is, and whether they are all it asks."""
    ways: dict[str, tuple[str, object]] = {}
    default: object = None
    for place, each in enumerate(objects_in(raw), 1):
        asked = read_condition(str(each.get("when"))) if "when" in each else None
        if asked is None and "else" in each:
            default = each["else"]
            continue
        if asked is None or asked.variable not in PROMPT_VALUE:
            return {}, None, False
        is_key = asked.kind == "equal_to" and KEY.fullmatch(asked.value)
        entries = asked.entries or ((asked.value,) if is_key else ())
        if not entries:
            return {}, None, False
        for entry in entries:
            ways.setdefault(entry, (f"case {place}", each.get("then")))
    return ways, default, find_ambiguous(ways) is None and waits_the_same(ways, length)


def values_of(entries: Iterable[str]) -> Sequence[str]:
    """The digits of these entries one by one; none where they are too many, or cannot be compared."""
    values: list[str] = []
    for entry in map(parse_entry, entries):
        places = [entry.place(at) for at in range(entry.longest)]
        if entry.least != entry.most or places.count("X") > 1 or not set(places) <= set("0123456789X"):
            return ()
        text = "".join(places)
        values += [text.replace("X", digit) for digit in "0123456789"] if "X" in text else [text]
    return values if len(values) <= _MOST_VALUES else ()


def end_key_of(prompt: Mapping[str, Any], entries: Iterable[str]) -> dict[str, str]:
    """The key that ends an entry."""
    keys = [key for key in str(prompt.get("terminators", "")) if key in "0123456789*#"]
    key = keys[0] if keys else "none"
    return {} if key == "#" or (key != "none" and find_entry_cut_by(key, entries)) else {"end_key": key}


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None or value == "" else [value]


def whole(value: object, otherwise: int) -> int:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return otherwise
