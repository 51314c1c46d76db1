"""The installation's time zone in Postgres, in one row, and the choices of users, in one row each."""

from __future__ import annotations

from ivr.ports.preferences import Preferences
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database


class PostgresPreferences:
    """A PreferenceStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def installation_zone(self) -> str | None:
        row = self._database.fetch_one("select zone from installation")
        return None if row is None else row["zone"]

    def set_installation_zone(self, zone: str, *, actor: str) -> None:
        with self._database.transaction() as connection:
            connection.execute("insert into installation (one) values (true) on conflict do nothing")
            row = connection.execute("select zone from installation for update").fetchone()
            before = None if row is None else row["zone"]
            if before == zone:
                return
            connection.execute("update installation set zone = %s, updated_at = clock_timestamp()", (zone,))
            write_audit(connection, actor, "zone.put", "zone", {"zone": before}, {"zone": zone})

    def find(self, actor: str) -> Preferences:
        row = self._database.fetch_one("select zone, developer from preference where actor = %s", (actor,))
        return Preferences() if row is None else Preferences(row["zone"], row["developer"])

    def keep(self, actor: str, chosen: Preferences) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "insert into preference (actor, zone, developer) values (%s, %s, %s)"
                " on conflict (actor) do update set zone = excluded.zone, developer = excluded.developer",
                (actor, chosen.zone, chosen.developer),
            )
