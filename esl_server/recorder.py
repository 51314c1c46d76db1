"""What must outlive the process: opt-outs before the caller hears more, call records without the wait."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from gevent import get_hub

from ivr.domain.calls import CallRecord
from ivr.domain.dnc import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.storage.journal import Kind
from ivr.storage.segments import Document

log = logging.getLogger(__name__)

MAX_WAITING = 50_000


class RecordJournal(Protocol):
    """The local journal; raises StorageUnavailable when its disk takes no more."""

    def append_all(self, records: Sequence[tuple[Kind, Document]]) -> int: ...


class OptOutStore(Protocol):
    """Returns when the opt-out is safe somewhere; raises StorageUnavailable when no store took it."""

    def record(self, opt_out: OptOut) -> object: ...


class Recorder:
    def __init__(self, journal: RecordJournal, opt_outs: OptOutStore) -> None:
        self._journal = journal
        self._opt_outs = opt_outs
        self._waiting: deque[tuple[Kind, dict[str, Any]]] = deque()
        # Calls that began in this turn of the loop, or went to an agent; written before it waits again.
        self._turn: list[CallRecord] = []
        self._loop: Any = get_hub().loop

    def started(self, record: CallRecord) -> None:
        """The call as it stands; a later document of the same call replaces it.

        Written once for all calls of this turn of the loop: should the process be killed before that, the channel
        carries the call's place already, and the worker that goes on with it writes this record.
        """
        if not self._turn:
            self._loop.run_callback(self._write_turn)
        self._turn.append(record)

    def ended(self, record: CallRecord) -> None:
        """Written when it returns; the caller is hung up after that."""
        self._write_turn(("call_ended", record))

    def opt_out(self, opt_out: OptOut) -> None:
        """Durable when it returns; raises StorageUnavailable."""
        self._opt_outs.record(opt_out)

    def retry(self) -> None:
        """Write what a full disk refused, oldest first."""
        while self._waiting:
            try:
                self._journal.append_all([self._waiting[0]])
            except StorageUnavailable:
                return
            self._waiting.popleft()

    def _write_turn(self, *more: tuple[Kind, CallRecord]) -> None:
        started, self._turn = self._turn, []
        records: list[tuple[Kind, CallRecord]] = [("call_started", record) for record in started]
        records += more
        if not records:
            return
        try:
            self._journal.append_all(records)
        except StorageUnavailable:
            if len(self._waiting) >= MAX_WAITING:
                raise
            self._waiting.extend((kind, record.to_json()) for kind, record in records)
            log.error("the journal takes no more; %d call records wait in memory", len(self._waiting))
