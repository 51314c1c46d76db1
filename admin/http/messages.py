"""The sentences of refused values: without regular expressions and pointers, each limit with its number.

Pydantic's own message for a pattern quotes the pattern. A field with a pattern therefore carries a `Form`, the
sentence that describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

_PATTERN = "string_pattern_mismatch"
_CODES = {"extra_forbidden": "unknown_field", _PATTERN: "invalid_format"}
# What else pydantic may find; its own words are for programmers.
_PYDANTICS = frozenset[str](get_args(core_schema.ErrorType))
_NO_FORM = "this is not in the form that is needed here"
_LONGEST_ECHO = 40


class Form:
    """Metadata of an annotated type: the sentence that replaces the messages of its patterns."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            found = error.errors(include_url=False)
            if not any(each["type"] == _PATTERN for each in found):
                raise
            raise ValidationError.from_exception_data(error.title, [self._reworded(each) for each in found]) from None

    def _reworded(self, error: Mapping[str, Any]) -> InitErrorDetails:
        kind, context = error["type"], error.get("ctx") or {}
        reworded = PydanticCustomError(_PATTERN, "{sentence}", {"sentence": self.sentence})
        return InitErrorDetails(
            type=reworded if kind == _PATTERN else kind, loc=error["loc"], input=error["input"], ctx=context
        )


def code_of(error: Mapping[str, Any]) -> str:
    """The stable code of one of pydantic's errors."""
    return _CODES.get(error["type"], str(error["type"]))


def message_of(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a sentence; `error` has its `input`."""
    context = error.get("ctx") or {}
    if isinstance(context.get("error"), ValueError):
        return str(context["error"])
    write = _SENTENCES.get(error["type"])
    if write is not None:
        return write(context, error["input"])
    return _NO_FORM if error["type"] in _PYDANTICS else str(error["msg"])


def counted(count: int, one: str, many: str | None = None) -> str:
    """1, "entry", "entries" -> `1 entry`; 10000 -> `10,000 entries`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _needs(what: str) -> Callable[[Mapping[str, Any], Any], str]:
    return lambda _, given: f"this must be {what}, not {_kind(given)}"


def _kind(given: Any) -> str:
    match given:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def _echo(given: Any) -> str:
    return str(given)[:_LONGEST_ECHO]


def _allowed(context: Mapping[str, Any], _given: Any) -> str:
    return f"allowed here: {str(context['expected']).replace(chr(39), '')}"


def _least_characters(context: Mapping[str, Any], given: Any) -> str:
    return f"at least {counted(context['min_length'], 'character')} needed; this has {len(given)}"


def _most_characters(context: Mapping[str, Any], given: Any) -> str:
    return f"at most {counted(context['max_length'], 'character')} allowed; this has {len(given):,}"


def _least_entries(context: Mapping[str, Any], _given: Any) -> str:
    return (
        f"at least {counted(context['min_length'], 'entry', 'entries')} needed; this has {context['actual_length']}"
    )


def _most_entries(context: Mapping[str, Any], given: Any) -> str:
    actual = context.get("actual_length") or len(given)
    return f"at most {counted(context['max_length'], 'entry', 'entries')} allowed; this has {actual:,}"


_MUST_BE_WHOLE = "this must be a whole number"
_WHOLE = f"{_MUST_BE_WHOLE}, written without a point and without an exponent"
_SENTENCES: dict[str, Callable[[Mapping[str, Any], Any], str]] = {
    "missing": lambda *_: "this field is required",
    "extra_forbidden": lambda *_: "there is no such field here",
    "string_type": _needs("text"),
    "int_type": lambda _, given: _WHOLE if isinstance(given, float) else f"{_MUST_BE_WHOLE}, not {_kind(given)}",
    "float_type": _needs("a number"),
    "bool_type": _needs("true or false"),
    "list_type": _needs("a list"),
    "dict_type": _needs("an object"),
    "model_type": _needs("an object"),
    "int_from_float": lambda _, given: f"this must be a whole number, not {_echo(given)}",
    "finite_number": lambda *_: "this must be a number with an end, written in digits",
    "float_parsing": lambda *_: "this must be a number",
    "datetime_from_date_parsing": lambda *_: "there is no such time; write it as 2026-03-09T12:00:00Z",
    "datetime_parsing": lambda *_: "there is no such time; write it as 2026-03-09T12:00:00Z",
    "int_parsing": lambda *_: "this must be a whole number",
    "int_parsing_size": lambda *_: "this number is too large",
    "bool_parsing": lambda *_: "this must be true or false",
    "greater_than_equal": lambda context, given: f"at least {context['ge']:,} needed; {_echo(given)} was given",
    "less_than_equal": lambda context, given: f"at most {context['le']:,} allowed; {_echo(given)} was given",
    "string_too_short": _least_characters,
    "string_too_long": _most_characters,
    "too_short": _least_entries,
    "too_long": _most_entries,
    "literal_error": _allowed,
    "enum": _allowed,
    "string_unicode": lambda *_: "this text has half a surrogate pair in it; send whole characters",
    _PATTERN: lambda context, _: str(
        context.get("sentence") or _NO_FORM
    ),
}
