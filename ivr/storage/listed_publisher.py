"""Brings the listed numbers in Redis in step with Postgres: the one place that writes them.

As with menus (`ivr.storage.menu_publisher`): a change leaves its number in `listed_outbox`; `publish` takes some,
reads their present state, writes that and removes them. A lock in Postgres makes writers take turns. After each step
Postgres and Redis name the same generation; a Redis of another one is rebuilt.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from ivr.storage.postgres.database import Connection, Database
from ivr.storage.redis.listed_numbers import ListedWriter, Lists

_LOCK = 0x6469_6769_6c6e
_BATCH = 20_000
_BUDGET_S = 60.0
_HOLDS = "(expires_at is null or expires_at > now())"
_OF_NUMBERS = f"""
    select number, list_name, expires_at from listed_number where number = any(%s) and {_HOLDS} order by number
"""  # noqa: S608
# A change leaves a note, and publishing it makes a new generation.
_STATE = """
    select concat_ws(' ', (select generation from listed_cache_state), (select max(seq) from listed_outbox),
        (select count(*) from listed_outbox)) as state
"""
_ALL = f"select number, list_name, expires_at from listed_number where {_HOLDS} order by number"  # noqa: S608


class PostgresListedPublisher:
    """A ListedPublisher."""

    def __init__(self, database: Database, cache: ListedWriter) -> None:
        self._database = database
        self._cache = cache

    def publish(self) -> int:
        count = 0
        while (done := self._publish_some()) is not None:
            count += done
        return count

    def _publish_some(self) -> int | None:
        # Checked before the lock: mostly there is nothing, and that should not wait.
        if self._database.fetch_one("select 1 from listed_outbox limit 1") is None:
            return None
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            before = _lock(connection)
            notes = connection.execute(
                "select seq, number from listed_outbox order by seq limit %s", (_BATCH,)
            ).fetchall()
            if not notes:
                return None
            numbers = {note["number"] for note in notes}
            known: dict[str, Lists] = {number: {} for number in numbers}
            known |= _by_number(connection.execute(_OF_NUMBERS, ([*numbers],)))
            generation = secrets.token_hex(8)
            self._cache.write(known, generation=(before, generation))
            _settle(connection, [note["seq"] for note in notes], generation)
            return len(numbers)

    def state(self) -> str:
        """A value that differs whenever a list has changed."""
        row = self._database.fetch_one(_STATE)
        return str(row["state"]) if row else ""

    def all_listed(self) -> Iterator[tuple[str, Lists]]:
        """Every listed number with its lists, of one state of Postgres."""
        with self._database.transaction(budget_s=_BUDGET_S) as connection, connection.cursor(name="all") as cursor:
            cursor.itersize = 5000
            yield from _by_number(cursor.execute(_ALL))

    def in_step(self) -> bool:
        """Whether Redis has the generation that this Postgres wrote last."""
        row = self._database.fetch_one("select generation from listed_cache_state")
        return row is not None and row["generation"] == self._cache.generation()

    def rebuild(self) -> int:
        """Fill Redis, or correct it; returns the count of numbers."""
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            _lock(connection)
            notes = connection.execute("select seq from listed_outbox").fetchall()
            generation = secrets.token_hex(8)
            with connection.cursor(name="all_listed") as cursor:
                cursor.itersize = 5000
                count = self._cache.rebuild(_by_number(cursor.execute(_ALL)), generation)
            _settle(connection, [note["seq"] for note in notes], generation)
            return count


def _by_number(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Lists]]:
    for number, entries in groupby(rows, key=lambda row: str(row["number"])):
        ends: dict[str, datetime | None] = {row["list_name"]: row["expires_at"] for row in entries}
        yield number, ends


def _lock(connection: Connection) -> str | None:
    """Take the publishers' lock; returns the generation that Postgres knows."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    row = connection.execute("select generation from listed_cache_state").fetchone()
    return row["generation"] if row else None


def _settle(connection: Connection, seqs: list[int], generation: str) -> None:
    connection.execute("delete from listed_outbox where seq = any(%s)", (seqs,))
    connection.execute(
        "insert into listed_cache_state (generation) values (%s)"
        " on conflict (only_row) do update set generation = excluded.generation",
        (generation,),
    )
