"""Tells an answering machine from a person by how long they speak, and hears the end of a greeting. Pure.

A person says a word or two and waits; a machine speaks on. Then its tone is awaited, or silence where none of the
tones that the switch knows is heard, so that a message begins when it is recorded. Times are milliseconds since the
answer.

Fed with what each slice of listening brought: `heard`, whether there was sound (the switch ends the slice at once),
`tone`, whether a machine's tone was heard since the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["person", "machine", "unknown"]

# Nothing is heard for so long: nobody knows who is there.
_QUIET_MS = 5000
# A first utterance up to this length is a person's, once nothing more is heard for so long.
LONGEST_HELLO_MS = 2100
_PAUSE_MS = 900
# Of a machine without a tone that is known: so long a silence is the end of its greeting.
_SILENT_MS = 2000
# Greetings are shorter; what speaks longer is spoken to.
_LONGEST_GREETING_MS = 60_000
SLICE_MS = 250


@dataclass
class Detector:
    """`verdict` is known before `done`: of a machine the end of its greeting is awaited."""

    verdict: Verdict | None = None
    done: bool = False
    by_tone: bool = False
    _began_ms: float | None = None
    _sounded_ms: float = 0.0
    _tone_at_ms: float | None = None

    def feed(self, at_ms: float, *, heard: bool, tone: bool) -> None:
        """One slice of listening, which ended at `at_ms`."""
        if tone and self._tone_at_ms is None:
            self.verdict, self._tone_at_ms, self.by_tone = "machine", at_ms, True
        if heard:
            self._began_ms = at_ms if self._began_ms is None else self._began_ms
            self._sounded_ms = at_ms
        if self.verdict is None:
            self._judge(at_ms)
        elif self.verdict == "machine":
            self._await_end(at_ms, heard)

    def _judge(self, at_ms: float) -> None:
        if self._began_ms is None:
            if at_ms >= _QUIET_MS:
                self.verdict, self.done = "unknown", True
        elif self._sounded_ms - self._began_ms > LONGEST_HELLO_MS:
            self.verdict = "machine"
        elif at_ms - self._sounded_ms >= _PAUSE_MS:
            self.verdict, self.done = "person", True

    def _await_end(self, at_ms: float, heard: bool) -> None:
        if self._tone_at_ms is not None:
            self.done = not heard
        else:
            self.done = at_ms - self._sounded_ms >= _SILENT_MS
        self.done = self.done or at_ms >= _LONGEST_GREETING_MS
