"""The do-not-call lists in Postgres: an entry per number, an event per key press, each event once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ivr.domain.dnc.chain import first_hash
from ivr.domain.dnc.events import DEFAULT_LIST, DncEvent, ListScope, OptOut
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ListTaken
from ivr.domain.signed_heads import chain_of_list
from ivr.ports.dnc import (
    Asked,
    DncCheck,
    DncEntry,
    DncFilter,
    DncList,
    DncMatch,
    DncSort,
    Imported,
    ImportProgress,
)
from ivr.ports.pages import DEFAULT_LIMIT, SYSTEM, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.dnc_checks import check_numbers, count_checks, list_checks
from ivr.storage.postgres.dnc_events import EVENT_COLUMNS, require_known, words_of, write_opt_out, write_release
from ivr.storage.postgres.dnc_import import import_numbers
from ivr.storage.postgres.paging import rows_wanted
from ivr.storage.postgres.signed_heads import newest_heads
from ivr.storage.postgres.sorting import SortedList, SortKey, without_keys

_ENTRY_COLUMNS = (
    "entry_id, number, number_raw, source, first_at, last_at, honour_by, events, list_id, released_at"
)
_ENTRY = f"select {_ENTRY_COLUMNS} from suppression"  # noqa: S608
# An entry's id is its number where that is known.
_LISTED = SortedList(
    _ENTRY_COLUMNS,
    "suppression",
    {"first_at": SortKey("first_at", "time"), "number": SortKey("entry_id")},
    "-first_at",
    "entry_id",
)
_LIST = "select list_id, scope, seller, created_at, head_seq, head_hash from suppression_list"
# Without a number, and the caller keyed none afterwards (ivr.domain.dnc.events.keyed_id).
_UNIDENTIFIED = (
    "number is null and not exists"
    " (select from suppression_event keyed where keyed.event_id = suppression.entry_id || '_keyed')"
)
_CONDITIONS = {
    "source": "source = %(source)s",
    "since": "first_at >= %(since)s",
    "until": "first_at < %(until)s",
    "list_id": "list_id = %(list_id)s",
    "digits": "strpos(number, %(digits)s) > 0",
}


class PostgresDnc:
    """A DncStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, opt_out: OptOut) -> bool:
        with self._database.transaction() as connection:
            return write_opt_out(connection, opt_out)

    def release(self, number: str, *, actor: str, reason: str, list_id: str = DEFAULT_LIST) -> bool:
        with self._database.transaction() as connection:
            return write_release(connection, number, list_id, actor, reason)

    def find(self, number: str, list_id: str = DEFAULT_LIST) -> DncEntry | None:
        with self._database.transaction() as connection:
            row = connection.execute(
                _ENTRY + " where list_id = %s and number = %s", (list_id, number)
            ).fetchone()
            if row is None:
                require_known(connection, list_id)
        return DncEntry(**row) if row else None

    def events(
        self, entry_id: str, list_id: str = DEFAULT_LIST, *, limit: int = DEFAULT_LIMIT
    ) -> Sequence[DncEvent]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {EVENT_COLUMNS} from suppression_event where list_id = %s and entry_id = %s"  # noqa: S608
                " order by pressed_at, seq limit %s",
                (list_id, entry_id, rows_wanted(limit) - 1),
            ).fetchall()
        return [DncEvent(**row) for row in rows]

    def list(
        self,
        wanted: DncFilter | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: DncSort | None = None,
        total: bool = False,
    ) -> ListPage[DncEntry]:
        values = {name: value for name, value in asdict(wanted or DncFilter()).items() if value is not None}
        conditions = [_CONDITIONS[name] for name in values if name in _CONDITIONS]
        if (unidentified := values.pop("unidentified", None)) is not None:
            # Stated so that the planner uses the index of the few entries without a number.
            conditions.append(_UNIDENTIFIED if unidentified else f"not ({_UNIDENTIFIED})")
        part: dict[str, Any] = {"limit": limit, "cursor": cursor, "sort": sort, "total": total}
        with self._database.transaction() as connection:
            page = _LISTED.read(
                connection, lambda row: DncEntry(**without_keys(row)), conditions, values, **part
            )
            if not page.items:
                require_known(connection, values["list_id"])
        return page

    def export(self, list_id: str = DEFAULT_LIST) -> Iterator[DncEntry]:
        # Page by page, each its own transaction: a slow reader must hold no connection.
        after: tuple[Any, str] | None = None
        while True:
            where = " and (first_at, entry_id) > (%(at)s, %(id)s)" if after else ""
            with self._database.transaction() as connection:
                rows = connection.execute(
                    _ENTRY + " where list_id = %(list_id)s" + where + " order by first_at, entry_id limit 1000",
                    {"list_id": list_id, **({"at": after[0], "id": after[1]} if after else {})},
                ).fetchall()
                if not rows and after is None:
                    require_known(connection, list_id)
            yield from (DncEntry(**row) for row in rows)
            if len(rows) < 1000:
                return
            after = rows[-1]["first_at"], rows[-1]["entry_id"]

    def create_list(
        self, list_id: str, scope: ListScope, seller: str | None = None, *, actor: str = SYSTEM
    ) -> DncList:
        with self._database.transaction() as connection:
            row = connection.execute(
                "insert into suppression_list (list_id, scope, seller, head_hash) values (%s, %s, %s, %s)"
                " on conflict do nothing returning list_id, scope, seller, created_at, head_seq, head_hash",
                (list_id, scope, seller, first_hash(list_id)),
            ).fetchone()
            if row is None:
                raise ListTaken(list_id)
            write_audit(connection, actor, "dnc.list", list_id, None, {"scope": scope, "seller": seller})
        return DncList(**row)

    def lists(self) -> Sequence[DncList]:
        with self._database.transaction() as connection:
            rows = connection.execute(_LIST + " order by list_id limit 1000").fetchall()
            signed = newest_heads(connection, [chain_of_list(row["list_id"]) for row in rows])
        return [DncList(**row, signed_head=signed.get(chain_of_list(row["list_id"]))) for row in rows]

    def find_list(self, list_id: str) -> DncList | None:
        with self._database.transaction() as connection:
            row = connection.execute(_LIST + " where list_id = %s", (list_id,)).fetchone()
            signed = newest_heads(connection, [chain_of_list(list_id)]) if row else {}
        return DncList(**row, signed_head=signed.get(chain_of_list(list_id))) if row else None

    def changes(self, list_id: str, since: int, *, limit: int = DEFAULT_LIMIT) -> Sequence[DncEvent]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {EVENT_COLUMNS} from suppression_event where list_id = %s and seq > %s"  # noqa: S608
                " order by seq limit %s",
                (list_id, since, rows_wanted(limit) - 1),
            ).fetchall()
            if not rows:
                require_known(connection, list_id)
        return [DncEvent(**row) for row in rows]

    def check(
        self, numbers: Sequence[str], *, actor: str, list_id: str | None = None, seller: str | None = None
    ) -> tuple[DncCheck, Sequence[DncMatch]]:
        with self._database.transaction() as connection:
            if list_id is not None:
                require_known(connection, list_id)
            return check_numbers(connection, numbers, list_id, seller, actor)

    def checks(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[DncCheck]:
        with self._database.transaction() as connection:
            return list_checks(connection, limit, cursor)

    def words_of(self, prompt_file: str) -> str | None:
        with self._database.transaction() as connection:
            return words_of(connection, prompt_file)

    def asked(self, number: str, since: datetime) -> Asked:
        with self._database.transaction() as connection:
            return count_checks(connection, number, since)

    def import_numbers(
        self,
        numbers: NumberFile,
        *,
        actor: str,
        list_id: str = DEFAULT_LIST,
        strict: bool = False,
        dry_run: bool = False,
        progress: ImportProgress = lambda stage, done, total: None,
    ) -> Imported:
        return import_numbers(
            self._database,
            numbers,
            actor=actor,
            list_id=list_id,
            strict=strict,
            dry_run=dry_run,
            progress=progress,
        )

    def unidentified(self, since: datetime) -> int:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"select count(*) as n from suppression where {_UNIDENTIFIED} and first_at >= %s",  # noqa: S608
                (since,),
            ).fetchone()
        return int(row["n"]) if row else 0
