"""Limits of a trunk as counts within whole seconds, as a switch counts them. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

_LONGEST_S = 10


class Window(NamedTuple):
    """At most so many calls that begin within these seconds."""

    calls: int
    seconds: int


def window_of(calls_per_s: float) -> Window:
    """The shortest window that says this rate, to a tenth of it."""
    if calls_per_s < 1 / _LONGEST_S:
        return Window(1, round(1 / calls_per_s))
    rate = Fraction(calls_per_s).limit_denominator(_LONGEST_S)
    return Window(rate.numerator, rate.denominator)
