"""Call-backs in Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ivr.domain.callbacks import Callback, CallbackRequest, CallbackState
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database, clean_text
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_REQUEST = "number, reason, wanted, asked_at, call_id, ivr_id, node"
_CALLBACK = f"id, {_REQUEST}, state, note, dialled, dialled_at, result, settled_at, settled_by"
_SETTLE = f"""
    update callback set state = coalesce(%(state)s, state), note = coalesce(%(note)s, note),
        settled_at = case when coalesce(%(state)s, state) = 'open' then null
            when %(state)s is distinct from state and %(state)s is not null then clock_timestamp()
            else settled_at end,
        settled_by = case when coalesce(%(state)s, state) = 'open' then null
            when %(state)s is distinct from state and %(state)s is not null then %(actor)s else settled_by end
    where id = %(id)s returning {_CALLBACK}
"""  # noqa: S608
_ENDED = """
    update callback set result = %(result)s,
        state = case when %(done)s and state = 'open' then 'done' else state end,
        settled_at = case when %(done)s and state = 'open' then clock_timestamp() else settled_at end,
        settled_by = case when %(done)s and state = 'open' then 'call' else settled_by end
    where id = %(id)s
"""


def write_callback(connection: Connection, request: CallbackRequest) -> None:
    """Doing it twice is harmless."""
    connection.execute(
        f"insert into callback (id, {_REQUEST}) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",  # noqa: S608
        (
            request.callback_id, request.number, clean_text(request.reason), clean_text(request.wanted),
            request.asked_at, request.call_id, request.ivr_id, request.node,
        ),
    )  # fmt: skip


def prune_callbacks(database: Database, before: datetime, *, dry: bool) -> int:
    """Delete call-backs that were settled before; their number."""
    with database.transaction() as connection:
        if dry:
            row = connection.execute(
                "select count(*) as n from callback where state <> 'open' and settled_at < %s", (before,)
            ).fetchone()
            return int(row["n"]) if row else 0
        return connection.execute(
            "delete from callback where state <> 'open' and settled_at < %s", (before,)
        ).rowcount


class PostgresCallbacks:
    """A CallbackStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: CallbackRequest, *, actor: str) -> Callback:
        with self._database.transaction() as connection:
            write_callback(connection, request)
            write_audit(connection, actor, "callback.add", _subject(request.callback_id), None, _audited(request))
            (row,) = _find(connection, request.callback_id)
            return _callback(row)

    def find(self, callback_id: str) -> Callback | None:
        with self._database.transaction() as connection:
            rows = _find(connection, callback_id)
        return _callback(rows[0]) if rows else None

    def list(
        self, state: CallbackState | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[Callback]:
        after = unpack_time_cursor(cursor)
        wanted: dict[str, Any] = {"state": state, "limit": rows_wanted(limit)}
        found = f"select {_CALLBACK} from callback where (%(state)s::text is null or state = %(state)s)"  # noqa: S608
        if after is not None:
            wanted |= {"at": after[0], "id": after[1]}
            found += " and (asked_at, id) > (%(at)s, %(id)s)"
        with self._database.transaction() as connection:
            rows = connection.execute(f"{found} order by asked_at, id limit %(limit)s", wanted).fetchall()
        return make_page(
            rows, limit, _callback, lambda row: pack_cursor(row["asked_at"].isoformat(), row["id"])
        )

    def settle(
        self, callback_id: str, state: CallbackState | None, note: str | None, *, actor: str
    ) -> Callback | None:
        values = {"id": callback_id, "state": state, "note": note, "actor": actor}
        with self._database.transaction() as connection:
            before = _find(connection, callback_id, " for update")
            if not before:
                return None
            (row,) = connection.execute(_SETTLE, values).fetchall()
            about = [{"state": each["state"], "note": each["note"]} for each in (before[0], row)]
            if about[0] != about[1]:
                write_audit(connection, actor, "callback.settle", _subject(callback_id), *about)
            return _callback(row)

    def dialled(self, callback_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "update callback set dialled = dialled + 1, dialled_at = clock_timestamp(), result = null"
                " where id = %s",
                (callback_id,),
            )

    def ended(self, callback_id: str, result: str, *, is_done: bool) -> None:
        with self._database.transaction() as connection:
            connection.execute(_ENDED, {"id": callback_id, "result": result, "done": is_done})


def _find(connection: Connection, callback_id: str, how: str = "") -> list[dict[str, Any]]:
    return connection.execute(
        f"select {_CALLBACK} from callback where id = %s{how}",  # noqa: S608
        (callback_id,),
    ).fetchall()


def _callback(row: Mapping[str, Any]) -> Callback:
    names = [each.strip() for each in _REQUEST.split(",")]
    rest = {name: value for name, value in row.items() if name not in (*names, "id")}
    return Callback(CallbackRequest(row["id"], **{name: row[name] for name in names}), **rest)


def _audited(request: CallbackRequest) -> dict[str, Any]:
    return {"number": request.number, "reason": request.reason, "wanted": request.wanted}


def _subject(callback_id: str) -> str:
    return f"callback/{callback_id}"
