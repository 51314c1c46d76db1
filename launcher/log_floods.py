"""Lines that say the same again and again, as when a scanner comes by the SIP port: a log that takes them all grows
without bound. Of each kind the first are shown, the others counted. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

WINDOW_S = 600.0
SHOWN = 300
MOST_KINDS = 200
# What differs between two lines of a kind: times, ports, addresses, names that a computer made.
_VARYING = re.compile(rb"[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*")
# Later words may be a stranger's own.
_KIND_BYTES = 48
_OTHERS = b""


@dataclass(slots=True)
class _Kind:
    seen: int = 0
    last: bytes = b""


class FloodGate:
    """`take` each line of one process. Lines are of a kind when they begin alike but for numbers; kinds beyond
    MOST_KINDS in a window are one."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, _Kind] = {}
        self._ends_s = float("-inf")

    def take(self, line: bytes, now_s: float) -> list[bytes]:
        """What to show: this line or not, after the numbers of lines that a window left out. `now_s` never goes
        back."""
        said = []
        if now_s >= self._ends_s:
            said = self.close()
            self._ends_s = now_s + WINDOW_S
        name = _VARYING.sub(b"#", line[: 2 * _KIND_BYTES])[:_KIND_BYTES]
        if name not in self._kinds and len(self._kinds) >= MOST_KINDS:
            name = _OTHERS
        kind = self._kinds.setdefault(name, _Kind())
        kind.seen += 1
        kind.last = line
        return [*said, line] if kind.seen <= SHOWN else said

    def close(self) -> list[bytes]:
        """End the window, and say how many lines of each kind it left out."""
        said = [
            b"%d more lines like: %b" % (each.seen - SHOWN, each.last)
            for each in self._kinds.values()
            if each.seen > SHOWN
        ]
        self._kinds.clear()
        return said
