"""What a channel may be: each field by its form, and what holds for several of them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ivr.domain.channels.definition import Channel
from ivr.domain.channels.preset import SettingField
from ivr.domain.problems import Problem, pointer

_MAX_DEPTH = 8


def fault_of_field(form: SettingField, value: str) -> str | None:
    """What is wrong with a value of this field; None: nothing."""
    if not form.pattern.fullmatch(value):
        return form.rule
    if form.kind == "json":
        return _fault_of_json(value)
    return None


def channel_faults(channel: Channel) -> Iterator[Problem]:
    """What is wrong with a channel whose fields are each well-formed."""
    given = {**dict(channel.settings), **dict(channel.secrets)}
    for form in channel.preset.fields:
        if form.required and form.name not in given:
            text = f"{channel.preset.title} needs {form.name}: {form.label}"
            yield Problem(pointer("settings", form.name), "missing", text)
    if channel.preset.http is None:
        if ("user" in given) != ("password" in given):
            lacking = "password" if "user" in given else "user"
            text = f"a login has a user and a password: give {lacking}, too, or leave both out"
            yield Problem(pointer("settings", lacking), "missing", text)
        if given.get("security") == "none" and "password" in given:
            text = "without encryption the password could be read on its way: choose starttls or tls, or leave it out"
            yield Problem(pointer("settings", "security"), "password_in_clear", text)


def _fault_of_json(value: str) -> str | None:
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return "the body is no JSON: texts stand in double quotes, such as {\"text\": \"{text}\"}"
    if not isinstance(document, dict | list) or _is_deeper(document, _MAX_DEPTH):
        return f"the body is an object or a list of at most {_MAX_DEPTH} levels"
    return None


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in parts)
