"""Checks that a record read back from outside holds what its dataclass declares, since a store does not check."""

from __future__ import annotations

import types
import typing
from dataclasses import fields
from functools import cache
from typing import Any

# Postgres' integer.
_MOST = 2**31 - 1


def require_types(record: Any) -> None:
    """Raise TypeError for a field of another type than declared (the items of lists are not checked), ValueError
    for an integer that 32 bits do not hold."""
    kind: Any = type(record)
    for name, allowed in _allowed(kind):
        value = getattr(record, name)
        if type(value) not in allowed:
            raise TypeError(f"{name} is {type(value).__name__}")
        if type(value) is int and not -_MOST <= value <= _MOST:
            raise ValueError(f"{name} is out of range")


@cache
def _allowed(dataclass: Any) -> tuple[tuple[str, frozenset[type]], ...]:
    hints = typing.get_type_hints(dataclass)
    return tuple((field.name, frozenset(_types(hints[field.name]))) for field in fields(dataclass))


def _types(hint: Any) -> typing.Iterator[type]:
    if isinstance(hint, typing.NewType):
        yield from _types(hint.__supertype__)
    elif (origin := typing.get_origin(hint)) is typing.Literal:
        yield from {type(value) for value in typing.get_args(hint)}
    elif origin in (typing.Union, types.UnionType):
        for each in typing.get_args(hint):
            yield from _types(each)
    else:
        yield origin or hint
