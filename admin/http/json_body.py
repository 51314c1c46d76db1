"""Strict JSON: text that two parsers could read differently is refused.

Duplicate names, NaN and infinities, numbers out of range, nesting beyond MAX_DEPTH and bytes that are not UTF-8 are
400, numbers with a pointer. NUL and lone surrogates in a string are 422 with a pointer: Postgres cannot store the
former, UTF-8 cannot encode the latter. All numbers and strings that cannot be taken are named together.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from admin.http.problems import ApiError, invalid
from ivr.domain.problems import Problem, pointer

MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class _OutOfRange:
    """Stands for a number until its place is known; `why` is for people."""

    why: str


_CHECKED = (str, dict, list, _OutOfRange)
# Python's words for a fault -> ours.
_SYNTAX = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Extra data": "there is more after the end",
    "Unterminated string starting at": "the closing quote is missing of the text that begins",
    "Invalid control character at": "a control character that is not escaped",
    "Invalid \\escape": "an unknown escape",
    "Invalid \\uXXXX escape": "an escape without four hex digits",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "a byte order mark, which JSON must not have,",
    "Illegal trailing comma before end of object": "a comma before the end of an object",
    "Illegal trailing comma before end of array": "a comma before the end of a list",
}
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def parse_json(raw: bytes) -> Any:
    """The value of a request body; raises ApiError 400 or 422."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad("not_utf8", f"the body must be UTF-8; byte {error.start:,} of it is not") from None
    if not text.strip():
        raise _bad("empty_body", "the body is empty; this request needs JSON")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        what = _SYNTAX.get(error.msg.rstrip(": "), "something is wrong")
        text = f"this is not JSON: {what} at line {error.lineno:,}, column {error.colno:,}"
        raise _bad("broken_json", text) from None
    except RecursionError:
        raise _too_deep() from None
    _check(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _bad("duplicate_key", f'the name "{twice[:64]}" appears twice in one object')
    return value


def _no_constant(text: str) -> Any:
    raise _bad("broken_json", f"JSON has no {text}; send a number or null")


class WrittenFloat(float):
    """A number with decimals or an exponent that knows how it was written: 152.40 is no 152.4 everywhere."""

    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number


def _finite(text: str) -> float | _OutOfRange:
    value = WrittenFloat(text)
    return value if math.isfinite(value) else _OutOfRange(f"the number {text[:40]} is too large")


def _whole(text: str) -> int | _OutOfRange:
    if len(text) > 20:
        return _OutOfRange(f"a whole number may have 20 digits; this has {len(text)}")
    return int(text)


def _check(root: Any) -> None:
    """Depth, strings and numbers, without recursion."""
    faults: list[Problem] = []
    numbers: list[Problem] = []
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(root, ())]
    while waiting:
        value, where = waiting.pop()
        if len(where) > MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, str):
            if _UNSTORABLE.search(value):
                faults.append(_unstorable(where, "text"))
        elif isinstance(value, _OutOfRange):
            numbers.append(Problem(pointer(*where), "number_out_of_range", value.why))
        elif isinstance(value, dict):
            for key, inner in value.items():
                at = (*where, key)
                if _UNSTORABLE.search(key):
                    faults.append(_unstorable(at, "key"))
                if isinstance(inner, _CHECKED):
                    waiting.append((inner, at))
        elif isinstance(value, list):
            waiting.extend((inner, (*where, n)) for n, inner in enumerate(value) if isinstance(inner, _CHECKED))
    if numbers:
        raise ApiError(400, "number_out_of_range", numbers[0].message, *numbers, *faults)
    if faults:
        raise invalid(*faults)


def _unstorable(where: tuple[str | int, ...], what: str) -> Problem:
    text = f"the {what} has a character that cannot be stored: NUL, or half a surrogate pair"
    return Problem(pointer(*where), "invalid_string", text)


def _too_deep() -> ApiError:
    return _bad("too_deep", f"JSON may be nested {MAX_DEPTH} levels deep; this is deeper")


def _bad(code: str, detail: str) -> ApiError:
    return ApiError(400, code, detail, Problem("", code, detail))
