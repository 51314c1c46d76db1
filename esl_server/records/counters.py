"""Measurements of calls, collected in plain lists that the publisher of the metrics empties once a second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class CallCounters:
    """`thought_s`: seconds from a question's reply to the next question; `rang`: (result, milliseconds) of each
    attempt to reach an agent; `found_in`: where menus were found (ivr.storage.menu_source), counted from the
    start; `asked`: (service, result, milliseconds) of each question to a service; `not_recorded`: recordings that
    failed or lack a part, counted from the start; `waited`: (what ended it, milliseconds) of each wait in a line;
    `waiting`: calls that wait now; `not_joined`: talks of more than two that the switch could not make, counted from
    the start."""

    thought_s: list[float] = field(default_factory=list)
    rang: list[tuple[str, int]] = field(default_factory=list)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    waited: list[tuple[str, int]] = field(default_factory=list)
    waiting: int = 0
    found_in: Counter[str] = field(default_factory=Counter)
    not_recorded: int = 0
    not_joined: int = 0
