"""A rate of calls as a count within whole seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.trunks.limits import window_of
from ivr.domain.trunks.model import FEWEST_CALLS_PER_S, MOST_CALLS_PER_S


@pytest.mark.parametrize(
    ("calls_per_s", "calls", "seconds"),
    [(1.0, 1, 1), (30.0, 30, 1), (2.5, 5, 2), (0.1, 1, 10), (0.5, 1, 2), (0.01, 1, 100), (0.03, 1, 33)],
)
def test_a_rate_is_the_shortest_window_that_says_it(calls_per_s: float, calls: int, seconds: int) -> None:
    assert window_of(calls_per_s) == (calls, seconds)


@given(st.floats(FEWEST_CALLS_PER_S, MOST_CALLS_PER_S))
def test_a_window_is_near_its_rate_and_lets_calls_through(calls_per_s: float) -> None:
    calls, seconds = window_of(calls_per_s)
    assert calls >= 1
    assert seconds >= 1
    assert calls / seconds == pytest.approx(calls_per_s, rel=0.1)
