"""Waiting lines as they are now."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.domain.errors import IvrError
from ivr.domain.lines.estimates import mean_held_s
from ivr.storage.redis.waiting_lines import Hold, WaitingCall

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class LineNotFound(IvrError):
    """No call has ever waited in a line of this name."""

    code = "line_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"no call has waited in a line {name[:64]}")


class LineReader(Protocol):
    """`ivr.storage.redis.waiting_lines.WaitingLines`, as it is read here. Raises StorageUnavailable."""

    def names(self) -> list[str]: ...

    def calls(self, line: str, now_ms: int) -> list[WaitingCall]: ...

    def held_ms(self, line: str) -> list[int]: ...

    def holds(self, now_ms: int) -> dict[str, Hold]: ...


@dataclass(frozen=True)
class Line:
    """A line at one moment. `waiting`: in their order; `with_people`: calls that ring somebody or talk; `held_s`: how
    long a call lately took a person."""

    name: str
    now_ms: int
    waiting: Sequence[WaitingCall]
    with_people: Sequence[WaitingCall]
    held_s: float

    @property
    def longest_wait_s(self) -> int:
        return max((self.waited_s(each) for each in self.waiting), default=0)

    def waited_s(self, call: WaitingCall) -> int:
        return max(0, (self.now_ms - call.place.entered_ms) // 1000)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class LineBoard:
    reader: LineReader
    now_ms: Callable[[], int] = _now_ms

    def lines(self) -> list[Line]:
        """By name. Raises StorageUnavailable."""
        return [self._read(name) for name in self.reader.names()]

    def line(self, name: str) -> Line:
        """Raises LineNotFound, StorageUnavailable."""
        if not _NAME.fullmatch(name) or name not in self.reader.names():
            raise LineNotFound(name)
        return self._read(name)

    def held(self) -> Mapping[str, Hold]:
        """Who is held by a call, or rests. Raises StorageUnavailable."""
        return self.reader.holds(self.now_ms())

    def _read(self, name: str) -> Line:
        now_ms = self.now_ms()
        calls = self.reader.calls(name, now_ms)
        waiting = [each for each in calls if not each.people]
        with_people = [each for each in calls if each.people]
        return Line(name, now_ms, waiting, with_people, mean_held_s(self.reader.held_ms(name)))
