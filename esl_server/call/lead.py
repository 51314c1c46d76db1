"""What a caller hears before the next question: messages, and what comes with other nodes."""

from __future__ import annotations

from typing import NamedTuple

from esl_server.switch.commands import SEQUENCE_LEAD_MS
from ivr.domain.call_records import Step


class _Prompt(NamedTuple):
    """`at`: its step among those of the lead."""

    at: int
    is_sequence: bool
    is_cut: bool


class Lead:
    """How long it takes, and its steps of the record's path. `pieces`: the files of it."""

    __slots__ = ("_prompts", "ms", "pieces", "steps")

    def __init__(self) -> None:
        self.ms = self.pieces = 0
        self.steps: list[Step] = []
        self._prompts: list[_Prompt] = []

    def add(self, step: Step, pieces: int, *, is_cut: bool) -> None:
        """A step with the prompt that it is heard with, which has so many files."""
        self._prompts.append(_Prompt(len(self.steps), pieces > 1, is_cut))
        self.steps.append(step)
        self.ms += step.ms
        self.pieces += pieces

    def join(self) -> bool:
        """Set the times of prompts that are played as one with the question's: those behind the last that no key
        cuts. There is one silence before them all, in place of one before each of several files. False: there are
        none."""
        run: list[_Prompt] = []
        for each in self._prompts:
            run = [*run, each] if each.is_cut else []
        for number, each in enumerate(run):
            later = self.steps[each.at + 1 :]
            if number and each.is_sequence:
                self.steps[each.at].ms -= SEQUENCE_LEAD_MS
                self._shift(later, -SEQUENCE_LEAD_MS)
            elif not number and not each.is_sequence:
                self._shift(self.steps[each.at :], SEQUENCE_LEAD_MS)
        return bool(run)

    def skip(self) -> None:
        """Nothing of the prompts that a key may cut is heard."""
        for each in self._prompts:
            if each.is_cut:
                step = self.steps[each.at]
                self.ms -= step.ms
                for later in self.steps[each.at + 1 :]:
                    later.at_ms -= step.ms
                step.ms = 0
        self._prompts = [each for each in self._prompts if not each.is_cut]

    def _shift(self, steps: list[Step], ms: int) -> None:
        self.ms += ms
        for step in steps:
            step.at_ms += ms

    def take(self) -> tuple[int, list[Step]]:
        """Length and steps; called once for each question."""
        taken = self.ms, self.steps
        self.ms = self.pieces = 0
        self.steps, self._prompts = [], []
        return taken
