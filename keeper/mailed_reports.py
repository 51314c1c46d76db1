"""Mails the reports that are due, each once, whenever their hour has come."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from ivr.domain.call_records import utc_now
from ivr.domain.channels.message import Message
from ivr.domain.errors import StorageError
from ivr.storage.postgres.mailed_reports import PostgresMailedReports

log = logging.getLogger(__name__)

EVERY_S = 30.0


class ReportMailer:
    """`seal` encrypts what waits in the outbox; `url` is what links begin with."""

    def __init__(
        self,
        store: PostgresMailedReports,
        seal: Callable[[str], str],
        url: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store, self._seal, self._url, self._clock = store, seal, url, clock

    def run(self, stopping: threading.Event) -> None:
        while not stopping.wait(EVERY_S):
            self.look()

    def look(self) -> None:
        """One round. Does not raise when Postgres is away: what is due stays due."""
        try:
            if count := self._store.send_due(self._clock(), self._sealed, self._url):
                log.info("%d reports are on their way", count)
        except StorageError as error:
            log.debug("reports are mailed later: %s", error)

    def _sealed(self, message: Message) -> str:
        return self._seal(json.dumps(message.to_json()))
