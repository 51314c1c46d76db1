"""Lists of numbers in Postgres. Whatever changes what is known of a number leaves the number in `listed_outbox`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ivr.domain.errors import NumberListFull, NumberListNotEmpty, NumberListNotFound, NumberListTaken
from ivr.domain.number_lists import KEPT_EXPIRED_DAYS, MAX_NUMBERS, ListedNumber
from ivr.domain.numbers import E164
from ivr.ports.number_lists import Listed, StoredListing, StoredNumberList
from ivr.ports.pages import DEFAULT_LIMIT, MAX_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor

_BUDGET_S = 60.0
_LISTS = """
    select l.name, l.created_at, (
        select count(*) from listed_number n
        where n.list_name = l.name and (n.expires_at is null or n.expires_at > now())) as numbers
    from number_list l
"""
_ENTRY = "number, expires_at, note, added_at, added_by"
_PUT = """
    with given as (
        select * from unnest(%(numbers)s::text[], %(ends)s::timestamptz[], %(notes)s::text[])
            as row (number, expires_at, note)
    ), written as (
        insert into listed_number as l (list_name, number, expires_at, note, added_by)
        select %(name)s, number, expires_at, note, %(actor)s from given
        on conflict (list_name, number) do update
            set expires_at = excluded.expires_at, note = excluded.note, added_at = now(), added_by = excluded.added_by
            where (l.expires_at, l.note) is distinct from (excluded.expires_at, excluded.note)
        returning number, xmax = 0 as is_new
    ), noted as (
        insert into listed_outbox (number) select number from written
    )
    select count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed from written
"""
_PRUNE = """
    with gone as (delete from listed_number where expires_at < %s returning number)
    insert into listed_outbox (number) select distinct number from gone
"""


class PostgresNumberLists:
    """A NumberListStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, *, actor: str) -> StoredNumberList:
        with self._database.transaction() as connection:
            row = connection.execute(
                "insert into number_list (name) values (%s) on conflict do nothing returning created_at", (name,)
            ).fetchone()
            if row is None:
                raise NumberListTaken(name)
            write_audit(connection, actor, "list.create", _subject(name), None, {"numbers": 0})
            return StoredNumberList(name, 0, row["created_at"])

    def find(self, name: str) -> StoredNumberList | None:
        row = self._database.fetch_one(_LISTS + "where l.name = %s", (name,))
        return StoredNumberList(**row) if row else None

    def existing(self, names: Sequence[str]) -> set[str]:
        if not names:
            return set()
        with self._database.transaction() as connection:
            rows = connection.execute("select name from number_list where name = any(%s)", ([*names],)).fetchall()
        return {row["name"] for row in rows}

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[StoredNumberList]:
        after = unpack_cursor(cursor, 1)[0] if cursor is not None else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                _LISTS + "where l.name > %s order by l.name limit %s", (after, rows_wanted(limit))
            ).fetchall()
        return make_page(rows, limit, lambda row: StoredNumberList(**row), lambda row: pack_cursor(row["name"]))

    def delete(self, name: str, *, actor: str, force: bool = False) -> bool:
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            if not _lock(connection, name):
                return False
            numbers = _count(connection, name)
            if numbers and not force:
                raise NumberListNotEmpty(name, numbers)
            connection.execute(
                "insert into listed_outbox (number) select number from listed_number where list_name = %s", (name,)
            )
            connection.execute("delete from number_list where name = %s", (name,))
            write_audit(connection, actor, "list.delete", _subject(name), {"numbers": numbers}, None)
            return True

    def put(self, name: str, entries: Sequence[ListedNumber], *, actor: str) -> Listed:
        # Of a number that is given twice the last counts.
        given = {each.number: each for each in entries}
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            if not _lock(connection, name):
                raise NumberListNotFound(name)
            values: dict[str, Any] = {
                "name": name,
                "actor": actor,
                "numbers": [*given],
                "ends": [each.expires_at for each in given.values()],
                "notes": [each.note for each in given.values()],
            }
            row = connection.execute(_PUT, values).fetchone()
            done = Listed(row["added"], row["changed"]) if row else Listed(0, 0)
            if done.added and _count(connection, name) > MAX_NUMBERS:
                raise NumberListFull(name, MAX_NUMBERS)
            if done != Listed(0, 0):
                about = _audited(next(iter(given.values()))) if len(given) == 1 else done._asdict()
                write_audit(connection, actor, "list.add", _subject(name), None, about)
            return done

    def remove(self, name: str, number: E164, *, actor: str) -> bool:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"delete from listed_number where list_name = %s and number = %s returning {_ENTRY}",  # noqa: S608
                (name, number),
            ).fetchone()
            if row is None:
                return False
            connection.execute("insert into listed_outbox (number) values (%s)", (number,))
            write_audit(connection, actor, "list.remove", _subject(name), _audited(_stored(row).listed), None)
            return True

    def find_number(self, name: str, number: E164) -> StoredListing | None:
        row = self._database.fetch_one(
            f"select {_ENTRY} from listed_number where list_name = %s and number = %s",  # noqa: S608
            (name, number),
        )
        return _stored(row) if row else None

    def numbers(
        self, name: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[StoredListing]:
        after = unpack_cursor(cursor, 1)[0] if cursor is not None else ""
        with self._database.transaction() as connection:
            if connection.execute("select from number_list where name = %s", (name,)).fetchone() is None:
                raise NumberListNotFound(name)
            rows = connection.execute(
                f"select {_ENTRY} from listed_number where list_name = %s and number > %s"  # noqa: S608
                " order by number limit %s",
                (name, after, rows_wanted(limit)),
            ).fetchall()
        return make_page(rows, limit, _stored, lambda row: pack_cursor(row["number"]))

    def export(self, name: str) -> Iterator[StoredListing]:
        cursor = None
        while True:
            page = self.numbers(name, limit=MAX_LIMIT, cursor=cursor)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return


def prune_expired(database: Database, now: datetime) -> int:
    """Delete the entries whose end passed KEPT_EXPIRED_DAYS ago; how many numbers they had."""
    with database.transaction(budget_s=_BUDGET_S) as connection:
        return connection.execute(_PRUNE, (now - timedelta(days=KEPT_EXPIRED_DAYS),)).rowcount


def _lock(connection: Connection, name: str) -> bool:
    """Writers of one list take turns; False when there is no such list."""
    query = "select from number_list where name = %s for update"
    return connection.execute(query, (name,)).fetchone() is not None


def _count(connection: Connection, name: str) -> int:
    row = connection.execute("select count(*) as n from listed_number where list_name = %s", (name,)).fetchone()
    return int(row["n"]) if row else 0


def _stored(row: Mapping[str, Any]) -> StoredListing:
    listed = ListedNumber(E164(row["number"]), row["expires_at"], row["note"])
    return StoredListing(listed, row["added_at"], row["added_by"])


def _audited(listed: ListedNumber) -> dict[str, str | None]:
    ends = listed.expires_at.isoformat() if listed.expires_at is not None else None
    return {"number": listed.number, "expires_at": ends, "note": listed.note}


def _subject(name: str) -> str:
    return f"list/{name}"
