"""What Postgres knows of sounds, and their mailboxes. How long a sound is kept is what its mailbox says now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.ports.sounds import Mailbox, NewSound, SoundFilter, StoredSound
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor, unpack_time_cursor

_NEW = "sound, kind, hash, call_id, node, ivr_id, caller, mailbox, ms, size, waveform, began_at"
_WRITE = f"""
    insert into sound ({_NEW}) values ({", ".join(f"%({name})s" for name in _NEW.split(", "))})
    on conflict (sound) do update set hash = excluded.hash, ms = excluded.ms, size = excluded.size,
        waveform = excluded.waveform
"""  # noqa: S608
_DAYS = "coalesce(m.keep_days, %(days)s)"
_EXPIRES = f"case when {_DAYS} > 0 then s.began_at + make_interval(days => {_DAYS}) end"
_STORED = f"""
    select {", ".join(f"s.{name}" for name in _NEW.split(", "))}, s.kept_at, s.heard_at, {_EXPIRES} as expires_at
    from sound s left join mailbox m on m.name = s.mailbox
"""  # noqa: S608
_CONDITIONS = {
    "call_id": "s.call_id = %(call_id)s",
    "caller": "s.caller = %(caller)s",
    "ivr_id": "s.ivr_id = %(ivr_id)s",
    "kind": "s.kind = %(kind)s",
    "heard": "(s.heard_at is not null) = %(heard)s",
    "since": "s.began_at >= %(since)s",
    "until": "s.began_at < %(until)s",
}
_EXPIRED = f"""
    delete from sound where sound in (
        select s.sound from sound s left join mailbox m on m.name = s.mailbox
        where {_EXPIRES} < %(now)s order by s.began_at limit %(most)s
    ) returning sound
"""  # noqa: S608
_BOXES = """
    select coalesce(m.name, s.mailbox) as name, coalesce(m.keep_days, %(days)s) as keep_days, m.updated_at,
        coalesce(s.sounds, 0) as sounds, coalesce(s.unheard, 0) as unheard
    from mailbox m full join (
        select mailbox, count(*) as sounds, count(*) filter (where heard_at is null) as unheard
        from sound where mailbox is not null group by mailbox
    ) s on s.mailbox = m.name
"""
_PUT = """
    insert into mailbox (name, keep_days) values (%(name)s, %(keep_days)s)
    on conflict (name) do update set keep_days = excluded.keep_days, updated_at = clock_timestamp()
"""


class PostgresSounds:
    """A SoundStore. `keep_days`: of sounds in no mailbox that says so."""

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._days = keep_days

    def write(self, new: NewSound) -> None:
        with self._database.transaction() as connection:
            connection.execute(_WRITE, asdict(new))

    def find(self, sound: str) -> StoredSound | None:
        with self._database.transaction() as connection:
            values = {"sound": sound, "days": self._days}
            row = connection.execute(f"{_STORED} where s.sound = %(sound)s", values).fetchone()
        return _stored(row) if row else None

    def list(
        self, wanted: SoundFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[StoredSound]:
        values: dict[str, Any] = {**asdict(wanted), "days": self._days, "limit": rows_wanted(limit)}
        found = [text for name, text in _CONDITIONS.items() if values[name] is not None]
        if wanted.mailbox is not None:
            found.append("s.mailbox = %(mailbox)s" if wanted.mailbox else "s.mailbox is null")
        if (after := unpack_time_cursor(cursor)) is not None:
            values |= {"at": after[0], "id": after[1]}
            found.append("(s.began_at, s.sound) < (%(at)s, %(id)s)")
        where = f"where {' and '.join(found)}" if found else ""
        query = f"{_STORED} {where} order by s.began_at desc, s.sound desc limit %(limit)s"
        with self._database.transaction() as connection:
            rows = connection.execute(query, values).fetchall()
        return make_page(
            rows, limit, _stored, lambda row: pack_cursor(row["began_at"].isoformat(), row["sound"])
        )

    def note_heard(self, sound: str, *, heard: bool, actor: str) -> StoredSound | None:
        change = "coalesce(heard_at, clock_timestamp())" if heard else "null"
        with self._database.transaction() as connection:
            connection.execute(f"update sound set heard_at = {change} where sound = %s", (sound,))  # noqa: S608
        return self.find(sound)

    def delete(self, sound: str, *, actor: str) -> bool:
        with self._database.transaction() as connection:
            row = connection.execute(
                "delete from sound where sound = %s returning call_id, node, mailbox, ms", (sound,)
            ).fetchone()
            if row is not None:
                write_audit(connection, actor, "sound.delete", f"sound/{sound}", dict(row), None)
        return row is not None

    def delete_expired(self, now: datetime, most: int) -> Sequence[str]:
        with self._database.transaction() as connection:
            values = {"now": now, "most": most, "days": self._days}
            return [row["sound"] for row in connection.execute(_EXPIRED, values).fetchall()]

    def unknown(self, sounds: Collection[str]) -> set[str]:
        with self._database.transaction() as connection:
            query = "select sound from sound where sound = any(%s)"
            known = {row["sound"] for row in connection.execute(query, ([*sounds],)).fetchall()}
        return {*sounds} - known


class PostgresMailboxes:
    """A MailboxStore."""

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._days = keep_days

    def put(self, name: str, keep_days: int, *, actor: str) -> Mailbox:
        with self._database.transaction() as connection:
            before = _find_box(connection, name, self._days)
            connection.execute(_PUT, {"name": name, "keep_days": keep_days})
            old = None if before is None or before.updated_at is None else {"keep_days": before.keep_days}
            new = {"keep_days": keep_days}
            if old != new:
                write_audit(connection, actor, "mailbox.put", f"mailbox/{name}", old, new)
            found = _find_box(connection, name, self._days)
        return found or Mailbox(name, keep_days, 0, 0, None)

    def find(self, name: str) -> Mailbox | None:
        with self._database.transaction() as connection:
            return _find_box(connection, name, self._days)

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[Mailbox]:
        after = unpack_cursor(cursor, 1)[0] if cursor is not None else ""
        query = f"select * from ({_BOXES}) b where name > %(after)s order by name limit %(limit)s"  # noqa: S608
        with self._database.transaction() as connection:
            values = {"days": self._days, "after": after, "limit": rows_wanted(limit)}
            rows = connection.execute(query, values).fetchall()
        return make_page(rows, limit, lambda row: Mailbox(**row), lambda row: pack_cursor(row["name"]))

    def delete(self, name: str, *, actor: str) -> bool:
        with self._database.transaction() as connection:
            row = connection.execute(
                "delete from mailbox where name = %s returning keep_days", (name,)
            ).fetchone()
            if row is not None:
                write_audit(connection, actor, "mailbox.delete", f"mailbox/{name}", dict(row), None)
        return row is not None


def calls_that_ended(database: Database, call_ids: Collection[str]) -> set[str]:
    """Those of these calls, of the last days, that are over."""
    query = """
        select call_id from call_record
        where call_id = any(%s) and outcome is not null and started_at > now() - interval '2 days'
    """
    with database.transaction() as connection:
        return {row["call_id"] for row in connection.execute(query, ([*call_ids],)).fetchall()}


def _find_box(connection: Connection, name: str, days: int) -> Mailbox | None:
    query = f"select * from ({_BOXES}) b where name = %(name)s"  # noqa: S608
    row = connection.execute(query, {"days": days, "name": name}).fetchone()
    return Mailbox(**row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredSound:
    new = NewSound(**{name: row[name] for name in _NEW.split(", ")})
    return StoredSound(new, row["kept_at"], row["heard_at"], row["expires_at"])
