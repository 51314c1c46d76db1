"""A question: whose time is whose, and what a caller who leaves has heard."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.call.effects.ask import ask
from esl_server.call.playing import play_next
from esl_server.switch import commands, hold, leg
from esl_server.switch.session import UNSET
from ivr.domain.call_records import Step
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.interpreter import Ask
from ivr.domain.menu.moves import Position
from tests.esl.test_call_notes import ASK, AT_MS, CHANNEL, TREE, Clock, Notes, clock, made, notes

__all__ = ["clock", "notes"]

QUESTION = commands.gather("/p/ask.wav", 5)
MENU: Any = SimpleNamespace(
    tree=TREE, spoken=lambda said, memory: None, played_first=lambda node, gather: None,
    gather=lambda node, again, memory: QUESTION, played=lambda node, gather, memory: ("ask.wav", 700),
    digits_read_out=lambda node, memory: QUESTION, tones=lambda node, memory: QUESTION,
    is_still_there=lambda node, gather, memory: True,
)  # fmt: skip


@pytest.fixture
def lasts(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Each question takes two seconds; the first begins at AT_MS."""
    monkeypatch.setattr(sys.modules[ask.__module__], "now_ms", lambda: clock.now)
    now = [100.0]

    def monotonic() -> float:
        clock.now = AT_MS + round((now[0] - 100) * 1000)
        now[0] += 2.0
        return now[0]

    for module in (leg, hold):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=monotonic))


@pytest.mark.parametrize(("lead_ms", "ms"), [(0, 2000), (500, 1500), (2000, 0)])
def test_what_is_heard_before_a_question_is_no_time_of_it(
    notes: Notes, clock: Clock, lasts: None, lead_ms: int, ms: int
) -> None:
    call = made(notes, CHANNEL, ["1"])
    if lead_ms:
        play_next(call, commands.playback("/p/x.wav"), lead_ms)
    position, _following = ask(call, MENU, Position("ask", 0, 1), Ask(ASK))
    assert call.record.path == [Step("ask", 1, "key", "1", lead_ms, ms, "ask.wav", 700)]
    assert position.node == "bye"
    assert call.is_announced
    assert notes.noted[0] == ("ask", "asking", AT_MS + lead_ms)


def test_a_caller_who_leaves_in_silence_is_noted_and_gone(notes: Notes, clock: Clock, lasts: None) -> None:
    call = made(notes, CHANNEL, [""])
    call.leg.session.hung_up = True
    with pytest.raises(CallerHungUp):
        ask(call, MENU, Position("ask", 0, 1), Ask(ASK))
    assert [step.result for step in call.record.path] == ["hang_up"]


def test_silence_asks_once_more(notes: Notes, clock: Clock, lasts: None) -> None:
    call = made(notes, CHANNEL, [""], [UNSET] * 3)
    position, following = ask(call, MENU, Position("ask", 0, 1), Ask(ASK))
    assert (position, following.node.id) == (Position("ask", 1, 2), "ask")
