"""What must outlive the process: opt-outs before the caller hears more, call records without the wait."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Protocol

from ivr.domain.calls import CallRecord
from ivr.domain.dnc import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.storage.journal import Kind
from ivr.storage.segments import Document

log = logging.getLogger(__name__)

MAX_WAITING = 50_000


class RecordJournal(Protocol):
    """The local journal; raises StorageUnavailable when its disk takes no more."""

    def append(self, kind: Kind, document: Document) -> int: ...


class OptOutStore(Protocol):
    """Returns when the opt-out is safe somewhere; raises StorageUnavailable when no store took it."""

    def record(self, opt_out: OptOut) -> object: ...


class Recorder:
    def __init__(self, journal: RecordJournal, opt_outs: OptOutStore) -> None:
        self._journal = journal
        self._opt_outs = opt_outs
        self._waiting: deque[tuple[Kind, dict[str, Any]]] = deque()

    def started(self, record: CallRecord) -> None:
        """The call as it stands; a later document of the same call replaces it."""
        self._append("call_started", record)

    def ended(self, record: CallRecord) -> None:
        self._append("call_ended", record)

    def opt_out(self, opt_out: OptOut) -> None:
        """Durable when it returns; raises StorageUnavailable."""
        self._opt_outs.record(opt_out)

    def retry(self) -> None:
        """Write what a full disk refused, oldest first."""
        while self._waiting:
            try:
                self._journal.append(*self._waiting[0])
            except StorageUnavailable:
                return
            self._waiting.popleft()

    def _append(self, kind: Kind, record: CallRecord) -> None:
        try:
            self._journal.append(kind, record)
        except StorageUnavailable:
            if len(self._waiting) >= MAX_WAITING:
                raise
            self._waiting.append((kind, record.to_json()))
            log.error("the journal takes no more; %d call records wait in memory", len(self._waiting))
