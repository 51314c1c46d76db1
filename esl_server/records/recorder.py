"""What must outlive the process: opt-outs, durable before the caller hears more, and call records, without a wait."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from esl_server.switch.turn import Turn
from ivr.domain.call_records import CallRecord
from ivr.domain.callbacks import CallbackRequest
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.lines.events import LineEvent
from ivr.domain.listing_events import ListingEvent
from ivr.storage.disk.journal import Kind
from ivr.storage.disk.segments import Document

log = logging.getLogger(__name__)

MAX_WAITING = 50_000


class RecordJournal(Protocol):
    """The local journal; raises StorageUnavailable when its disk is full or failing."""

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
        self._waiting: deque[tuple[Kind, Document]] = deque()
        # By call_id: calls that began or ended in this turn, and calls that went to an agent.
        self._started: dict[str, CallRecord] = {}
        self._ended: dict[str, CallRecord] = {}
        self._with_agent: dict[str, CallRecord] = {}

    def started(self, record: CallRecord) -> None:
        """Record the call as it stands; a later document of the same call replaces it.

        Written after the call state has been sent to the channel: a process killed earlier leaves no record, and
        another worker begins the call; killed later, the worker that takes the call over continues this record.
        """
        if not self._started:
            self._turn.after_send(self._write_started)
        self._started[record.call_id] = record

    def with_agent(self, record: CallRecord) -> None:
        """Record the path up to the agent, for readers during the talk; written within a second, unless the call has
        ended by then. The channel carries it, too."""
        self._with_agent[record.call_id] = record

    def ended(self, record: CallRecord) -> None:
        """Record the end; written before anything sent from now on, so before the hang-up."""
        self._with_agent.pop(record.call_id, None)
        self._started.pop(record.call_id, None)
        if not self._ended:
            self._turn.before_send(self._write_ended)
        self._ended[record.call_id] = record

    def opt_out(self, opt_out: OptOut) -> None:
        """Durable when it returns; raises StorageUnavailable."""
        self._opt_outs.record(opt_out)

    def listing(self, event: ListingEvent) -> None:
        """In the journal when it returns, else it waits in memory for a disk that takes it."""
        self._write([("listing", event.to_json())])

    def callback(self, request: CallbackRequest) -> None:
        """In the journal when it returns, else it waits in memory for a disk that takes it."""
        self._write([("callback", request.to_json())])

    def line(self, event: LineEvent) -> None:
        """What webhooks are told of a waiting line."""
        self._write([("line", event.to_json())])

    def catch_up(self) -> None:
        """Write everything that waits, first what a full disk refused; called periodically."""
        while self._waiting:
            try:
                self._journal.append_all([self._waiting[0]])
            except StorageUnavailable:
                break
            self._waiting.popleft()
        self._write_ended()

    def _write_started(self) -> None:
        started, self._started = self._started, {}
        self._write([("call_started", _under_way(record)) for record in started.values()])

    def _write_ended(self) -> None:
        """Write the calls that ended, and those that went to an agent."""
        talking, ended = self._with_agent, self._ended
        self._with_agent, self._ended = {}, {}
        records: list[tuple[Kind, CallRecord]] = [("call_started", _under_way(each)) for each in talking.values()]
        records += [("call_ended", record) for record in ended.values()]
        self._write(records)

    def _write(self, records: Sequence[tuple[Kind, Document]]) -> None:
        if not records:
            return
        try:
            self._journal.append_all(records)
        except StorageUnavailable as error:
            for kind, record in records:
                document = record.to_json() if isinstance(record, CallRecord) else record
                if len(self._waiting) < MAX_WAITING:
                    self._waiting.append((kind, document))
                elif kind == "listing":
                    log.critical("change of a list not kept: %s", document)
                elif kind == "callback":
                    log.critical("call-back not kept: %s", document)
                elif kind == "call_ended":  # a call_started is dispensable: the end is still to come
                    log.critical("call record not kept: %s", document)
            log.error("%s; %d call records wait in memory", error, len(self._waiting))


def _under_way(record: CallRecord) -> CallRecord:
    """The record without an outcome, which may be known before the call has ended and would mark it as ended."""
    return record if record.outcome is None else replace(record, outcome=None)
