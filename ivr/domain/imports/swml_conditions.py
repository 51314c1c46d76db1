"""Conditions of SWML's `cond`, which are JavaScript: those that compare one variable are read."""

from __future__ import annotations

import re
from typing import NamedTuple

from ivr.domain.imports.digit_patterns import entries_in

_NAME = r"(?:String\((?P<text>[A-Za-z_][\w.]*)\)|(?P<plain>[A-Za-z_][\w.]*))"
_VALUE = r"(?:'(?P<one>(?:[^'\\]|\\.)*)'|\"(?P<two>(?:[^\"\\]|\\.)*)\"|(?P<number>-?\d{1,15}))"
_COMPARED = re.compile(rf"{_NAME} *(?P<how>===?|!==?) *{_VALUE}", re.ASCII)
_BEGINS = re.compile(rf"{_NAME}\.startsWith\( *{_VALUE} *\)", re.ASCII)
_IDENTIFIER = r"[A-Za-z_][\w.]*"
_RANGE = re.compile(
    rf"(?:/\S{{1,30}}/\.test\([\w.]+\) *&& *)?"
    rf"(?:Number\((?P<a>{_IDENTIFIER})\)|(?P<b>{_IDENTIFIER})) *>= *(?P<least>-?\d{{1,15}}) *&& *"
    rf"(?:Number\((?P<c>{_IDENTIFIER})\)|(?P<d>{_IDENTIFIER})) *<= *(?P<most>-?\d{{1,15}})",
    re.ASCII,
)
_SAME = re.compile(
    rf"(?:String\([\w.]+\) *!==? *'' *&& *)?"
    rf"String\((?P<one>{_IDENTIFIER})\) *===? *String\((?P<two>{_IDENTIFIER})\)",
    re.ASCII,
)
_MATCHES = re.compile(r"/(?P<expression>\S{1,80})/\.test\( *(?P<name>[A-Za-z_][\w.]*) *\)", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")


class Asked(NamedTuple):
    """`kind`: equal_to, not_equal_to, starts_with, range, same_as (`value` is a variable there) or entries."""

    variable: str
    kind: str
    value: str
    entries: tuple[str, ...] = ()


def read_condition(when: str) -> Asked | None:
    """None: it is no comparison of one variable."""
    text = when.strip()
    if found := _COMPARED.fullmatch(text):
        kind = "equal_to" if found["how"].startswith("=") else "not_equal_to"
        return Asked(found["text"] or found["plain"], kind, _value(found))
    if found := _BEGINS.fullmatch(text):
        return Asked(found["text"] or found["plain"], "starts_with", _value(found))
    if (found := _RANGE.fullmatch(text)) and (found["a"] or found["b"]) == (found["c"] or found["d"]):
        return Asked(found["a"] or found["b"], "range", f"{found['least']}..{found['most']}")
    if found := _SAME.fullmatch(text):
        return Asked(found["one"], "same_as", found["two"])
    if (found := _MATCHES.fullmatch(text)) and (entries := entries_in(f"/{found['expression']}/")):
        return Asked(found["name"], "entries", "", tuple(entries))
    return None


def _value(found: re.Match[str]) -> str:
    quoted = found["one"] if found["one"] is not None else found["two"]
    return found["number"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
