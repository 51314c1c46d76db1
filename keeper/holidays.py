"""Gives opening hours the dates of further holidays before theirs run out, and those that a newer table corrects."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from datetime import date

from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.domain.hours.holiday_dates import with_dates, years_kept
from ivr.ports.pages import SYSTEM
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.hours import PostgresHours

log = logging.getLogger(__name__)

EVERY_S = 3600.0
FIRST_S = 30.0


def renew_dates(store: PostgresHours, today: date) -> list[str]:
    """Write the dates of all holidays that count; returns the names of the hours that had others before. Raises
    StorageError."""
    years = years_kept(today)
    renewed = []
    for name in store.names_with_holidays():
        before = store.find(name)
        after = store.edit(name, functools.partial(with_dates, years=years), actor=SYSTEM)
        if before is not None and after is not None and after.hours != before.hours:
            renewed.append(name)
    return renewed


class HolidayKeeper:
    def __init__(self, database: Database, clock: Callable[[], date] = lambda: utc_now().date()) -> None:
        self._store = PostgresHours(database)
        self._clock = clock

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = FIRST_S
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                renewed = renew_dates(self._store, self._clock())
            except StorageError as error:
                log.warning("the dates of holidays were not looked at: %s", error)
                continue
            if renewed:
                log.info("the dates of holidays are new for the hours %s", ", ".join(renewed))
