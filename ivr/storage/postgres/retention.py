"""Deletes what is older than it is to be kept: months of call records, entries of the audit log, checks; and finds
the prompt files that nothing plays. With `dry` everything is counted and nothing changed. Raises StorageUnavailable.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from psycopg import sql

from ivr.domain.retention import PRUNE_ACTION
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.call_months import lock_calls, month_after
from ivr.storage.postgres.database import Connection, Database

ACTOR = "retention"
_BATCH = 5_000
_BUDGET_S = 30.0
_MONTHS = r"""
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'call_record'::regclass and inhrelid::regclass::text ~ '^call_record_\d{4}_\d{2}$' order by 1
"""
_OLDEST_ENTRIES = """
    select c.seq, e.id, e.at from audit_chain c join audit_log e on e.id = c.entry_id
    where c.seq > %s order by c.seq limit %s
"""
_LAST_PRUNED = "select coalesce(max((after ->> 'through')::bigint), 0) as seq from audit_log where action = %s"
# Files of menus, of all their versions and of their drafts, also of those in the bin, and those of opt-outs' proofs.
_PLAYED = r"""
    select file from prompt where file = any(%(files)s)
    union select (regexp_matches(content::text, '[0-9a-f]{32}\.wav', 'g'))[1] from bin_row
    union select entry.value ->> 'file' from ivr_version v, json_each(v.prompts) entry
    union select entry.value ->> 'file' from menu_draft m, json_each(m.prompts) entry
    union select prompt_file from suppression_event where prompt_file = any(%(files)s)
    union select unnest(string_to_array(prompt_file, '+')) from suppression_event
        where position('+' in prompt_file) > 0
"""


def prune_calls(database: Database, before: datetime, *, dry: bool) -> int:
    """Drop the months that lie wholly before, and delete what no month holds; the number of call records. Sums over
    calls stay."""
    count = 0
    with database.transaction(budget_s=_BUDGET_S) as connection:
        names = [row["name"] for row in connection.execute(_MONTHS).fetchall()]
    for name in names:
        month = date(int(name[-7:-3]), int(name[-2:]), 1)
        end = month_after(month)
        if datetime(end.year, end.month, end.day, tzinfo=before.tzinfo) > before:
            break
        with database.transaction(budget_s=_BUDGET_S) as connection:
            lock_calls(connection)
            count += _count(connection, name)
            if not dry:
                connection.execute("select drop_call_month(%s)", (month,))
    return count + _prune_rows(database, "call_record_other", "started_at", before, dry=dry)


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) as n from {}").format(sql.Identifier(table))).fetchone()
    return int(row["n"]) if row else 0


def prune_checks(database: Database, before: datetime, *, dry: bool) -> int:
    """Delete checks of the do-not-call lists; their number."""
    return _prune_rows(database, "suppression_check", "at", before, dry=dry)


def _prune_rows(database: Database, table: str, column: str, before: datetime, *, dry: bool) -> int:
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    counted = sql.SQL("select count(*) as n from {table} where {column} < %s").format(**names)
    old = sql.SQL("select ctid from {table} where {column} < %s limit %s")
    delete = sql.SQL("delete from {table} where ctid = any(array(").format(**names) + old.format(**names)
    count = 0
    while True:
        with database.transaction(budget_s=_BUDGET_S) as connection:
            if dry:
                row = connection.execute(counted, (before,)).fetchone()
                return int(row["n"]) if row else 0
            done = connection.execute(delete + sql.SQL("))"), (before, _BATCH)).rowcount
        count += done
        if done < _BATCH:
            return count


def prune_audit(database: Database, before: datetime, *, dry: bool) -> int:
    """Delete entries from the beginning of the chain on, and note in the log itself which ones went; the number of
    entries. The links of the chain stay."""
    count, through = 0, 0
    while True:
        with database.transaction(budget_s=_BUDGET_S) as connection:
            if not dry:
                # As the one that chains entries does: two at once would note the same entries.
                connection.execute("lock table audit_chain in exclusive mode")
            through = max(through, _last_pruned(connection))
            old = []
            for row in connection.execute(_OLDEST_ENTRIES, (through, _BATCH)).fetchall():
                if row["at"] >= before:
                    break
                old.append(row)
            if old:
                through = old[-1]["seq"]
            if old and not dry:
                said = {"through": through, "before": before.isoformat(), "entries": len(old)}
                write_audit(connection, ACTOR, PRUNE_ACTION, "audit", None, said)
                connection.execute("delete from audit_log where id = any(%s)", ([row["id"] for row in old],))
        count += len(old)
        if len(old) < _BATCH:
            return count


def _last_pruned(connection: Connection) -> int:
    row = connection.execute(_LAST_PRUNED, (PRUNE_ACTION,)).fetchone()
    return int(row["seq"]) if row else 0


def unplayed_prompts(database: Database, files: Collection[str], days: int, *, dry: bool) -> list[str]:
    """Those of these files that nothing has played for so many days. What is found for the first time counts from
    now on, and so does what comes back after it went. Another machine may have other files."""
    with database.transaction(budget_s=_BUDGET_S) as connection:
        played = {row["file"] for row in connection.execute(_PLAYED, {"files": list(files)}).fetchall()}
        unplayed = sorted(set(files) - played)
        if not dry:
            connection.execute("delete from unplayed_prompt where file = any(%s)", (sorted(played & set(files)),))
            connection.execute(
                "insert into unplayed_prompt (file) select unnest(%s::text[]) on conflict do nothing", (unplayed,)
            )
        rows = connection.execute(
            "select file from unplayed_prompt where file = any(%s) and since <= now() - %s order by file",
            (unplayed, timedelta(days=days)),
        ).fetchall()
        gone = [row["file"] for row in rows]
        if not dry:
            connection.execute("delete from unplayed_prompt where file = any(%s)", (gone,))
    return gone
