"""The last good menus on this machine's disk, with which a new process starts when Redis and Postgres are away.

One SQLite file in WAL mode: the keeper writes, any number of processes read meanwhile. It follows Postgres within a
second, also for DIDs that were never called, removals included.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.published import PublishedMenu, cache_pointer, parse_published_menu

# A call lasts minutes; a version without a DID is kept as long as Redis keeps it.
REPLACED_KEEP_S = 7200

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
    """Reads the file, which is opened at the first use and may appear later. Raises StorageUnavailable when there is
    none or it is broken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def pointer_of(self, did: str) -> bytes | None:
        """The DID's pointer as in the cache, `b"ivr_abc:7"`; None when the DID is unassigned."""
        row = self._one("select pointer from did where did = ?", did)
        return str(row[0]).encode() if row else None

    def checked_at(self) -> float:
        """When the keeper last saw that Postgres says the same (unix seconds)."""
        row = self._one("select value from state where name = ?", "checked_at")
        return float(row[0]) if row else 0.0

    def menu(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """Raises ValueError or InvalidMenu for a document of another format."""
        row = self._one("select document from tree where pointer = ?", cache_pointer(ivr_id, version))
        return parse_published_menu(row[0]) if row else None

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _one(self, sql: str, value: str) -> tuple[str | bytes, ...] | None:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                return self._connection.execute(sql, (value,)).fetchone()
            except sqlite3.Error as error:
                self._drop()
                raise StorageUnavailable(f"snapshot of menus: {error}") from error

    def _open(self) -> sqlite3.Connection:
        # Not read-only: after a crash of the keeper the first reader has to recover the WAL.
        connection = sqlite3.connect(
            f"file:{self._path}?mode=rw", uri=True, timeout=0.25, check_same_thread=False, isolation_level=None
        )
        if connection.execute("select 1 from state where name = 'checked_at'").fetchone() is None:
            connection.close()
            raise sqlite3.DatabaseError("never filled")
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


class SnapshotWriter:
    """The keeper's side, one for each machine. A file that SQLite cannot read is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").unlink()
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        # SQLite gives its other files the same mode.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        self._path.chmod(0o600)
        connection = sqlite3.connect(self._path, timeout=2.0, isolation_level=None, check_same_thread=False)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.executescript(_SCHEMA)
        return connection

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
            raise StorageUnavailable(f"snapshot of menus: {error}") from error

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
            raise StorageUnavailable(f"snapshot of menus: {error}") from error
