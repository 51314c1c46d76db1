"""The last good menus on this machine's disk, with which a new process starts when Redis and Postgres are away.

It follows Postgres within a second, also for DIDs that were never called, removals included.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.published import PublishedMenu, cache_pointer, parse_published_menu
from ivr.storage.disk.sqlite_file import SqliteReader, open_writer

# A call lasts minutes; a version without a DID is kept as long as Redis keeps it.
REPLACED_KEEP_S = 7200
_WHAT = "snapshot of menus"

_SCHEMA = """
create table if not exists did (did text primary key, pointer text not null) without rowid;
create table if not exists tree (
    pointer text primary key, ivr_id text not null, document blob not null, replaced_at real
) without rowid;
create table if not exists state (name text primary key, value text not null) without rowid;
"""


_CHECKED = "insert or replace into state values ('checked_at', ?)"


def snapshot_path(home: Path) -> Path:
    """The path of the file under DIGITREE_HOME."""
    return home / "run" / "menus.db"


class SnapshotReader:
    """Raises StorageUnavailable when there is no file or it is broken."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteReader(path, _WHAT, "select 1 from state where name = 'checked_at'")

    def pointer_of(self, did: str) -> bytes | None:
        """The DID's pointer as in the cache, `b"ivr_abc:7"`; None when the DID is unassigned."""
        row = self._file.one("select pointer from did where did = ?", did)
        return str(row[0]).encode() if row else None

    def checked_at(self) -> float:
        """When the keeper last saw that Postgres says the same (unix seconds)."""
        row = self._file.one("select value from state where name = ?", "checked_at")
        return float(row[0]) if row else 0.0

    def menu(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """Raises ValueError or InvalidMenu for a document of another format."""
        row = self._file.one("select document from tree where pointer = ?", cache_pointer(ivr_id, version))
        return parse_published_menu(row[0]) if row else None

    def close(self) -> None:
        self._file.close()


class SnapshotWriter:
    """The keeper's side, one for each machine."""

    def __init__(self, path: Path) -> None:
        self._connection = open_writer(path, _SCHEMA)

    def pointers(self) -> set[str]:
        """The versions in the file: `ivr_abc:7`."""
        return {row[0] for row in self._execute("select pointer from tree")}

    def replace(
        self,
        dids: Mapping[str, str],
        current: Iterable[str],
        added: Iterable[PublishedMenu],
        *,
        now: float | None = None,
    ) -> None:
        """Write, in one transaction, these DIDs and no others (DID -> pointer) and these new documents; drop older
        documents that no call can need. `current` has the pointers in force."""
        now = time.time() if now is None else now
        try:
            with self._connection as transaction:
                transaction.execute("begin immediate")
                transaction.executemany(
                    "insert or replace into tree values (?, ?, ?, null)",
                    ((cache_pointer(p.ivr_id, p.version), p.ivr_id, p.to_json().encode()) for p in added),
                )
                transaction.execute("create temp table if not exists live (pointer text primary key)")
                transaction.execute("delete from live")
                transaction.executemany("insert or ignore into live values (?)", ((each,) for each in current))
                transaction.execute(
                    "update tree set replaced_at = ? where replaced_at is null"
                    " and pointer not in (select pointer from live)",
                    (now,),
                )
                transaction.execute("update tree set replaced_at = null where pointer in (select pointer from live)")
                transaction.execute("delete from tree where replaced_at < ?", (now - REPLACED_KEEP_S,))
                transaction.execute("delete from did")
                transaction.executemany("insert into did values (?, ?)", dids.items())
                transaction.execute(_CHECKED, (str(now),))
        except sqlite3.Error as error:
            raise StorageUnavailable(f"{_WHAT}: {error}") from error

    def still_true(self, *, now: float | None = None) -> None:
        """Record that Postgres still says the same."""
        self._execute(_CHECKED, str(time.time() if now is None else now))

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()

    def _execute(self, sql: str, *values: str) -> list[tuple[str, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StorageUnavailable(f"{_WHAT}: {error}") from error
