"""The steps of SWML: a method by its name, and what it is given."""

from __future__ import annotations

from typing import Any

from ivr.domain.imports.report import NotReadable

Step = tuple[str, Any]
_PROMPT_VALUE = ("prompt_value", "vars.prompt_value")


def step_of(raw: object) -> Step:
    """The step that this says. Raises NotReadable."""
    if isinstance(raw, str):
        return raw, {}
    if isinstance(raw, dict) and raw:
        method, value = next(iter(raw.items()))
        return str(method), value
    raise NotReadable("each method of SWML is a name, or an object with one")


def steps_of(raw: object) -> list[Step]:
    """The steps of a case, one or several."""
    return [step_of(each) for each in listed(raw)]


def asks_prompt(step: Step) -> bool:
    """Whether this is a switch on what was keyed."""
    method, value = step
    return method == "switch" and isinstance(value, dict) and value.get("variable") in _PROMPT_VALUE


def listed(value: object) -> list[Any]:
    """The values of what may be one of them, or a list."""
    return value if isinstance(value, list) else [] if value is None or value == "" else [value]


def whole(value: object, otherwise: int) -> int:
    """A whole number, however it is written."""
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return otherwise
