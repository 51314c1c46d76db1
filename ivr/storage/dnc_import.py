"""Many numbers onto a do-not-call list at once: all of them, or none.

A number that is on the list already gets no further event, so the same file twice changes nothing. The list's other
writers wait while the chain grows (a journal's opt-outs are on disk meanwhile), not while the file is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ivr.domain.calls import new_id, utc_now
from ivr.domain.dnc import DEFAULT_LIST, MUST_HONOUR_WITHIN
from ivr.domain.dnc_csv import CsvNumbers
from ivr.domain.errors import ImportRefused
from ivr.domain.ports import Imported, ImportProgress
from ivr.storage.audit import write_audit
from ivr.storage.database import Connection, Database, clean_text
from ivr.storage.dnc_events import EVENT_FIELDS, chained, lock_head

BUDGET_S = 900.0
_CHUNK = 5_000
_VARYING = ("seq", "event_id", "number", "number_raw", "previous_hash", "hash")
_TIMES = ("pressed_at", "effective_at", "honour_by")
_COPIED = ("list_id", "source", *_TIMES, "recorded_at", "actor")
_COPY = f"copy suppression_event (entry_id, {', '.join(_VARYING + _COPIED)}) from stdin"
_FRESH = """
    create temporary table fresh on commit drop as
    select distinct on (i.number) i.line, i.number, i.raw from incoming i
    where not exists (
        select from suppression s
        where s.list_id = %s and s.number = i.number and s.released_at is null)
    order by i.number, i.line
"""
_ENTRIES = """
    insert into suppression as s (list_id, entry_id, number, number_raw, source, first_at, last_at, honour_by)
    select %(list_id)s, number, number, raw, 'import', %(at)s, %(at)s, %(honour_by)s from fresh
    on conflict (list_id, entry_id) do update set
        events = s.events + 1, released_at = null, last_at = greatest(s.last_at, excluded.last_at)
"""

def import_csv(
    database: Database,
    lines: Iterable[bytes],
    *,
    actor: str,
    list_id: str = DEFAULT_LIST,
    region: str = "US",
    progress: ImportProgress = lambda stage, done, total: None,
) -> Imported:
    """ports.SuppressionStore.import_csv."""
    numbers = CsvNumbers(lines, region)
    with database.transaction(budget_s=BUDGET_S) as connection:
        connection.execute("set local statement_timeout = 0")
        connection.execute("create temporary table incoming (line integer, number text, raw text) on commit drop")
        with connection.cursor() as cursor, cursor.copy("copy incoming from stdin") as copy:
            for incoming in numbers:
                copy.write_row((incoming.line, incoming.number, clean_text(incoming.raw)))
                if numbers.count % 10_000 == 0:
                    progress("read", numbers.bytes_read, 0)
        progress("read", numbers.bytes_read, 0)
        if numbers.bad_count:
            raise ImportRefused(numbers.bad, numbers.bad_count)
        connection.execute(_FRESH, (list_id,))
        added = _write(connection, list_id, actor, progress)
        imported = Imported(numbers.count, added, numbers.passed_over)
        note = {"numbers": imported.numbers, "added": added, "passed_over": imported.passed_over}
        write_audit(connection, actor, "dnc.import", list_id, None, note)
    return imported


def _write(connection: Connection, list_id: str, actor: str, progress: ImportProgress) -> int:
    counted = connection.execute("select count(*) as n from fresh").fetchone()
    total = counted["n"] if counted else 0
    head = lock_head(connection, list_id)
    if not total:
        return 0
    now, batch = utc_now(), new_id("import")
    seq, previous = head["head_seq"], head["head_hash"]
    event: dict[str, Any] = dict.fromkeys(EVENT_FIELDS)
    event |= {"list_id": list_id, "kind": "opt_out", "source": "import", "actor": actor}
    event |= {"pressed_at": now, "effective_at": now, "honour_by": now + MUST_HONOUR_WITHIN}
    recorded_at = head["recorded_at"]
    done = 0
    # Rendered once, not a million times.
    same = (list_id, "import", *(str(event[name]) for name in _TIMES), str(recorded_at), actor)
    with connection.cursor("fresh_numbers") as rows, connection.cursor() as out:
        rows.execute("select number, raw from fresh order by line")
        while chunk := rows.fetchmany(_CHUNK):
            with out.copy(_COPY) as copy:
                for row in chunk:
                    seq += 1
                    event["event_id"] = f"{batch}_{seq}"
                    event["number"], event["number_raw"] = row["number"], row["raw"]
                    previous = chained(event, seq, previous, recorded_at)["hash"]
                    copy.write_row((row["number"], *(event[name] for name in _VARYING), *same))
            done += len(chunk)
            progress("write", done, total)
    connection.execute(_ENTRIES, {"list_id": list_id, "at": now, "honour_by": event["honour_by"]})
    connection.execute(
        "update suppression_list set head_seq = %s, head_hash = %s where list_id = %s", (seq, previous, list_id)
    )
    return total
