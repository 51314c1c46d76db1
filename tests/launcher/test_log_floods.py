"""A log whose lines repeat stays small and says how many it left out; others are in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from launcher.log_floods import MOST_KINDS, SHOWN, WINDOW_S, FloodGate


def refusal(number: int) -> bytes:
    when, who = f"12:55:{number % 60:02}.{number:06}", f"192.0.2.{number % 256}"
    return f"2026-11-29 {when} 0.{number % 10}% [WARNING] sofia.c:10667 IP {who} Rejected".encode()


def test_a_flood_is_counted_and_what_is_between_is_shown() -> None:
    gate = FloodGate()
    shown = [line for n in range(5 * SHOWN) for line in gate.take(refusal(n), n * WINDOW_S / (5 * SHOWN))]
    assert shown == [refusal(n) for n in range(SHOWN)]
    assert gate.take(b"out of memory", WINDOW_S - 1) == [b"out of memory"]
    last = refusal(5 * SHOWN - 1)
    assert gate.take(refusal(7), WINDOW_S) == [f"{4 * SHOWN} more lines like: ".encode() + last, refusal(7)]
    assert gate.close() == []


def test_the_end_of_a_process_says_how_many_were_left_out() -> None:
    gate = FloodGate()
    for number in range(SHOWN + 2):
        gate.take(refusal(number), 0.0)
    assert gate.close() == [b"2 more lines like: " + refusal(SHOWN + 1)]


def test_lines_that_all_differ_are_bounded_too() -> None:
    """A stranger may choose the words."""
    gate = FloodGate()
    words = ("".join(chr(97 + n // 26**place % 26) for place in range(4)) for n in range(10 * (SHOWN + MOST_KINDS)))
    shown = [line for word in words for line in gate.take(f"no user {word}".encode(), 0.0)]
    assert len(shown) == SHOWN + MOST_KINDS


@given(st.lists(st.binary(max_size=120), max_size=SHOWN))
def test_few_lines_are_shown_as_they_are(lines: list[bytes]) -> None:
    gate = FloodGate()
    assert [shown for line in lines for shown in gate.take(line, 1.0)] == lines
