"""What callers hear at a node, in words: its texts, or the names of its audio where it has none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ivr.domain.menu.variables import Memory, text_of

Before = Literal["no_match", "no_input"]


def words_heard(
    node: Mapping[str, Any], memory: Memory, attempt: int = 1, before: Before | None = None, language: str = ""
) -> str:
    """Of a node given as its JSON, with the values of the variables that its texts name. `attempt`: of a question;
    `before`: the caller has just pressed a wrong key, or none."""
    parts = [] if before is None else [_words(node, f"{before}_text", f"{before}_audio", language)]
    again = _words(node, "again_text", "again_audio", language, attempt - 2) if attempt > 1 else ""
    parts.append(again or _words(node, "text", "audio", language))
    return _filled(" ".join(part for part in parts if part), memory)


def _words(node: Mapping[str, Any], text: str, audio: str, language: str, one: int | None = None) -> str:
    said = _pieces(node.get(text), language) or _pieces(node.get(audio), language)
    if one is not None:
        said = said[min(one, len(said) - 1) :][:1]
    return " ".join(said)


def _pieces(given: Any, language: str) -> list[str]:
    """Of one text, of several in a row, or of one for each language."""
    if isinstance(given, Mapping):
        given = given.get(language) or next(iter(given.values()), None)
    if given is None:
        return []
    return list(map(str, given)) if isinstance(given, list) else [str(given)]


def _filled(text: str, memory: Memory) -> str:
    filled, rest = "", text
    while "{" in rest:
        plain, _, rest = rest.partition("{")
        name, brace, rest = rest.partition("}")
        filled += plain + (text_of(memory.find(name.partition(":")[0])) if brace else "{" + name)
    return filled + rest
