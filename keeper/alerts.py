"""Alerts: told once when they begin and once when they end.

Theory of operation: every EVERY_S what is wrong is gathered and judged in memory (`ivr.domain.alerts.judging`). What
begins or ends is written with its messages in one transaction, and the outbox of channels sends them, once and until
they are taken. While Postgres is away the judging goes on, and what began and ended meanwhile is written in its order
as soon as it can be. What is open is read when the keeper starts, so one that was killed tells nothing twice.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.domain.alerts.judging import Alert, Judge
from ivr.domain.alerts.letters import alert_message
from ivr.domain.alerts.settings import AlertSettings
from ivr.domain.call_records import new_id, utc_now
from ivr.domain.channels.names import reference
from ivr.domain.errors import StorageError
from ivr.storage.postgres.alerts import PostgresAlerts, Sealed
from keeper.alert_readings import AlertReadings

log = logging.getLogger(__name__)

EVERY_S = 15.0
_PRUNED_EVERY = 5000


class AlertKeeper:
    """`seal` encrypts what waits in the outbox; `url` is what links begin with."""

    def __init__(
        self,
        store: PostgresAlerts,
        readings: AlertReadings,
        seal: Callable[[str], str],
        url: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store, self._readings, self._seal, self._url, self._clock = store, readings, seal, url, clock
        self._judge: Judge | None = None
        self._settings, self._zone = AlertSettings(), ZoneInfo("UTC")
        self._channels: Mapping[str, str] = {}
        self._unwritten: list[Alert] = []
        self._looks = 0

    def run(self, stopping: threading.Event) -> None:
        while not stopping.wait(EVERY_S):
            self.look()

    def look(self) -> None:
        """One round. Does not raise when a store is away."""
        now = self._clock()
        self._refresh()
        if self._judge is None:
            return  # what is open is not known yet
        found = self._readings.gather(self._settings, self._zone, now)
        self._unwritten += self._judge.look(found, self._settings, now, _new_ids())
        try:
            while self._unwritten:
                self._write(self._unwritten[0], now)
                self._unwritten.pop(0)
        except StorageError as error:
            log.warning("%d alerts are told later: %s", len(self._unwritten), error)

    def _refresh(self) -> None:
        try:
            self._settings, self._zone, self._channels, opened, told = self._store.state()
            self._looks += 1
            if self._looks % _PRUNED_EVERY == 0:
                self._store.prune()
        except StorageError as error:
            log.debug("the settings of alerts are those of before: %s", error)
            return
        if self._judge is None:
            self._judge = Judge({each.key: each for each in opened}, {each.key: each.began_at for each in told})

    def _write(self, alert: Alert, now: datetime) -> None:
        quiet = self._settings.quiet
        messages = list(self._messages(alert)) if alert.told else []
        if self._store.note(alert, messages, quiet.end_after(now, self._zone) if quiet else None):
            log.warning("alert: %s of %s has %s", alert.kind, alert.subject, "ended" if alert.ended_at else "begun")

    def _messages(self, alert: Alert) -> Iterator[Sealed]:
        for each in self._settings.recipients:
            kind = self._channels.get(each.channel)
            if kind is None:
                log.error("alerts cannot go to %s: there is no such channel", each.channel)
                continue
            message = alert_message(alert, each.to, self._zone, self._url)
            yield new_id("alert"), reference(kind, each.channel), self._seal(json.dumps(message.to_json()))


def _new_ids() -> Iterator[str]:
    while True:
        yield new_id("alert")
