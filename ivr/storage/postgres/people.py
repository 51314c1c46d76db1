"""People in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psycopg.types.json import Json

from ivr.domain.hours.document import parse_hours
from ivr.domain.people.errors import PersonTaken, TooManyPeople
from ivr.domain.people.model import MAX_PEOPLE, Person, parse_person
from ivr.domain.people.table import table_text
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage, NameSort
from ivr.ports.people import StoredPerson
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.sorting import by_name

_COLUMNS = "name, document, created_at, updated_at"
_LISTED = by_name(_COLUMNS, "person")
_PUBLISHERS_LOCK = 0x6469_6769_7065


class PostgresPeople:
    """A PersonStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, person: Person, *, actor: str) -> StoredPerson:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"insert into person (name, document) values (%s, %s) on conflict do nothing returning {_COLUMNS}",  # noqa: S608
                (person.name, Json(person.to_json())),
            ).fetchone()
            if row is None:
                raise PersonTaken(person.name)
            count = connection.execute("select count(*) as n from person").fetchone()
            if count is not None and count["n"] > MAX_PEOPLE:
                raise TooManyPeople(MAX_PEOPLE)
            write_audit(connection, actor, "person.create", _subject(person.name), None, person.to_json())
            return _stored(row)

    def find(self, name: str) -> StoredPerson | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from person where name = %s", (name,))  # noqa: S608
        return _stored(row) if row else None

    def list(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        group: str | None = None,
        sort: NameSort | None = None,
        total: bool = False,
    ) -> ListPage[StoredPerson]:
        found = "(%(group)s::text is null or (document::jsonb -> 'groups') ? %(group)s)"
        wanted: dict[str, Any] = {"limit": limit, "cursor": cursor, "sort": sort, "total": total}
        with self._database.transaction() as connection:
            return _LISTED.read(connection, _stored, [found], {"group": group}, **wanted)

    def groups(self) -> dict[str, int]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select g.name, count(*) as n from person, json_array_elements_text(document -> 'groups') g (name)"
                " group by g.name order by g.name"
            ).fetchall()
        return {row["name"]: row["n"] for row in rows}

    def edit(self, name: str, change: Callable[[Person], Person], *, actor: str) -> StoredPerson | None:
        with self._database.transaction() as connection:
            before = _find(connection, name)
            return None if before is None else _write(connection, before, change(before.person), actor)

    def delete(self, name: str, *, actor: str, check: Callable[[Person], object] = accept) -> bool:
        with self._database.transaction() as connection:
            before = _find(connection, name)
            if before is None:
                return False
            check(before.person)
            connection.execute("delete from person where name = %s", (name,))
            write_audit(connection, actor, "person.delete", _subject(name), before.person.to_json(), None)
            return True


@contextmanager
def people_text(database: Database) -> Iterator[str]:
    """What calls read of all people; publishers take turns, so that none writes an older state over a newer one."""
    with database.transaction() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_PUBLISHERS_LOCK,))
        rows = connection.execute("select name, document from person order by name").fetchall()
        people = [parse_person(row["name"], row["document"]) for row in rows]
        names = sorted({each.hours for each in people if each.hours is not None})
        hours = connection.execute(
            "select name, document from hours where name = any(%s) order by name", (names,)
        ).fetchall()
        verified = connection.execute("select distinct number from telephone_trunk").fetchall()
        yield table_text(
            people,
            [parse_hours(row["name"], row["document"]) for row in hours],
            [row["number"] for row in verified],
        )


def _write(connection: Connection, before: StoredPerson, person: Person, actor: str) -> StoredPerson | None:
    if person == before.person:
        return before
    row = connection.execute(
        f"update person set document = %s, updated_at = clock_timestamp() where name = %s returning {_COLUMNS}",  # noqa: S608
        (Json(person.to_json()), person.name),
    ).fetchone()
    old, new = before.person.to_json(), person.to_json()
    write_audit(connection, actor, "person.change", _subject(person.name), old, new)
    return _stored(row) if row else None


def _find(connection: Connection, name: str) -> StoredPerson | None:
    row = connection.execute(
        f"select {_COLUMNS} from person where name = %s for update",  # noqa: S608
        (name,),
    ).fetchone()
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredPerson:
    return StoredPerson(parse_person(row["name"], row["document"]), row["created_at"], row["updated_at"])


def _subject(name: str) -> str:
    return f"person/{name}"
