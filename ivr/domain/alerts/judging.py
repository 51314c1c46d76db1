"""When an alert begins and ends, and which of them is told. Pure.

A reading is what is wrong at a moment. A kind that could not be read neither begins nor ends: a store that is away
says nothing about the trunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ivr.domain.alerts.settings import AlertKind, AlertSettings

AlertKey = tuple[AlertKind, str]


class Reading(NamedTuple):
    """`subject` is the agent, trunk or machine; `detail` a sentence with the figures."""

    kind: AlertKind
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Alert:
    """`told`: whether its beginning was sent to the recipients; then its end is, too."""

    alert_id: str
    kind: AlertKind
    subject: str
    detail: str
    began_at: datetime
    ended_at: datetime | None = None
    told: bool = False

    @property
    def key(self) -> AlertKey:
        return self.kind, self.subject


@dataclass(slots=True)
class Judge:
    """`open` are the alerts that have not ended; `told_at` says when each subject's was last told."""

    open: dict[AlertKey, Alert]
    told_at: dict[AlertKey, datetime]

    def look(
        self,
        readings: Mapping[AlertKind, Iterable[Reading] | None],
        settings: AlertSettings,
        now: datetime,
        ids: Iterable[str],
    ) -> Sequence[Alert]:
        """The alerts that begin, and those that end, as they are from now on. None: the kind could not be read."""
        found = {(each.kind, each.subject): each for kind in readings for each in readings[kind] or ()}
        new_ids, changed = iter(ids), list[Alert]()
        for key, alert in list(self.open.items()):
            is_off = not settings.rules[alert.kind].on
            if is_off or (readings.get(alert.kind) is not None and key not in found):
                del self.open[key]
                changed.append(replace(alert, ended_at=now))
        for key, each in found.items():
            if key in self.open or not settings.rules[each.kind].on:
                continue
            told = self._is_due(key, settings, now)
            alert = Alert(next(new_ids), each.kind, each.subject, each.detail, now, told=told)
            self.open[key] = alert
            if told:
                self.told_at[key] = now
            changed.append(alert)
        return changed

    def _is_due(self, key: AlertKey, settings: AlertSettings, now: datetime) -> bool:
        last = self.told_at.get(key)
        return last is None or now - last >= timedelta(hours=settings.repeat_hours)
