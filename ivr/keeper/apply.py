"""What a journal's record does to Postgres."""

from __future__ import annotations

from ivr.domain.dnc import opt_out_from_json
from ivr.domain.errors import ListNotFound, RecordRefused
from ivr.storage.calls import call_from_json, write_call
from ivr.storage.database import Connection
from ivr.storage.dnc_events import write_opt_out
from ivr.storage.segments import Record


def apply_record(connection: Connection, record: Record, writer: str) -> None:
    """Writes one record; again is harmless. Raises RecordRefused for a document that is none of ours."""
    try:
        if record.kind == "opt_out":
            opt_out = opt_out_from_json(record.document)
            if opt_out.pressed_at.tzinfo is None:
                raise ValueError("a time without a time zone")
        elif record.kind in ("call_started", "call_ended"):
            call = call_from_json(record.document)
        else:
            raise ValueError(f"unknown kind {record.kind!r}")
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise RecordRefused(f"not a record of ours: {error}") from error
    if record.kind == "opt_out":
        try:
            write_opt_out(connection, opt_out)
        except ListNotFound as error:
            raise RecordRefused(str(error)) from error
    else:
        write_call(connection, call, writer)
