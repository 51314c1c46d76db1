"""The listed numbers on this machine's disk, which calls read while Redis cannot say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ivr.domain.errors import StorageUnavailable
from ivr.domain.number_lists import lists_at
from ivr.storage.disk.sqlite_file import SqliteReader, open_writer

_WHAT = "snapshot of lists"
_SCHEMA = """
create table if not exists listed (number text primary key, lists text not null) without rowid;
create table if not exists state (name text primary key, value text not null) without rowid;
"""
_FILLED = "select 1 from state where name = 'seen'"


# Beside the snapshot of menus.
LISTED_NAME = "lists.db"


class ListedSnapshotReader:
    """Raises StorageUnavailable when there is no file or it is broken."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteReader(path, _WHAT, _FILLED)

    def lists_of(self, number: str, moment: datetime) -> frozenset[str]:
        """The lists that a number is on at a moment."""
        row = self._file.one("select lists from listed where number = ?", number)
        return lists_at(str(row[0]).encode(), moment) if row else frozenset()

    def close(self) -> None:
        self._file.close()


class ListedSnapshotWriter:
    """The keeper's side, one for each machine."""

    def __init__(self, path: Path) -> None:
        self._connection = open_writer(path, _SCHEMA)

    def seen(self) -> str | None:
        """The state of Postgres that the file has."""
        try:
            row = self._connection.execute("select value from state where name = 'seen'").fetchone()
        except sqlite3.Error as error:
            raise StorageUnavailable(f"{_WHAT}: {error}") from error
        return None if row is None else str(row[0])

    def replace(self, listed: Iterable[tuple[str, str]], seen: str) -> None:
        """Write, in one transaction, these numbers with their `lists_text` and no others."""
        try:
            with self._connection as transaction:
                transaction.execute("begin immediate")
                transaction.execute("delete from listed")
                transaction.executemany("insert into listed values (?, ?)", listed)
                transaction.execute("insert or replace into state values ('seen', ?)", (seen,))
        except sqlite3.Error as error:
            raise StorageUnavailable(f"{_WHAT}: {error}") from error

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
