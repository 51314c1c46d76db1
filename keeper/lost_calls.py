"""Calls that have a beginning and will get no end: their process died and no other took them over.

Only on its own machine does a keeper see that a writer is dead. A call of such a writer is lost after 15 minutes, any
other after two hours. Where it stood last is known from Redis, which keeps that of calls whose process died.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageUnavailable
from ivr.domain.live_calls import LiveCall
from ivr.domain.reports.usage import Rates
from ivr.storage.disk.journal import machine_name
from ivr.storage.disk.segments import is_held, segments
from ivr.storage.postgres.call_writes import DEFAULT_RATES, mark_lost
from ivr.storage.postgres.database import Database
from ivr.storage.redis.live_calls import LiveReader

log = logging.getLogger(__name__)

# Longer than any menu or agent holds a caller.
LOST_AFTER = timedelta(hours=2)
# A dead writer's call may still be with its agent, and is taken over when the agent hangs up.
LOST_AFTER_DEATH = timedelta(minutes=15)
# Nothing is kept of where a call stood that began earlier: by then it is lost.
_FORGET_AFTER = timedelta(hours=12)
SWEEP_EVERY_S = 60.0


def sweep_lost(
    directory: Path, database: Database, rates: Rates = DEFAULT_RATES, live: LiveReader | None = None
) -> int:
    """Gives them the outcome `lost`; returns how many. An end that arrives later replaces it."""

    def last_of(call_ids: Sequence[str]) -> Mapping[str, LiveCall]:
        try:
            return live.last_of(call_ids) if live is not None else {}
        except StorageUnavailable as error:
            log.warning("%s: %d calls are recorded as lost without their last node", error, len(call_ids))
            return {}

    writers = sorted({segment.writer for segment in segments(directory) if is_held(segment.path)})
    now = utc_now()
    with database.transaction() as connection:
        lost = mark_lost(
            connection,
            before=now - LOST_AFTER,
            before_if_dead=now - LOST_AFTER_DEATH,
            machine=f"-{machine_name()}-",
            live_writers=writers,
            rates=rates,
            last_of=last_of,
        )
    try:
        if live is not None:
            live.forget_older(int((now - _FORGET_AFTER).timestamp() * 1000))
    except StorageUnavailable as error:
        log.debug("where old calls stood is not forgotten: %s", error)
    return lost
