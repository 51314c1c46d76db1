"""The bin in Postgres. What is deleted goes from its tables, so that no query has to leave it out; its rows are kept
here as they were, and put back as they were.

The tables of a menu are those that refer to it by a foreign key: a table that comes later needs no word here, and a
column that came after the deletion gets its default.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import sql

from ivr.domain.errors import AgentTaken, BinEntryNotFound
from ivr.ports.bin import BinEntry, Restored
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_notes import note_menu_changes
from ivr.storage.postgres.menu_resources import names_resources
from ivr.storage.postgres.menu_users import RESOURCES_LOCK, renew_menus, take_turn, users_query
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_BUDGET_S = 30.0
_ENTRY = "bin_id, kind, subject, name, numbers, guarded, actor, deleted_at"
_USERS_OF_AGENT = users_query('"agent"', "agent")
_TABLES_OF_MENU = """
    select c.conrelid::regclass::text as name, a.attname as column
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = 'ivr'::regclass order by 1
"""
_COLUMNS = """
    select a.attname as name from pg_attribute a
    where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
"""
_KEPT = """
    select key from json_object_keys((select content from bin_row where bin_id = %s and from_table = %s limit 1)) key
"""


class PostgresBin:
    """A BinStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[BinEntry]:
        after = unpack_time_cursor(cursor)
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"""
                select {_ENTRY} from bin
                where %(at)s::timestamptz is null or (deleted_at, bin_id) < (%(at)s, %(id)s)
                order by deleted_at desc, bin_id desc limit %(limit)s
                """,  # noqa: S608
                {
                    "at": after and after[0],
                    "id": after and after[1],
                    "limit": rows_wanted(limit),
                },
            ).fetchall()
        return make_page(
            rows, limit, _entry, lambda row: pack_cursor(row["deleted_at"].isoformat(), row["bin_id"])
        )

    def find_last(self, subject: str) -> BinEntry | None:
        row = self._database.fetch_one(
            f"select {_ENTRY} from bin where subject = %s order by deleted_at desc limit 1",  # noqa: S608
            (subject,),
        )
        return _entry(row) if row else None

    def get(self, bin_id: str) -> BinEntry:
        row = self._database.fetch_one(f"select {_ENTRY} from bin where bin_id = %s", (bin_id,))  # noqa: S608
        if row is None:
            raise BinEntryNotFound(bin_id)
        return _entry(row)

    def restore(self, bin_id: str, *, actor: str) -> Restored:
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            entry = _lock(connection, bin_id)
            if entry.kind == "agent":
                _restore_agent(connection, entry, actor)
                return Restored(entry)
            return Restored(entry, _restore_menu(connection, entry, actor))

    def delete(self, bin_id: str, *, actor: str) -> None:
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            _drop(connection, _lock(connection, bin_id), actor)


def keep_menu(connection: Connection, ivr_id: str, name: str, numbers: Sequence[str], actor: str) -> None:
    """Keep all rows of a menu that is about to be deleted."""
    bin_id = f"bin_{secrets.token_hex(8)}"
    connection.execute(
        "insert into bin (bin_id, kind, subject, name, numbers, actor) values (%s, 'menu', %s, %s, %s, %s)",
        (bin_id, ivr_id, name, list(numbers), actor),
    )
    found = connection.execute(_TABLES_OF_MENU).fetchall()
    # The menu's own row first: the others refer to it.
    for table, column in [("ivr", "id"), *((row["name"], row["column"]) for row in found)]:
        connection.execute(
            sql.SQL(
                "insert into bin_row (bin_id, from_table, content)"
                " select %s, %s, row_to_json(each) from {table} each where each.{column} = %s"
            ).format(table=sql.Identifier(table), column=sql.Identifier(column)),
            (bin_id, table, ivr_id),
        )


def keep_agent(connection: Connection, name: str, actor: str, *, guarded: bool) -> None:
    """Keep the row of an agent that is about to be deleted."""
    bin_id = f"bin_{secrets.token_hex(8)}"
    connection.execute(
        "insert into bin (bin_id, kind, subject, name, guarded, actor) values (%s, 'agent', %s, %s, %s, %s)",
        (bin_id, name, name, guarded, actor),
    )
    connection.execute(
        "insert into bin_row (bin_id, from_table, content)"
        " select %s, 'agent', row_to_json(each) from agent each where each.name = %s",
        (bin_id, name),
    )


