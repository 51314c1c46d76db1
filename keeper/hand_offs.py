"""Tells webhooks that an agent has answered, while the two still talk.

The call server waits for the bridge to end and hears nothing before that, so the switch is asked about the calls that
ring an agent. Without its event socket, or where the switch is another machine's, the hand-off is told at the end of
the call (keeper.flush).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.errors import StorageError
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.hand_offs import find_acting, note_hand_off

log = logging.getLogger(__name__)

EVERY_S = 0.5
# After a failure: one that is frozen costs each look its time-out.
REST_S = 5.0

# Channel UUIDs -> since when an agent talks there, of those on which one does. Raises SwitchUnavailable.
AskAnswered = Callable[[Sequence[str]], Mapping[str, int]]


class HandOffs:
    def __init__(self, database: Database, answered_ms: AskAnswered) -> None:
        self._database = database
        self._answered_ms = answered_ms

    def run(self, stopping: threading.Event) -> None:
        wait_s = EVERY_S
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except (StorageError, SwitchUnavailable) as error:
                wait_s = REST_S
                log.debug("hand-offs are told at the end of their calls: %s", error)

    def look(self) -> None:
        """Raises StorageError or SwitchUnavailable."""
        calls = find_acting(self._database)
        if not calls:
            return
        answered = self._answered_ms([call.channel_uuid for call in calls])
        for call in calls:
            if call.channel_uuid in answered:
                note_hand_off(self._database, call)
