"""An opt-out is kept by the first store that takes it: the journal, else Postgres, else Redis.

The caller hears nothing more before one of them has it. Each step down is logged with the number, since a person
may have to enter it by hand; when all three fail, that log line is all there is.
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
    """Share one per process. Give it stores with short budgets: a caller is waiting."""

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
        """Returns where it is durable now; raises StorageUnavailable when it is nowhere. Repeating it is harmless:
        the event's id keeps it once."""
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
        """Makes call records durable too; to be called now and then (a second or so)."""
        self._commit.wait(self._journal.appended)


def _alarm(store: str, opt_out: OptOut, error: StorageError) -> None:
    # The number in full and as JSON: an alarm that hides whose opt-out it was helps nobody, and raw bytes of a
    # caller must not break the line.
    number = json.dumps(opt_out.number or opt_out.number_raw)
    log.error("opt-out %s of %s not taken by %s: %s", opt_out.event_id, number, store, error)
