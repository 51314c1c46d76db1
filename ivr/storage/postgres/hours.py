"""Opening hours in Postgres. Menus are published with the hours that they ask, so these change with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg.types.json import Json

from ivr.domain.errors import HoursInUse, HoursTaken
from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.model import Hours
from ivr.ports.checks import accept
from ivr.ports.hours import StoredHours
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_users import renew_menus, take_turn, users_query
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor

_COLUMNS = "name, document, created_at, updated_at"
_USERS = users_query('"hours:', "switch")


class PostgresHours:
    """A HoursStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, hours: Hours, *, actor: str) -> StoredHours:
        with self._database.transaction() as connection:
            users = _take_turn(connection, hours.name)
            row = connection.execute(
                f"insert into hours (name, document) values (%s, %s) on conflict do nothing returning {_COLUMNS}",  # noqa: S608
                (hours.name, Json(hours.to_json())),
            ).fetchone()
            if row is None:
                raise HoursTaken(hours.name)
            renew_menus(connection, users, actor)
            write_audit(connection, actor, "hours.create", _subject(hours.name), None, hours.to_json())
            return _stored(row)

    def find(self, name: str) -> StoredHours | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from hours where name = %s", (name,))  # noqa: S608
        return _stored(row) if row else None

    def existing(self, names: Sequence[str]) -> set[str]:
        if not names:
            return set()
        with self._database.transaction() as connection:
            rows = connection.execute("select name from hours where name = any(%s)", ([*names],)).fetchall()
        return {row["name"] for row in rows}

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[StoredHours]:
        after = unpack_cursor(cursor, 1)[0] if cursor is not None else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from hours where name > %s order by name limit %s",  # noqa: S608
                (after, rows_wanted(limit)),
            ).fetchall()
        return make_page(rows, limit, _stored, lambda row: pack_cursor(row["name"]))

    def edit(self, name: str, change: Callable[[Hours], Hours], *, actor: str) -> StoredHours | None:
        with self._database.transaction() as connection:
            users = _take_turn(connection, name)
            before = _find(connection, name)
            if before is None:
                return None
            hours = change(before.hours)
            if hours == before.hours:
                return before
            row = connection.execute(
                "update hours set document = %s, updated_at = clock_timestamp() where name = %s"  # noqa: S608
                f" returning {_COLUMNS}",
                (Json(hours.to_json()), name),
            ).fetchone()
            renew_menus(connection, users, actor)
            old, new = before.hours.to_json(), hours.to_json()
            write_audit(connection, actor, "hours.change", _subject(name), old, new)
            return _stored(row) if row else None

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Hours], object] = accept
    ) -> bool:
        with self._database.transaction() as connection:
            users = _take_turn(connection, name)
            before = _find(connection, name)
            if before is None:
                return False
            check(before.hours)
            if users and not force:
                raise HoursInUse(name, users)
            connection.execute("delete from hours where name = %s", (name,))
            renew_menus(connection, users, actor)
            write_audit(connection, actor, "hours.delete", _subject(name), before.hours.to_json(), None)
            return True

    def names_with_holidays(self) -> Sequence[str]:
        """Those whose dates run out one day."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select name from hours where json_array_length(document -> 'holidays') > 0 order by name"
            ).fetchall()
        return [row["name"] for row in rows]


def _take_turn(connection: Connection, name: str) -> list[str]:
    """The menus that ask these hours, locked."""
    return take_turn(connection, _USERS, f"hours:{name}")


def _find(connection: Connection, name: str) -> StoredHours | None:
    row = connection.execute(f"select {_COLUMNS} from hours where name = %s", (name,)).fetchone()  # noqa: S608
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredHours:
    return StoredHours(parse_hours(row["name"], row["document"]), row["created_at"], row["updated_at"])


def _subject(name: str) -> str:
    return f"hours/{name}"
