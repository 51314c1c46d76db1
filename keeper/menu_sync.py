"""Keeps Redis and this machine's snapshot in step with Postgres."""

from __future__ import annotations

import logging
import time

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.published import cache_pointer, did_pointer
from ivr.storage.disk.snapshot import SnapshotWriter
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_resources import RESOURCES
from ivr.storage.postgres.menus import readable
from ivr.storage.redis.menu_cache import CacheWriter

log = logging.getLogger(__name__)

STILL_TRUE_EVERY_S = 5.0
_SNAPSHOT_BUDGET_S = 30.0


class MenuKeeper:
    """`cache_in_step` and `snapshot_in_step` are the results of the last `look`."""

    def __init__(self, database: Database, cache: CacheWriter, snapshot: SnapshotWriter) -> None:
        self._database = database
        self._publisher = CachePublisher(database, cache)
        self._snapshot = snapshot
        self._seen: tuple[object, ...] | None = None
        self._noted_at = float("-inf")
        self.cache_in_step = False
        self.snapshot_in_step = False

    def look(self) -> None:
        """Publishes what was left unpublished, rebuilds a cache of another generation, and refreshes the snapshot.
        Cache and snapshot do not depend on each other; raises StorageUnavailable after both were tried."""
        failure = self._try_cache()
        failure = self._try_snapshot() or failure
        if failure is not None:
            raise failure

    def _try_cache(self) -> StorageUnavailable | None:
        try:
            self._publisher.publish()
            if not self._publisher.in_step():
                self.cache_in_step = False
                count = self._publisher.rebuild()
                log.warning("the cache was empty or of another generation: rebuilt from Postgres, %d menus", count)
            self.cache_in_step = True
        except StorageUnavailable as error:
            self.cache_in_step = False
            return error
        return None

    def _try_snapshot(self) -> StorageUnavailable | None:
        try:
            self._refresh_snapshot()
            self.snapshot_in_step = True
        except StorageUnavailable as error:
            self.snapshot_in_step = False
            return error
        return None

    def _refresh_snapshot(self) -> None:
        with self._database.transaction() as connection:
            news = _state(connection) != self._seen
        if news:
            self._take_snapshot()
        elif time.monotonic() - self._noted_at > STILL_TRUE_EVERY_S:
            self._snapshot.still_true()
        else:
            return
        self._noted_at = time.monotonic()

    def _take_snapshot(self) -> None:
        with self._database.transaction(budget_s=_SNAPSHOT_BUDGET_S) as connection:
            # All queries that follow see one state of the database.
            connection.execute("set transaction isolation level repeatable read")
            seen = _state(connection)
            dids = {
                row["did"]: did_pointer(row["ivr_id"], row["version"], row["language"] or "")
                for row in connection.execute(
                    "select d.did, d.ivr_id, d.language, i.version from did d join ivr i on i.id = d.ivr_id"
                )
            }
            known = self._snapshot.pointers()
            current, missing = set(), []
            for row in connection.execute("select id, version from ivr"):
                pointer = cache_pointer(row["id"], row["version"])
                current.add(pointer)
                if pointer not in known:
                    missing.append(row["id"])
            rows = connection.execute(
                f"""
                select i.id as ivr_id, i.version, v.document, v.prompts, {RESOURCES}
                from ivr i join ivr_version v on v.ivr_id = i.id and v.version = i.version
                where i.id = any(%s)
                """,  # noqa: S608
                (missing,),
            )
            self._snapshot.replace(dids, current, (published for published, _ in readable(rows)))
        self._seen = seen


def _state(connection: Connection) -> tuple[object, ...]:
    """A value that differs whenever a menu or DID has changed: a change leaves a note, and publishing it makes a new
    generation."""
    row = connection.execute(
        "select (select generation from cache_state) as generation,"
        " (select max(seq) from cache_outbox) as newest, (select count(*) from cache_outbox) as notes"
    ).fetchone()
    return tuple(row.values()) if row else ()
