"""Calls that have a beginning and will get no end: their process died and no other took them over.

Only on its own machine does a keeper see that a writer is dead. A call of such a writer is lost after 15 minutes, any
other after two hours.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ivr.domain.call_records import utc_now
from ivr.domain.reports.usage import Rates
from ivr.storage.disk.journal import machine_name
from ivr.storage.disk.segments import is_held, segments
from ivr.storage.postgres.call_writes import DEFAULT_RATES, mark_lost
from ivr.storage.postgres.database import Database

# Longer than any menu or agent holds a caller.
LOST_AFTER = timedelta(hours=2)
# A dead writer's call may still be with its agent, and is taken over when the agent hangs up.
LOST_AFTER_DEATH = timedelta(minutes=15)
SWEEP_EVERY_S = 60.0


def sweep_lost(directory: Path, database: Database, rates: Rates = DEFAULT_RATES) -> int:
    """Gives them the outcome `lost`; returns how many. An end that arrives later replaces it."""
    live = sorted({segment.writer for segment in segments(directory) if is_held(segment.path)})
    now = utc_now()
    with database.transaction() as connection:
        return mark_lost(
            connection,
            before=now - LOST_AFTER,
            before_if_dead=now - LOST_AFTER_DEATH,
            machine=f"-{machine_name()}-",
            live_writers=live,
            rates=rates,
        )
