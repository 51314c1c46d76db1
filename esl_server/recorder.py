"""What must outlive the process: opt-outs before the caller hears more, call records without the wait."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
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
        # Calls that began in this turn of the loop; written before it waits again.
        self._turn: list[CallRecord] = []
        # Calls that went to an agent, by call_id; written with whatever is written next.
        self._with_agent: dict[str, CallRecord] = {}
        self._loop: Any = get_hub().loop

    def started(self, record: CallRecord) -> None:
        """The call as it stands; a later document of the same call replaces it.

        Written once for all calls of this turn of the loop: should the process be killed before that, the channel
        carries the call's place already, and the worker that goes on with it writes this record.
        """
        if not self._turn:
            self._loop.run_callback(self._write_turn)
        self._turn.append(record)

    def with_agent(self, record: CallRecord) -> None:
        """The way to the agent, for whoever looks while they talk; written within a second, unless the call is over
        by then. The channel carries it, too."""
        self._with_agent[record.call_id] = record

    def ended(self, record: CallRecord) -> None:
        """Written when it returns; the caller is hung up after that."""
        self._with_agent.pop(record.call_id, None)
        self._write_turn(("call_ended", record))

    def opt_out(self, opt_out: OptOut) -> None:
        """Durable when it returns; raises StorageUnavailable."""
        self._opt_outs.record(opt_out)

    def catch_up(self) -> None:
        """Write what waits, what a full disk refused before it; for the process's clock."""
        while self._waiting:
            try:
                self._journal.append_all([self._waiting[0]])
            except StorageUnavailable:
                break
            self._waiting.popleft()
        # Where nothing more can be kept, how things stand now can be done without: how a call ended is still to come.
        with suppress(StorageUnavailable):
            self._write_turn()

    def _write_turn(self, *more: tuple[Kind, CallRecord]) -> None:
        under_way = [*self._turn, *self._with_agent.values()]
        self._turn, self._with_agent = [], {}
        records: list[tuple[Kind, CallRecord]] = [("call_started", record) for record in under_way]
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
