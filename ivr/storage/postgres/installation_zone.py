"""The time zone of the installation: the days of mailed reports and the quiet hours of alerts are its own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ivr.domain.time_zones import UTC_NAME, find_zone
from ivr.storage.postgres.database import Connection


def installation_zone(connection: Connection) -> ZoneInfo:
    """UTC where none was chosen."""
    there = connection.execute("select to_regclass('installation') is not null as there").fetchone()
    if there is None or not there["there"]:
        return ZoneInfo(UTC_NAME)
    row = connection.execute("select zone from installation").fetchone()
    return (find_zone(row["zone"]) if row and row["zone"] else None) or ZoneInfo(UTC_NAME)
