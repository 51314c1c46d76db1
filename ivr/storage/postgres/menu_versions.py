"""The versions of menus, read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ivr.domain.call_records import utc_now
from ivr.domain.errors import InvalidCursor, MenuNotFound, VersionNotFound
from ivr.domain.menu.published import read_prompt_file
from ivr.ports.menu_versions import MenuVersion
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import pack_cursor, rows_wanted, unpack_cursor, within_bytes

_FIELDS = ("ivr_id", "version", "created_at", "actor", "document", "prompts")
_COLUMNS = ", ".join(_FIELDS)

_PAGE = within_bytes(
    f"""
    select {_COLUMNS} from ivr_version
    where ivr_id = %(ivr_id)s and (%(below)s::integer is null or version < %(below)s)
    order by version desc limit %(limit)s
    """,  # noqa: S608
    "version desc",
    "octet_length(document::text) + octet_length(prompts::text)",
)
# Far longer than a call may last: months before need not be searched.
_LONGEST_CALL = timedelta(days=2)


class PostgresVersions:
    """A VersionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ivr_id: str, version: int) -> MenuVersion:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"select {_COLUMNS} from ivr_version where ivr_id = %s and version = %s",  # noqa: S608
                (ivr_id, version),
            ).fetchone()
            if row is None:
                _need_menu(connection, ivr_id)
                raise VersionNotFound(ivr_id, version)
        return _version(row)

    def list(
        self, ivr_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[tuple[MenuVersion, MenuVersion | None]]:
        below = _below(cursor)
        with self._database.transaction() as connection:
            rows = connection.execute(
                _PAGE, {"ivr_id": ivr_id, "below": below, "limit": rows_wanted(limit)}
            ).fetchall()
            if not rows:
                _need_menu(connection, ivr_id)
        found = [_version(row) for row in rows]
        # The row that tells whether there is a next page is also the version before the last one of this page.
        cut = bool(rows and rows[-1]["more"]) or len(rows) == rows_wanted(limit)
        before = [*found[1:], None]
        shown = list(zip(found, before, strict=True))
        shown = shown[:-1] if cut else shown
        return ListPage(shown, pack_cursor(str(shown[-1][0].version)) if cut else None)

    def calls_under_way(self, ivr_id: str) -> int:
        row = self._database.fetch_one(
            "select count(*) as calls from call_record where ivr_id = %s and outcome is null and ended_at is null"
            " and started_at > %s",
            (ivr_id, utc_now() - _LONGEST_CALL),
        )
        return int(row["calls"]) if row else 0


def _need_menu(connection: Connection, ivr_id: str) -> None:
    if connection.execute("select from ivr where id = %s", (ivr_id,)).fetchone() is None:
        raise MenuNotFound(ivr_id)


def _below(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (text,) = unpack_cursor(cursor, 1)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidCursor("this cursor was not made by this list")
    return int(text)


def _version(row: Mapping[str, Any]) -> MenuVersion:
    prompts = {name: read_prompt_file(entry) for name, entry in row["prompts"].items()}
    return MenuVersion(**{name: row[name] for name in _FIELDS} | {"prompts": prompts})
