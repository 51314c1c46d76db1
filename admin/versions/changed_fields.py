"""The changes of one field in words: of what is said in several languages, one line for each that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admin.http.language import language_name, number_text, t
from ivr.domain.menu.kinds import field_label
from ivr.domain.menu.sequences import LANGUAGE

_LANGUAGES = "languages"


def changed_field(field: Mapping[str, Any], below: str) -> list[str]:
    """The lines of a field of a difference; `below` is the beginning of its pointer that goes without saying."""
    path = field["pointer"][1 + len(below) :].split("/")
    name = t(field_label(path))
    absent = {"added": "before", "removed": "after"}.get(field["change"])
    sides = {side: field[side] for side in ("before", "after") if side != absent}
    if path == [_LANGUAGES]:
        sides = {side: [language_name(each) for each in value] for side, value in sides.items()}
    if not any(map(_is_by_language, sides.values())):
        return [_line(name, sides)]
    return list(_by_language(name, sides))


def _by_language(name: str, sides: Mapping[str, Any]) -> Iterator[str]:
    spoken = {side: value for side, value in sides.items() if _is_by_language(value)}
    if plain := {side: value for side, value in sides.items() if side not in spoken}:
        yield _line(name, plain)
    for language in dict.fromkeys(language for value in spoken.values() for language in value):
        found = {side: value[language] for side, value in spoken.items() if language in value}
        if len(found) == 1 or found["before"] != found["after"]:
            yield _line(f"{name}, {language_name(language)}", found)


def _line(name: str, sides: Mapping[str, Any]) -> str:
    words = {side: _words(value) for side, value in sides.items()}
    if "before" not in words:
        return f"{name}: {words['after']}"
    if "after" not in words:
        return t("%(name)s: no longer %(before)s", name=name, before=words["before"])
    return f"{name}: {words['before']} → {words['after']}"


def _words(value: Any) -> str:
    match value:
        case None:
            return t("nothing")
        case bool():
            return t("yes") if value else t("no")
        case int() | float():
            return number_text(value)
        case list():
            return ", ".join(map(_words, value)) or t("nothing")
        case dict():
            return ", ".join(f"{name}: {_words(each)}" for name, each in value.items()) or t("nothing")
    return str(value)


def _is_by_language(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(LANGUAGE.fullmatch, value))
