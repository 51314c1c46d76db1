"""Trunks in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Json

from ivr.domain.trunks.document import parse_trunk
from ivr.domain.trunks.errors import NumberOnOtherTrunk, TooManyTrunks, TrunkTaken
from ivr.domain.trunks.model import MAX_TRUNKS, Trunk
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage, NameSort
from ivr.ports.trunks import StoredTrunk
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.sorting import by_name

_COLUMNS = "name, document, created_at, updated_at"
_LISTED = by_name(_COLUMNS, "trunk")
_WRITERS_LOCK = 0x6469_6769_7472


class PostgresTrunks:
    """A TrunkStore. There are few trunks and they change seldom, so their writers take turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, trunk: Trunk, *, actor: str) -> StoredTrunk:
        with self._database.transaction() as connection:
            _take_turn(connection)
            row = connection.execute(
                "insert into trunk (name, document) values (%s, %s) on conflict do nothing"  # noqa: S608
                f" returning {_COLUMNS}",
                (trunk.name, Json(trunk.to_json())),
            ).fetchone()
            if row is None:
                raise TrunkTaken(trunk.name)
            count = connection.execute("select count(*) as n from trunk").fetchone()
            if count is not None and count["n"] > MAX_TRUNKS:
                raise TooManyTrunks(MAX_TRUNKS)
            _refuse_numbers_of_others(connection, trunk)
            write_audit(connection, actor, "trunk.create", _subject(trunk.name), None, trunk.public_json())
            return _stored(row)

    def find(self, name: str) -> StoredTrunk | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from trunk where name = %s", (name,))  # noqa: S608
        return _stored(row) if row else None

    def list(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: NameSort | None = None,
        total: bool = False,
    ) -> ListPage[StoredTrunk]:
        with self._database.transaction() as connection:
            return _LISTED.read(connection, _stored, limit=limit, cursor=cursor, sort=sort, total=total)

    def all(self) -> Sequence[Trunk]:
        with self._database.transaction() as connection:
            rows = connection.execute("select name, document from trunk order by name").fetchall()
        return [parse_trunk(row["name"], row["document"]) for row in rows]

    def last_call_at(self, name: str) -> datetime | None:
        row = self._database.fetch_one("select max(started_at) as at from call_record where trunk = %s", (name,))
        return row["at"] if row else None

    def edit(self, name: str, change: Callable[[Trunk], Trunk], *, actor: str) -> StoredTrunk | None:
        with self._database.transaction() as connection:
            _take_turn(connection)
            before = _find(connection, name)
            if before is None:
                return None
            trunk = change(before.trunk)
            if trunk == before.trunk:
                return before
            _refuse_numbers_of_others(connection, trunk)
            row = connection.execute(
                "update trunk set document = %s, updated_at = clock_timestamp() where name = %s"  # noqa: S608
                f" returning {_COLUMNS}",
                (Json(trunk.to_json()), name),
            ).fetchone()
            old, new = before.trunk.public_json(), trunk.public_json()
            if trunk.to_json()["sealed"] != before.trunk.to_json()["sealed"]:
                new["secrets"] = "changed"
            write_audit(connection, actor, "trunk.change", _subject(name), old, new)
            return _stored(row) if row else None

    def delete(self, name: str, *, actor: str, check: Callable[[Trunk], object] = accept) -> bool:
        with self._database.transaction() as connection:
            _take_turn(connection)
            before = _find(connection, name)
            if before is None:
                return False
            check(before.trunk)
            connection.execute("delete from trunk where name = %s", (name,))
            write_audit(connection, actor, "trunk.delete", _subject(name), before.trunk.public_json(), None)
            return True


def _take_turn(connection: Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(%s)", (_WRITERS_LOCK,))


def _refuse_numbers_of_others(connection: Connection, trunk: Trunk) -> None:
    taken = connection.execute(
        """
        select t.name, number.value from trunk t, json_array_elements_text(t.document -> 'numbers') number
        where t.name <> %s and number.value = any(%s) order by t.name, number.value limit 1
        """,
        (trunk.name, [*trunk.numbers]),
    ).fetchone()
    if taken is not None:
        raise NumberOnOtherTrunk(taken["value"], taken["name"], trunk.numbers.index(taken["value"]))


def _find(connection: Connection, name: str) -> StoredTrunk | None:
    row = connection.execute(f"select {_COLUMNS} from trunk where name = %s", (name,)).fetchone()  # noqa: S608
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredTrunk:
    return StoredTrunk(parse_trunk(row["name"], row["document"]), row["created_at"], row["updated_at"])


def _subject(name: str) -> str:
    return f"trunk/{name}"
