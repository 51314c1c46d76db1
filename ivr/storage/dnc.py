"""The do-not-call list in Postgres: an entry per number, an event per key press, each event once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from ivr.domain.dnc import MUST_HONOUR_WITHIN, OptOut
from ivr.domain.numbers import E164
from ivr.domain.ports import DEFAULT_LIMIT, DncEntry, DncFilter, Page
from ivr.storage.database import Connection, Database, clean_text
from ivr.storage.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_ENTRY = "select entry_id, number, number_raw, source, first_at, last_at, honour_by, events from suppression"
_CONDITIONS = {"source": "source = %(source)s", "since": "first_at >= %(since)s", "until": "first_at < %(until)s"}
_EVENT_FIELDS = tuple(each.name for each in fields(OptOut))
_EVENT_COLUMNS = ", ".join(_EVENT_FIELDS)

# Whatever order the events of several machines come in, the earliest is the one that put the number on the list.
_RECORD = f"""
    with event as (
        insert into suppression_event (entry_id, {_EVENT_COLUMNS})
        values (%(entry_id)s, {", ".join(f"%({name})s" for name in _EVENT_FIELDS)})
        on conflict (event_id) do nothing
        returning *
    )
    insert into suppression as s (entry_id, number, number_raw, source, first_at, last_at, honour_by)
    select entry_id, number, number_raw, source, pressed_at, pressed_at, %(honour_by)s from event
    on conflict (entry_id) do update set
        events = s.events + 1,
        last_at = greatest(s.last_at, excluded.last_at),
        number_raw = case when excluded.first_at < s.first_at then excluded.number_raw else s.number_raw end,
        source = case when excluded.first_at < s.first_at then excluded.source else s.source end,
        honour_by = least(s.honour_by, excluded.honour_by),
        first_at = least(s.first_at, excluded.first_at)
    returning entry_id
"""  # noqa: S608


class PostgresSuppressions:
    """ports.SuppressionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, opt_out: OptOut) -> bool:
        with self._database.transaction() as connection:
            return write_opt_out(connection, opt_out)

    def find(self, number: str) -> DncEntry | None:
        with self._database.transaction() as connection:
            row = connection.execute(_ENTRY + " where number = %s", (number,)).fetchone()
        return DncEntry(**row) if row else None

    def events(self, entry_id: str, *, limit: int = DEFAULT_LIMIT) -> Sequence[OptOut]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_EVENT_COLUMNS} from suppression_event where entry_id = %s"  # noqa: S608
                " order by pressed_at, event_id limit %s",
                (entry_id, rows_wanted(limit) - 1),
            ).fetchall()
        return [_opt_out(row) for row in rows]

    def list(
        self, wanted: DncFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[DncEntry]:
        values = {name: value for name, value in asdict(wanted or DncFilter()).items() if value is not None}
        conditions = [_CONDITIONS[name] for name in values]
        after = unpack_time_cursor(cursor)
        if after is not None:
            conditions.append("(first_at, entry_id) < (%(after_at)s, %(after_id)s)")
            values |= {"after_at": after[0], "after_id": after[1]}
        where = f" where {' and '.join(conditions)}" if conditions else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                _ENTRY + where + " order by first_at desc, entry_id desc limit %(limit)s",
                {**values, "limit": rows_wanted(limit)},
            ).fetchall()
        return make_page(
            rows,
            limit,
            lambda row: DncEntry(**row),
            lambda row: pack_cursor(row["first_at"].isoformat(), row["entry_id"]),
        )

    def export(self) -> Iterator[DncEntry]:
        # Page by page, each its own transaction: a slow reader must hold no connection.
        after: tuple[Any, str] | None = None
        while True:
            where = " where (first_at, entry_id) > (%(at)s, %(id)s)" if after else ""
            with self._database.transaction() as connection:
                rows = connection.execute(
                    _ENTRY + where + " order by first_at, entry_id limit 1000",
                    {"at": after[0], "id": after[1]} if after else {},
                ).fetchall()
            yield from (DncEntry(**row) for row in rows)
            if len(rows) < 1000:
                return
            after = rows[-1]["first_at"], rows[-1]["entry_id"]


def write_opt_out(connection: Connection, opt_out: OptOut) -> bool:
    """Writes the event and its entry; True when the event was new."""
    values = clean_text({name: getattr(opt_out, name) for name in _EVENT_FIELDS})
    values["entry_id"] = opt_out.number or opt_out.event_id
    values["honour_by"] = opt_out.pressed_at + MUST_HONOUR_WITHIN
    return connection.execute(_RECORD, values).fetchone() is not None


def _opt_out(row: Mapping[str, Any]) -> OptOut:
    return OptOut(**{**row, "number": E164(row["number"]) if row["number"] else None})
