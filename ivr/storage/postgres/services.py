"""Services in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg.types.json import Json

from ivr.domain.errors import ServiceInUse, ServiceTaken, TooManyServices
from ivr.domain.service_definition import MAX_SERVICES, Service, parse_service
from ivr.domain.service_table import table_text
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage, NameSort
from ivr.ports.services import StoredService
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_users import take_turn, users_query
from ivr.storage.postgres.sorting import by_name

_COLUMNS = "name, document, created_at, updated_at"
_LISTED = by_name(_COLUMNS, "service")
_USERS = users_query('"service"', "service")
_PUBLISHERS_LOCK = 0x6469_6769_7365


class PostgresServices:
    """A ServiceStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, service: Service, *, actor: str) -> StoredService:
        with self._database.transaction() as connection:
            take_turn(connection, _USERS, service.name)
            row = connection.execute(
                "insert into service (name, document) values (%s, %s) on conflict do nothing"  # noqa: S608
                f" returning {_COLUMNS}",
                (service.name, Json(service.to_json())),
            ).fetchone()
            if row is None:
                raise ServiceTaken(service.name)
            count = connection.execute("select count(*) as n from service").fetchone()
            if count is not None and count["n"] > MAX_SERVICES:
                raise TooManyServices(MAX_SERVICES)
            write_audit(connection, actor, "service.create", _subject(service.name), None, service.public_json())
            return _stored(row)

    def find(self, name: str) -> StoredService | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from service where name = %s", (name,))  # noqa: S608
        return _stored(row) if row else None

    def find_to_try(self, name: str, *, actor: str) -> StoredService | None:
        with self._database.transaction() as connection:
            found = _find(connection, name)
            if found is not None:
                write_audit(connection, actor, "service.try", _subject(name), None, {"url": found.service.url})
            return found

    def existing(self, names: Sequence[str]) -> set[str]:
        if not names:
            return set()
        with self._database.transaction() as connection:
            rows = connection.execute("select name from service where name = any(%s)", ([*names],)).fetchall()
        return {row["name"] for row in rows}

    def list(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: NameSort | None = None,
        total: bool = False,
    ) -> ListPage[StoredService]:
        with self._database.transaction() as connection:
            return _LISTED.read(connection, _stored, limit=limit, cursor=cursor, sort=sort, total=total)

    def edit(self, name: str, change: Callable[[Service], Service], *, actor: str) -> StoredService | None:
        with self._database.transaction() as connection:
            before = _find(connection, name)
            if before is None:
                return None
            service = change(before.service)
            if service == before.service:
                return before
            row = connection.execute(
                "update service set document = %s, updated_at = clock_timestamp() where name = %s"  # noqa: S608
                f" returning {_COLUMNS}",
                (Json(service.to_json()), name),
            ).fetchone()
            old, new = before.service.public_json(), service.public_json()
            if (service.headers, service.secret) != (before.service.headers, before.service.secret):
                new["secrets"] = "changed"
            write_audit(connection, actor, "service.change", _subject(name), old, new)
            return _stored(row) if row else None

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Service], object] = accept
    ) -> bool:
        with self._database.transaction() as connection:
            users = take_turn(connection, _USERS, name)
            before = _find(connection, name)
            if before is None:
                return False
            check(before.service)
            if users and not force:
                raise ServiceInUse(name, users)
            connection.execute("delete from service where name = %s", (name,))
            write_audit(connection, actor, "service.delete", _subject(name), before.service.public_json(), None)
            return True


@contextmanager
def services_text(database: Database) -> Iterator[str]:
    """What calls read of all services; publishers take turns, so that none writes an older state over a newer one."""
    with database.transaction() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_PUBLISHERS_LOCK,))
        rows = connection.execute("select name, document from service order by name").fetchall()
        yield table_text([parse_service(row["name"], row["document"]) for row in rows])


def _find(connection: Connection, name: str) -> StoredService | None:
    row = connection.execute(
        f"select {_COLUMNS} from service where name = %s for update",  # noqa: S608
        (name,),
    ).fetchone()
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredService:
    return StoredService(parse_service(row["name"], row["document"]), row["created_at"], row["updated_at"])


def _subject(name: str) -> str:
    return f"service/{name}"
