"""Many numbers onto a do-not-call list in one transaction; `strict` refuses a file with a bad line in it.

A number that is on the list already gets no further event, so the same file twice changes nothing, nor do two imports
of it at once: whoever writes a number's entry first writes its event. The list's other
writers wait while the chain grows (a journal's opt-outs are on disk meanwhile), not while the file is read nor while
the entries are written. Whoever opts out one of the file's numbers in that time waits for all of it.

Webhooks get one event, with where in the chain the new events begin, instead of a million.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from ivr.domain.call_records import new_id, utc_now
from ivr.domain.dnc.chain import ChainRun
from ivr.domain.dnc.events import DEFAULT_LIST, MUST_HONOUR_WITHIN
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ImportRefused
from ivr.domain.webhooks import WebhookNote
from ivr.ports.dnc import Imported, ImportProgress
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database, clean_text
from ivr.storage.postgres.dnc_events import (
    EVENT_FIELDS,
    LAID_OVER,
    lock_head,
    order_of,
    require_known,
    require_list,
)
from ivr.storage.postgres.webhook_outbox import note

BUDGET_S = 900.0
_CHUNK = 5_000
# Each step scans everything that is new; more steps would only make the bar smoother.
_LISTED_AT_ONCE = 100_000
_TRIES = 3000
_TRY_EVERY_S = 0.01
_VARYING = ("seq", "event_id", "number", "number_raw", "previous_hash", "hash")
_TIMES = ("pressed_at", "effective_at", "honour_by")
_COPIED = ("list_id", "source", *_TIMES, "recorded_at", "actor")
_COPY = f"copy suppression_event (entry_id, {', '.join(_VARYING + _COPIED)}) from stdin"
_FRESH = """
    create temporary table fresh on commit drop as
    select *, row_number() over (order by number) as nth from (
        select distinct on (i.number) i.place, i.number, i.raw from incoming i
        where not exists (
            select from suppression s
            where s.list_id = %s and s.number = i.number and s.released_at is null)
        order by i.number, i.place
    ) new
"""
_TRY_HEAD = "select from suppression_list where list_id = %s for no key update nowait"
# An entry that another import made meanwhile has its event; the number is taken out of this one.
_ENTRIES = f"""
    with listed as (
        insert into suppression as s (list_id, entry_id, number, number_raw, source, first_at, last_at, honour_by)
        select %(list_id)s, number, number, raw, 'import', %(at)s, %(at)s, %(honour_by)s from fresh
        where nth > %(done)s and nth <= %(upto)s order by number
        {LAID_OVER} where s.released_at is not null or s.source <> 'import'
        returning entry_id
    )
    delete from fresh where nth > %(done)s and nth <= %(upto)s
        and not exists (select from listed where listed.entry_id = fresh.number)
