"""What must outlive the process: opt-outs before the caller hears more, call records without the wait."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from esl_server.switch.turn import Turn
from ivr.domain.call_records import CallRecord
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.storage.disk.journal import Kind
from ivr.storage.disk.segments import Document

log = logging.getLogger(__name__)

MAX_WAITING = 50_000


class RecordJournal(Protocol):
    """The local journal; raises StorageUnavailable when its disk takes no more."""

    def append_all(self, records: Sequence[tuple[Kind, Document]]) -> int: ...


class OptOutStore(Protocol):
    """Returns when the opt-out is safe somewhere; raises StorageUnavailable when no store took it."""

    def record(self, opt_out: OptOut) -> object: ...


class Recorder:
    """`turn`: calls that begin or end in the same turn of the loop are written together."""

    def __init__(self, journal: RecordJournal, opt_outs: OptOutStore, turn: Turn) -> None:
        self._journal = journal
        self._opt_outs = opt_outs
        self._turn = turn
        self._waiting: deque[tuple[Kind, dict[str, Any]]] = deque()
        # By call_id: those that began and ended in this turn, and those that went to an agent.
        self._begun: dict[str, CallRecord] = {}
        self._over: dict[str, CallRecord] = {}
        self._with_agent: dict[str, CallRecord] = {}

    def started(self, record: CallRecord) -> None:
        """The call as it stands; a later document of the same call replaces it.

        Written once the call's place has been sent to its channel: should the process be killed before that, another
        worker begins the call; after it, the one that goes on with it writes this record.
        """
        if not self._begun:
            self._turn.note(self._write_begun)
        self._begun[record.call_id] = record

    def with_agent(self, record: CallRecord) -> None:
        """The way to the agent, for whoever looks while they talk; written within a second, unless the call is over
        by then. The channel carries it, too."""
        self._with_agent[record.call_id] = record

    def ended(self, record: CallRecord) -> None:
        """Written before anything that is sent from now on: the caller is hung up after that."""
        self._with_agent.pop(record.call_id, None)
        self._begun.pop(record.call_id, None)
        if not self._over:
            self._turn.keep(self._write_over)
        self._over[record.call_id] = record

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
        self._write_over()

    def _write_begun(self) -> None:
        begun, self._begun = self._begun, {}
        self._write([("call_started", _under_way(record)) for record in begun.values()])

    def _write_over(self) -> None:
        """With those that talk to an agent."""
        talking, over = self._with_agent, self._over
        self._with_agent, self._over = {}, {}
        records: list[tuple[Kind, CallRecord]] = [("call_started", _under_way(each)) for each in talking.values()]
        records += [("call_ended", record) for record in over.values()]
        self._write(records)

    def _write(self, records: Sequence[tuple[Kind, CallRecord]]) -> None:
        if not records:
            return
        try:
            self._journal.append_all(records)
        except StorageUnavailable as error:
            for kind, record in records:
                if len(self._waiting) < MAX_WAITING:
                    self._waiting.append((kind, record.to_json()))
                elif kind == "call_ended":  # how a call stands can be done without: its end is still to come
                    log.critical("call record not kept: %s", record.to_json())
            log.error("%s; %d call records wait in memory", error, len(self._waiting))


def _under_way(record: CallRecord) -> CallRecord:
    """What becomes of a call is known before its caller has heard it; with an outcome it would be taken for over."""
    return record if record.outcome is None else replace(record, outcome=None)
