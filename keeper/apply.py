"""Writing a journal's records to Postgres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ivr.domain.call_records import CallRecord
from ivr.domain.callbacks import CallbackRequest, callback_from_json
from ivr.domain.dnc.events import OptOut, opt_out_from_json
from ivr.domain.errors import ListNotFound, RecordRefused
from ivr.domain.lines.events import LineEvent, line_event_from_json
from ivr.domain.listing_events import ListingEvent, listing_event_from_json
from ivr.domain.notices import Notice, notice_from_json
from ivr.domain.reports.usage import Rates
from ivr.domain.typed_records import require_types
from ivr.storage.disk.segments import Record
from ivr.storage.postgres.call_months import lock_calls
from ivr.storage.postgres.call_writes import DEFAULT_RATES, write_calls
from ivr.storage.postgres.callbacks import write_callback
from ivr.storage.postgres.calls import call_from_json
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.dnc_events import write_opt_out
from ivr.storage.postgres.listing_events import write_listing
from ivr.storage.postgres.notice_outbox import write_notice
from ivr.storage.postgres.webhook_outbox import note


def apply_records(
    connection: Connection, records: Sequence[Record], writer: str, rates: Rates = DEFAULT_RATES
) -> None:
    """Writes them; doing it twice is harmless. `rates` are those in force now. Raises RecordRefused for a document
    that is not a valid record, or that Postgres cannot hold."""
    with refusing_malformed():
        parsed = [_parse(record) for record in records]
        calls = [(each, writer) for each in parsed if isinstance(each, CallRecord)]
        if calls:
            lock_calls(connection)
        for each in parsed:
            if isinstance(each, OptOut):
                try:
                    write_opt_out(connection, each)
                except ListNotFound as error:
                    raise RecordRefused(str(error)) from error
        for each in parsed:
            if isinstance(each, Notice):
                write_notice(connection, each)
            elif isinstance(each, ListingEvent):
                write_listing(connection, each)
            elif isinstance(each, CallbackRequest):
                write_callback(connection, each)
            elif isinstance(each, LineEvent):
                note(connection, each.note())
        write_calls(connection, calls, rates)


@contextmanager
def refusing_malformed() -> Iterator[None]:
    """A malformed record may fail only here, when its share in the reports is counted. It must not end the thread,
    which also writes all other opt-outs. Raises RecordRefused."""
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise RecordRefused(f"not a valid record: {error!r}") from error


def _parse(record: Record) -> OptOut | CallRecord | Notice | ListingEvent | CallbackRequest | LineEvent:
    if record.kind == "opt_out":
        opt_out = opt_out_from_json(record.document)
        require_types(opt_out)
        if opt_out.pressed_at.tzinfo is None:
            raise ValueError("a time without a time zone")
        return opt_out
    if record.kind in ("call_started", "call_ended"):
        call = call_from_json(record.document)
        for each in (call, *call.path, *call.agent):
            require_types(each)
        return call
    if record.kind == "notice":
        notice = notice_from_json(record.document)
        require_types(notice)
        return notice
    if record.kind == "listing":
        event = listing_event_from_json(record.document)
        require_types(event)
        return event
    if record.kind == "callback":
        request = callback_from_json(record.document)
        require_types(request)
        return request
    if record.kind == "line":
        line_event = line_event_from_json(record.document)
        require_types(line_event)
        return line_event
    raise ValueError(f"unknown kind {record.kind!r}")
