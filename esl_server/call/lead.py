"""What a caller hears before the next question, in the same write: messages, and what comes with other nodes."""

from __future__ import annotations

from ivr.domain.call_records import Step


class Lead:
    """How long it takes, and its steps of the record's path."""

    __slots__ = ("ms", "steps")

    def __init__(self) -> None:
        self.ms = 0
        self.steps: list[Step] = []

    def take(self) -> tuple[int, list[Step]]:
        """Length and steps; called once for each question."""
        taken = self.ms, self.steps
        self.ms, self.steps = 0, []
        return taken
