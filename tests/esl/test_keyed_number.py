"""The questions for a withheld number, reply by reply, without a switch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.call.effects import keyed_number
from esl_server.call.effects.keyed_number import MAX_ASKED, Keyed, NumberAsked
from esl_server.switch import commands
from esl_server.switch.keyed import Keypress
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.moves import Position

NUMBER = "+14155550123"
KEYED = "4155550123"
READ_BACK = [*NUMBER[1:], "confirm_number"]
DNC = Position("dnc", 0, 4)
SILENCE = Keypress(None, 8000)


class Files:
    def heard_system(self, name: str, language: str) -> Path:
        return Path(f"/prompts/system/{name}.wav")


class Call:
    """Stands for a call and its leg: replies are given one after the other; what was asked is noted."""

    def __init__(self, *replies: Keypress | None) -> None:
        self.replies = list(replies)
        self.leg = self
        self.services = SimpleNamespace(region="US")
        self.state: Any = SimpleNamespace(position=DNC, phase="keying", keyed="", asked_ms=0)
        self.hung_up = False
        self.holds: list[float | None] = []
        self.leaves_on_hold = False
        self.kept = 0
        self.played: list[str] = []
        self.asked: list[tuple[str, str, int, int, bytes]] = []

    def stand(self, position: Position, asked_ms: int, phase: str) -> str:
        self.state.position, self.state.phase = position, phase
        return f"{phase} {self.state.keyed}"

    def with_next(self, command: bytes) -> None:
        self.played.append(command.rpartition(b"/")[2].partition(b".")[0].decode())

    def keep_digits(self) -> None:
        self.kept += 1

    def wait_out_hold(self) -> float | None:
        self.hung_up = self.hung_up or self.leaves_on_hold
        return self.holds.pop(0) if self.holds else None

    def ask(self, gather: commands.Gather, variable: bytes, state: str, wait_s: float) -> Keypress:
        self.played.append(gather.file.rpartition(b"/")[2].partition(b".")[0].decode())
        position = self.state.position
        self.asked.append((position.node, state, position.failures, position.steps, variable))
        assert (gather.head.split()[:2], wait_s) in (([b"1", b"16"], 8.0), ([b"1", b"1"], 8.0))
        reply = self.replies.pop(0)
        self.hung_up = self.hung_up or reply is None
        return reply or Keypress(None, 1)

    ask_digits = ask


def asked(call: Any) -> NumberAsked:
    return NumberAsked(call, Files(), "")


def keys(*replies: str | None) -> Sequence[Keypress]:
    return [Keypress(reply, 900) for reply in replies]


def test_a_number_is_keyed_read_back_and_confirmed() -> None:
    call = Call(*keys(KEYED, "1"))
    assert asked(call).ask(DNC) == Keyed(NUMBER, 900)  # type: ignore[arg-type]
    assert call.played == ["key_number", *READ_BACK]
    assert call.asked == [
        ("dnc", "keying ", 0, 5, b"ivr_key_5"), ("dnc", f"confirming {NUMBER}", 0, 6, b"ivr_key_6")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("replies", "number", "failures"),
    [
        ([None], None, [0]),
        ([KEYED, None], None, [0, 0]),
        ([KEYED, "2", None], None, [0, 0, 1]),
        ([KEYED, "2", KEYED, "1"], NUMBER, [0, 0, 1, 1]),
        ([KEYED, "2", KEYED, "2"], None, [0, 0, 1, 1]),
        (["123", KEYED, "1"], NUMBER, [0, 1, 1]),
        (["123", "456"], None, [0, 1]),
    ],
)
def test_there_are_two_entries_and_silence_declines(
    replies: list[str | None], number: str | None, failures: list[int]
) -> None:
    call = Call(*keys(*replies))
    found = asked(call).ask(DNC)
    assert (found and found.number) == number
    assert [each[2] for each in call.asked] == failures
    assert [each[3] for each in call.asked] == list(range(5, 5 + len(replies))), "each question has its own variable"


def test_an_earlier_stay_at_the_node_costs_no_entry() -> None:
    call = Call(*keys("123", KEYED, "1"))
    assert asked(call).ask(Position("dnc", 2, 4)) == Keyed(NUMBER, 900)  # type: ignore[arg-type]


def test_a_key_that_no_telephone_has_is_passed_over_and_what_follows_is_kept() -> None:
    call = Call(*keys("A", KEYED, "F", "1"))
    assert asked(call).ask(DNC) == Keyed(NUMBER, 900)  # type: ignore[arg-type]
    assert call.kept == 2
    assert call.played == ["key_number", "key_number", *READ_BACK, *READ_BACK]


def test_a_caller_who_held_the_call_is_asked_once_more_and_it_costs_no_entry() -> None:
    call = Call(*keys(None, KEYED, None, "1"))
    call.holds = [3.0, 0.0]
    assert asked(call).ask(DNC) == Keyed(NUMBER, 900)  # type: ignore[arg-type]
    assert [each[2] for each in call.asked] == [0, 0, 0, 0]
    assert [each[3] for each in call.asked] == [5, 5, 6, 6]
    call = Call(*keys(None))
    call.holds, call.leaves_on_hold = [3.0], True
    with pytest.raises(CallerHungUp):
        asked(call).ask(DNC)


def test_a_caller_who_sends_nothing_else_is_asked_ten_times() -> None:
    call = Call(*keys(*"A" * MAX_ASKED))
    assert asked(call).ask(DNC) is None
    assert call.replies == []


def test_a_caller_who_leaves_is_asked_nothing_more() -> None:
    for replies in ([None], [*keys(KEYED), None]):
        with pytest.raises(CallerHungUp):
            asked(Call(*replies)).ask(DNC)


def test_what_was_keyed_before_the_hang_up_counts() -> None:
    call = Call(*keys(KEYED, "1"))
    call.hung_up = True
    assert asked(call).ask(DNC) == Keyed(NUMBER, 900)  # type: ignore[arg-type]


# -- after a takeover ---------------------------------------------------------------------------------------------


def test_the_number_keyed_meanwhile_is_read_back() -> None:
    call = Call(*keys("1"))
    assert asked(call).continue_with(KEYED) == Keyed(NUMBER, 900)  # type: ignore[arg-type]
    assert call.played == READ_BACK
    assert call.asked == [("dnc", f"confirming {NUMBER}", 0, 5, b"ivr_key_5")]


def test_where_nothing_was_keyed_it_is_asked_for_again() -> None:
    call = Call(*keys(KEYED, "1"))
    assert asked(call).continue_with(None) == Keyed(NUMBER, 900)  # type: ignore[arg-type]
    assert call.played[0] == "key_number"


@pytest.mark.parametrize(("position", "entries"), [(DNC, 1), (Position("dnc", 1, 6), 0)])
def test_a_number_that_was_being_confirmed_is_read_back_again(position: Position, entries: int) -> None:
    call = Call(*keys("2", *[KEYED, "1"][: 2 * entries]))
    call.state.position, call.state.phase, call.state.keyed = position, "confirming", NUMBER
    found = asked(call).continue_with(None)
    assert call.played == [*READ_BACK, *["key_number", *READ_BACK] * entries]
    assert (found is not None) == bool(entries)


def test_a_number_that_was_being_confirmed_can_be_confirmed_to_the_next_worker() -> None:
    call = Call(*keys("1"))
    call.state.phase, call.state.keyed = "confirming", NUMBER
    assert asked(call).continue_with(None) == Keyed(NUMBER, 900)  # type: ignore[arg-type]


@pytest.mark.parametrize(("asked_ms", "ms"), [(1000, 250), (1250, 0), (9999, 0)])
def test_the_confirmation_given_meanwhile_counts_from_its_question(
    monkeypatch: pytest.MonkeyPatch, asked_ms: int, ms: int
) -> None:
    monkeypatch.setattr(keyed_number, "now_ms", lambda: 1250)
    call = Call()
    call.state.phase, call.state.keyed, call.state.asked_ms = "confirming", NUMBER, asked_ms
    assert asked(call).continue_with("1") == Keyed(NUMBER, ms)  # type: ignore[arg-type]