"""  # noqa: S608


def import_numbers(
    database: Database,
    numbers: NumberFile,
    *,
    actor: str,
    list_id: str = DEFAULT_LIST,
    strict: bool = False,
    dry_run: bool = False,
    progress: ImportProgress = lambda stage, done, total: None,
) -> Imported:
    """Implements DncStore.import_numbers."""
    with database.transaction(budget_s=BUDGET_S) as connection:
        connection.execute("set local statement_timeout = 0")
        connection.execute("create temporary table incoming (place integer, number text, raw text) on commit drop")
        with connection.cursor() as cursor, cursor.copy("copy incoming from stdin") as copy:
            for incoming in numbers:
                copy.write_row((numbers.count, incoming.number, clean_text(incoming.raw)))
                if numbers.count % 10_000 == 0:
                    progress("read", numbers.bytes_read, 0)
        progress("read", numbers.bytes_read, 0)
        if numbers.bad_count and (strict or not numbers.count):
            raise ImportRefused(numbers.bad, numbers.bad_count)
        connection.execute(_FRESH, (list_id,))
        if dry_run:
            require_known(connection, list_id)
            return Imported(numbers.count, _count_fresh(connection), numbers.passed_over, numbers.bad_count)
        added, since = _write(connection, list_id, actor, progress)
        imported = Imported(numbers.count, added, numbers.passed_over, numbers.bad_count)
        about = {"numbers": imported.numbers, "added": added, "passed_over": imported.passed_over}
        if imported.refused:
            about["refused"] = imported.refused
        write_audit(connection, actor, "dnc.import", list_id, None, about)
        if added:
            told = {"list_id": list_id, "actor": actor, **about, "since": since}
            told |= {"from_seq": since + 1, "to_seq": since + added}
            message = WebhookNote(
                new_id("msg_import"), "dnc.imported", list_id, data=told, order_key=order_of(list_id)
            )
            note(connection, message)
    return imported


def _write(connection: Connection, list_id: str, actor: str, progress: ImportProgress) -> tuple[int, int]:
    """(number of events added, `seq` of the event before the first of them)."""
    require_list(connection, list_id)
    fresh = _count_fresh(connection)
    now, batch = utc_now(), new_id("import")
    event: dict[str, Any] = dict.fromkeys(EVENT_FIELDS)
    event |= {"list_id": list_id, "kind": "opt_out", "source": "import", "actor": actor}
    event |= {"pressed_at": now, "effective_at": now, "honour_by": now + MUST_HONOUR_WITHIN}
    if fresh:
        progress("written", 0, fresh)
        for done in range(0, fresh, _LISTED_AT_ONCE):
            upto = min(done + _LISTED_AT_ONCE, fresh)
            entries = {"list_id": list_id, "at": now, "honour_by": event["honour_by"], "done": done, "upto": upto}
            connection.execute(_ENTRIES, entries)
            progress("written", upto, fresh)
    numbers = _read_fresh(connection)
    head = _take_head(connection, list_id)
    if not numbers:
        return 0, head["head_seq"]
    seq, previous = head["head_seq"], head["head_hash"]
    event["recorded_at"] = head["recorded_at"]
    run = ChainRun(event)
    # Rendered once, not a million times.
    same = _escaped((list_id, "import", *(str(event[name]) for name in _TIMES), str(event["recorded_at"]), actor))
    done = 0
    with connection.cursor() as out:
        for start in range(0, len(numbers), _CHUNK):
            lines = []
            for line in numbers[start : start + _CHUNK]:
                number, raw = line.split("\t", 1)
                seq += 1
                event_id = f"{batch}_{seq}"
                after = run.hash(event_id, number, raw, previous, seq)
                written = _escaped((raw,)) if "\\" in raw or "\t" in raw else raw
                lines.append(f"{number}\t{seq}\t{event_id}\t{number}\t{written}\t{previous}\t{after}\t{same}\n")
                previous = after
            with out.copy(_COPY) as copy:
                copy.write("".join(lines))
            done += len(lines)
            progress("write", done, len(numbers))
    connection.execute(
        "update suppression_list set head_seq = %s, head_hash = %s where list_id = %s", (seq, previous, list_id)
    )
    return len(numbers), head["head_seq"]


def _count_fresh(connection: Connection) -> int:
    row = connection.execute("select count(*) as n from fresh").fetchone()
    return int(row["n"]) if row else 0


def _read_fresh(connection: Connection) -> list[str]:
    """Number and what was received, a tab between them, in the order of the file."""
    numbers: list[str] = []
    with connection.cursor("fresh_numbers") as rows:
        rows.execute("select number || E'\\t' || raw as line from fresh order by place")
        while chunk := rows.fetchmany(_CHUNK):
            numbers += [row["line"] for row in chunk]
    return numbers


def _take_head(connection: Connection, list_id: str) -> Mapping[str, Any]:
    """Take the head's lock without queueing for it: its holder may be waiting for an entry of this import, and
    gives up after a while. Raises ListNotFound."""
    for _ in range(_TRIES):
        try:
            with connection.transaction():
                connection.execute(_TRY_HEAD, (list_id,))
                return lock_head(connection, list_id)
        except psycopg.errors.LockNotAvailable:
            time.sleep(_TRY_EVERY_S)
    return lock_head(connection, list_id)


def _escaped(values: Iterable[str]) -> str:
    """The value in COPY's text format."""
    table = {ord("\\"): "\\\\", ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}
    return "\t".join(value.translate(table) for value in values)
