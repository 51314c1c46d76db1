"""Texts with variables, written in a target's own templates."""

from __future__ import annotations

from collections.abc import Callable

from ivr.domain.menu.templates import SLOT


def written(text: str, variable: Callable[[str, str | None], str]) -> str:
    """The text with each `{x}` and `{x:format}` as `variable` writes it."""
    return SLOT.sub(lambda found: variable(found["name"], found["as"]), text)


def flat(name: str) -> str:
    """A variable's name where dots lead to parts of objects: `who.name` -> `who_name`."""
    return name.replace(".", "_")


def counter_of(name: str) -> str:
    """The variable that counts visits under this name."""
    return f"visits_{''.join(each if each.isalnum() else '_' for each in name)}"
