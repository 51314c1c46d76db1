"""Keeps an opt-out in the first store that takes it: the journal, else Postgres, else Redis.

The caller hears nothing more before one of them has it. Each failure is logged with the number, since a person may
have to enter it by hand; when all three fail, the log is all there is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Literal

from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageError, StorageUnavailable
from ivr.ports.dnc import DncStore
from ivr.storage.disk.journal import GroupCommit, Journal
from ivr.storage.redis.menu_cache import CacheWriter

log = logging.getLogger(__name__)

KeptIn = Literal["journal", "postgres", "redis"]
JOURNAL_WAIT_S = 2.0


class OptOutSink:
    """One for each process, with stores that have short budgets: a caller is waiting."""

    def __init__(
        self,
        journal: Journal,
        dnc: DncStore | None,
        cache: CacheWriter | None,
        run_blocking: Callable[[Callable[[], None]], None] = lambda work: work(),
    ) -> None:
        self._journal = journal
        self._commit = GroupCommit(journal, run_blocking)
        self._suppressions = dnc
        self._cache = cache

    def record(self, opt_out: OptOut) -> KeptIn:
        """Keep the opt-out; returns the store where it is durable, and raises StorageUnavailable when it is in none.
        Repeating it is harmless: by the event's id it is kept once."""
        try:
            number = self._journal.append("opt_out", opt_out.to_json())
            self._commit.wait(number, JOURNAL_WAIT_S)
            return "journal"
        except StorageError as error:
            _alarm("the journal", opt_out, error)
        if self._suppressions is not None:
            try:
                self._suppressions.record(opt_out)
                return "postgres"
            except StorageError as error:
                _alarm("Postgres", opt_out, error)
        if self._cache is not None:
            try:
                self._cache.push_opt_out(json.dumps(opt_out.to_json()))
                return "redis"
            except StorageError as error:
                _alarm("Redis", opt_out, error)
        log.critical("OPT-OUT LOST, enter it by hand: %s", json.dumps(opt_out.to_json()))
        raise StorageUnavailable("no store took the opt-out")

    def sync(self) -> None:
        """Make call records durable, too; to be called about once a second."""
        self._commit.wait(self._journal.appended)


def _alarm(store: str, opt_out: OptOut, error: StorageError) -> None:
    # The number in full, since a person needs it, and as JSON, since a caller's raw bytes must not break the line.
    number = json.dumps(opt_out.number or opt_out.number_raw)
    log.error("opt-out %s of %s not taken by %s: %s", opt_out.event_id, number, store, error)