def prune_bin(database: Database, before: datetime, *, dry: bool) -> int:
    """Empty the bin of what was deleted before; how many there were."""
    with database.transaction(budget_s=_BUDGET_S) as connection:
        rows = connection.execute(
            f"select {_ENTRY} from bin where deleted_at < %s order by deleted_at for update",  # noqa: S608
            (before,),
        ).fetchall()
        for row in [] if dry else rows:
            _drop(connection, _entry(row), "retention")
    return len(rows)


def _drop(connection: Connection, entry: BinEntry, actor: str) -> None:
    connection.execute("delete from bin where bin_id = %s", (entry.bin_id,))
    write_audit(connection, actor, "bin.delete", entry.subject, {"name": entry.name}, None)


def _lock(connection: Connection, bin_id: str) -> BinEntry:
    row = connection.execute(f"select {_ENTRY} from bin where bin_id = %s for update", (bin_id,)).fetchone()  # noqa: S608
    if row is None:
        raise BinEntryNotFound(bin_id)
    return _entry(row)


def _restore_menu(connection: Connection, entry: BinEntry, actor: str) -> list[str]:
    """The numbers that are taken."""
    tables = connection.execute(
        "select from_table as name from bin_row where bin_id = %s group by 1 order by min(place)", (entry.bin_id,)
    ).fetchall()
    for table in tables:
        _put_back(connection, entry.bin_id, table["name"])
    led = connection.execute("select did from did where ivr_id = %s", (entry.subject,)).fetchall()
    back = {row["did"] for row in led}
    connection.execute("delete from bin where bin_id = %s", (entry.bin_id,))
    _renew(connection, entry.subject, actor)
    for did in sorted(back):
        connection.execute("insert into cache_outbox (did) values (%s)", (did,))
    after = {"name": entry.name, "dids": sorted(back)}
    write_audit(connection, actor, "ivr.undelete", entry.subject, None, after)
    return [number for number in entry.numbers if number not in back]


def _restore_agent(connection: Connection, entry: BinEntry, actor: str) -> None:
    users = take_turn(connection, _USERS_OF_AGENT, entry.subject)
    if _put_back(connection, entry.bin_id, "agent") == 0:
        raise AgentTaken(entry.subject)
    connection.execute("delete from bin where bin_id = %s", (entry.bin_id,))
    renew_menus(connection, users, actor)
    write_audit(connection, actor, "agent.undelete", f"agent/{entry.subject}", None, {"name": entry.name})


def _put_back(connection: Connection, bin_id: str, table: str) -> int:
    """Put back the rows of this table, and say how many; a number or name that is taken meanwhile stays as it is."""
    there = {row["name"] for row in connection.execute(_COLUMNS, (table,)).fetchall()}
    kept = [row["key"] for row in connection.execute(_KEPT, (bin_id, table)).fetchall()]
    columns = [sql.Identifier(name) for name in kept if name in there]
    put = connection.execute(
        sql.SQL(
            "insert into {table} ({columns}) overriding system value select {fields}"
            " from bin_row b cross join lateral json_populate_record(null::{table}, b.content) r"
            " where b.bin_id = %s and b.from_table = %s order by b.place on conflict do nothing"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(columns),
            fields=sql.SQL(", ").join(sql.SQL("r.{}").format(each) for each in columns),
        ),
        (bin_id, table),
    )
    return put.rowcount


def _renew(connection: Connection, ivr_id: str, actor: str) -> None:
    """Have the menu published. What it names may have changed while it was in the bin: then it is another version."""
    row = connection.execute(
        "select v.document from ivr i join ivr_version v on v.ivr_id = i.id and v.version = i.version"
        " where i.id = %s",
        (ivr_id,),
    ).fetchone()
    if row is not None and names_resources(row["document"]):
        connection.execute("select pg_advisory_xact_lock_shared(%s)", (RESOURCES_LOCK,))
        renew_menus(connection, [ivr_id], actor)
    else:
        connection.execute("insert into cache_outbox (ivr_id) values (%s)", (ivr_id,))
        note_menu_changes(connection, [ivr_id])


def _entry(row: Mapping[str, Any]) -> BinEntry:
    return BinEntry(**{**row, "numbers": tuple(row["numbers"])})
