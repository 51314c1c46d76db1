"""Moves the opt-outs that only Redis took to Postgres, once it takes them."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

from ivr.domain.errors import RecordRefused
from ivr.storage.disk.segments import Record
from ivr.storage.postgres.database import Database
from ivr.storage.redis.menu_cache import CacheWriter
from keeper.apply import apply_records
from keeper.rejected import reject

log = logging.getLogger(__name__)


def drain_opt_outs(directory: Path, database: Database, cache: CacheWriter) -> int:
    """Moves all of them; returns how many. Each is removed from Redis after its commit."""
    count = 0
    while waiting := cache.peek_opt_outs():
        for raw in waiting:
            document = raw
            try:
                document = cache.opt_out(raw)
                record = Record("opt_out", time.time_ns() // 1_000_000, json.loads(document))
                with database.transaction() as connection:
                    apply_records(connection, [record], "redis")
                log.warning("an opt-out that waited in Redis is in Postgres now: %s", json.dumps(record.document))
            except (RecordRefused, ValueError, RecursionError) as error:
                reject(directory, "redis-optout", document, str(error))
            cache.drop_opt_out(raw)
            count += 1
    return count
