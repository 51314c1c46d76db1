"""What calls leave for the metrics: plain lists, emptied once a second by whoever publishes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class CallCounters:
    """`thought_s`: seconds from a question's reply to the next question; `rang`: (result, milliseconds) of each try
    to reach an agent; `found_in`: where menus were found (ivr.storage.menu_source), counted from the start."""

    thought_s: list[float] = field(default_factory=list)
    rang: list[tuple[str, int]] = field(default_factory=list)
    found_in: Counter[str] = field(default_factory=Counter)
