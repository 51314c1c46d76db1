"""SQLite files of this machine in WAL mode: the keeper writes, any number of processes read meanwhile."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from ivr.domain.errors import StorageUnavailable


class SqliteReader:
    """Reads a file, which is opened at the first use and may appear later. `what` it is called in errors; `filled` is
    a query that has a row once it was filled. Raises StorageUnavailable when there is none or it is broken."""

    def __init__(self, path: Path, what: str, filled: str) -> None:
        self._path = path
        self._what = what
        self._filled = filled
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def one(self, sql: str, value: str) -> tuple[str | bytes, ...] | None:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                return self._connection.execute(sql, (value,)).fetchone()
            except sqlite3.Error as error:
                self._drop()
                raise StorageUnavailable(f"{self._what}: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _open(self) -> sqlite3.Connection:
        # Not read-only: after a crash of the keeper the first reader has to recover the WAL.
        connection = sqlite3.connect(
            f"file:{self._path}?mode=rw", uri=True, timeout=0.25, check_same_thread=False, isolation_level=None
        )
        if connection.execute(self._filled).fetchone() is None:
            connection.close()
            raise sqlite3.DatabaseError("never filled")
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def open_writer(path: Path, schema: str) -> sqlite3.Connection:
    """The keeper's side, one for each machine. A file that SQLite cannot read is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open_writer(path, schema)
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").unlink()
        return _open_writer(path, schema)


def _open_writer(path: Path, schema: str) -> sqlite3.Connection:
    # SQLite gives its other files the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.executescript(schema)
    return connection
