"""People whom a call still holds although it is over: its process died, and its caller left before another took over.

The switch is asked for the channels of all calls that hold somebody. A call whose channel was there and is gone, and
that no process has, rings and talks with nobody any more. A channel that this switch never had may be another
switch's: those people are held until the time of their call is over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.errors import StorageUnavailable
from ivr.storage.redis.live_calls import LiveReader
from ivr.storage.redis.waiting_lines import WaitingLines

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 2.0
# Which of these channels the switch has. Raises SwitchUnavailable.
ExistingChannels = Callable[[Sequence[str]], Collection[str]]


class HeldPeople:
    """`run` in a thread of its own."""

    def __init__(self, lines: WaitingLines, live: LiveReader, existing: ExistingChannels) -> None:
        self._lines, self._live, self._existing = lines, live, existing
        # Calls that hold somebody, and whose channel the switch had.
        self._seen: set[str] = set()

    def run(self, stopping: threading.Event) -> None:
        while not stopping.wait(LOOKS_EVERY_S):
            try:
                self.look()
            except (StorageUnavailable, SwitchUnavailable) as error:
                log.debug("whom calls hold is not looked up: %s", error)

    def look(self) -> None:
        """Raises StorageUnavailable and SwitchUnavailable."""
        holds = self._lines.holds(time.time_ns() // 1_000_000)
        holding = {hold.call_id for hold in holds.values() if hold.call_id is not None}
        if not holding:
            self._seen = set()
            return
        channels = {call_id: call.channel_uuid for call_id, call in self._live.last_of(sorted(holding)).items()}
        found = self._existing(sorted(channels.values()))
        there = {call_id for call_id, channel in channels.items() if channel in found}
        gone = (self._seen & holding) - there
        if gone:
            gone -= {call_id for table in self._live.everything().calls.values() for call_id in table}
        for call_id in gone:
            log.warning("%s is over, and no process has it: whom it held is free", call_id)
            self._lines.let_go(call_id)
        self._seen = ((self._seen | there) & holding) - gone
