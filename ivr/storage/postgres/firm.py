"""The firm that runs the installation, in Postgres: one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.ports.checks import accept
from ivr.ports.firm import Firm, FirmCheck, Logo
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database

_FIELDS = "name, contact, colour, logo_sha256, logo_type, version, updated_at"
_READ = f"select {_FIELDS} from firm"  # noqa: S608 - the fields of this file


class PostgresFirm:
    """A FirmStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Firm:
        return _read(self._database.fetch_one(_READ))

    def put(
        self, name: str, contact: str, colour: str | None, *, actor: str, check: FirmCheck = accept
    ) -> Firm:
        with self._database.transaction() as connection:
            before = _locked(connection, check)
            if (before.name, before.contact, before.colour) == (name, contact, colour):
                return before
            row = connection.execute(
                "update firm set name = %s, contact = %s, colour = %s, version = version + 1,"  # noqa: S608
                f" updated_at = clock_timestamp() returning {_FIELDS}",
                (name, contact, colour),
            ).fetchone()
            after = _read(row)
            write_audit(connection, actor, "firm.put", "firm", _shown(before), _shown(after))
            return after

    def logo(self) -> Logo | None:
        row = self._database.fetch_one("select logo, logo_type, logo_sha256 from firm where logo is not null")
        return None if row is None else Logo(bytes(row["logo"]), row["logo_type"], row["logo_sha256"])

    def put_logo(self, logo: Logo | None, *, actor: str, check: FirmCheck = accept) -> Firm:
        new = (None, None, None) if logo is None else (logo.content, logo.type, logo.sha256)
        with self._database.transaction() as connection:
            before = _locked(connection, check)
            if before.logo_sha256 == new[2]:
                return before
            row = connection.execute(
                "update firm set logo = %s, logo_type = %s, logo_sha256 = %s, version = version + 1,"  # noqa: S608
                f" updated_at = clock_timestamp() returning {_FIELDS}",
                new,
            ).fetchone()
            after = _read(row)
            write_audit(connection, actor, "firm.logo", "firm", _shown(before), _shown(after))
            return after


def _locked(connection: Connection, check: FirmCheck) -> Firm:
    # The first write makes the row, of which a second one at the same time is told by its lock.
    connection.execute("insert into firm (name, contact) values ('', '') on conflict do nothing")
    before = _read(connection.execute(_READ + " for update").fetchone())
    check(before)
    return before


def _read(row: Mapping[str, Any] | None) -> Firm:
    return Firm() if row is None else Firm(**{name: row[name] for name in _FIELDS.split(", ")})


def _shown(firm: Firm) -> dict[str, Any]:
    return {"name": firm.name, "contact": firm.contact, "colour": firm.colour, "logo_sha256": firm.logo_sha256}
