"""The time zone of the installation: the days of mailed reports and the quiet hours of alerts are its own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ivr.domain.time_zones import UTC_NAME, find_zone
from ivr.storage.postgres.database import Connection


def installation_zone(connection: Connection, first: str) -> ZoneInfo:
    """`first`: the setting DIGITREE_ZONE, which holds where none was chosen; without it UTC."""
    row = connection.execute("select zone from installation").fetchone()
    return find_zone((row["zone"] if row else None) or first or UTC_NAME) or ZoneInfo(UTC_NAME)
