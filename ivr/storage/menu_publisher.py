"""Brings the cache in step with Postgres: the one place that writes menus to Redis.

A change of a menu leaves a note in `cache_outbox`, in its own transaction. `publish` takes all notes, reads the
present state, writes that to Redis in one MULTI and removes the notes. It runs in the admin app before it answers,
and in the keeper for an admin app that died in between. A lock in Postgres makes writers take turns, so an older
state never overwrites a newer one.

After each step Postgres and the cache's complete marker name the same *generation*, a random token. A Redis that was
emptied has no marker; one that came back with old contents, or belonged to another Postgres, has another generation.
Both are rebuilt.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_resources import RESOURCES
from ivr.storage.postgres.menus import readable
from ivr.storage.redis.menu_cache import CachedMenu, CacheWriter

_CACHE_LOCK = 0x6469_6769_6361
_REBUILD_BUDGET_S = 60.0

_MENUS = f"""
    select i.id as ivr_id, i.version, v.document, v.prompts, {RESOURCES},
        (select coalesce(jsonb_object_agg(d.did, coalesce(d.language, '')), '{{}}') from did d where d.ivr_id = i.id)
            as dids
    from ivr i join ivr_version v on v.ivr_id = i.id and v.version = i.version
"""  # noqa: S608
# One statement sees one state: a DID that it finds with no menu is unassigned at that moment.
_WHERE_TOUCHED = """
    where i.id in (
        select o.ivr_id from cache_outbox o where o.ivr_id is not null
        union select d.ivr_id from cache_outbox o join did d on d.did = o.did
    )
"""


class CachePublisher:
    """ports.MenuPublisher."""

    def __init__(self, database: Database, cache: CacheWriter) -> None:
        self._database = database
        self._cache = cache

    def publish(self) -> int:
        # Checked before the lock: mostly there is nothing, and that should not wait.
        if self._database.fetch_one("select 1 from cache_outbox limit 1") is None:
            return 0
        with self._database.transaction() as connection:
            before = _lock_cache(connection)
            notes = connection.execute("select seq, ivr_id, did from cache_outbox").fetchall()
            if not notes:
                return 0
            rows = connection.execute(_MENUS + _WHERE_TOUCHED).fetchall()
            menus: list[CachedMenu] = [(published, row["dids"]) for published, row in readable(rows)]
            # From all rows: a menu that cannot be read still exists, and what the cache has of it stays.
            ids = {row["ivr_id"] for row in rows}
            bound = {did for row in rows for did in row["dids"]}
            generation = secrets.token_hex(8)
            self._cache.swap(
                menus,
                unbound=sorted({note["did"] for note in notes if note["did"]} - bound),
                deleted=sorted({note["ivr_id"] for note in notes if note["ivr_id"]} - ids),
                generation=(before, generation),
            )
            _settle(connection, [note["seq"] for note in notes], generation)
            return len(menus) + len(notes)

    def in_step(self) -> bool:
        """Whether the cache has the generation that this Postgres filled last."""
        with self._database.transaction() as connection:
            row = connection.execute("select generation from cache_state").fetchone()
        return row is not None and row["generation"] == self._cache.generation()

    def rebuild(self) -> int:
        """Fill the cache, or correct it; returns the number of menus."""
        with self._database.transaction(budget_s=_REBUILD_BUDGET_S) as connection:
            _lock_cache(connection)
            notes = connection.execute("select seq from cache_outbox").fetchall()
            generation = secrets.token_hex(8)
            count = self._cache.rebuild(_all_menus(connection), generation)
            _settle(connection, [note["seq"] for note in notes], generation)
            return count


def _lock_cache(connection: Connection) -> str | None:
    """Take the publishers' lock; returns the generation that Postgres knows."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_CACHE_LOCK,))
    row = connection.execute("select generation from cache_state").fetchone()
    return row["generation"] if row else None


def _all_menus(connection: Connection) -> Iterator[CachedMenu]:
    # A cursor in the server: all rows are of one state, and never all in memory.
    with connection.cursor(name="all_menus") as cursor:
        cursor.itersize = 100
        for published, row in readable(cursor.execute(_MENUS)):
            yield published, row["dids"]


def _settle(connection: Connection, seqs: list[int], generation: str) -> None:
    connection.execute("delete from cache_outbox where seq = any(%s)", (seqs,))
    connection.execute(
        "insert into cache_state (generation) values (%s)"
        " on conflict (only_row) do update set generation = excluded.generation",
        (generation,),
    )
