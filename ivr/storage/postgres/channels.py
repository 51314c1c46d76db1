"""Channels in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg.types.json import Json

from ivr.domain.channels.definition import MAX_CHANNELS, Channel, parse_channel
from ivr.domain.errors import ChannelInUse, ChannelTaken, TooManyChannels
from ivr.ports.channels import StoredChannel
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_resources import CHANNEL_NAMED
from ivr.storage.postgres.menu_users import take_turn
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor

_COLUMNS = "name, document, created_at, updated_at"
_USERS = f"""
    select i.id from ivr i join ivr_version v on v.ivr_id = i.id and v.version = i.version
    where strpos(v.document::text, '"send"') > 0 and exists (
        select 1 from json_each(v.document -> 'nodes') node where {CHANNEL_NAMED} = %s
    )
    order by i.id
"""  # noqa: S608


class PostgresChannels:
    """A ChannelStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, channel: Channel, *, actor: str) -> StoredChannel:
        with self._database.transaction() as connection:
            take_turn(connection, _USERS, channel.reference)
            row = connection.execute(
                "insert into channel (name, document) values (%s, %s) on conflict do nothing"  # noqa: S608
                f" returning {_COLUMNS}",
                (channel.name, Json(channel.to_json())),
            ).fetchone()
            if row is None:
                raise ChannelTaken(channel.name)
            count = connection.execute("select count(*) as n from channel").fetchone()
            if count is not None and count["n"] > MAX_CHANNELS:
                raise TooManyChannels(MAX_CHANNELS)
            write_audit(connection, actor, "channel.create", _subject(channel.name), None, channel.public_json())
            return _stored(row)

    def find(self, name: str) -> StoredChannel | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from channel where name = %s", (name,))  # noqa: S608
        return _stored(row) if row else None

    def find_to_try(self, name: str, *, actor: str) -> StoredChannel | None:
        with self._database.transaction() as connection:
            found = _find(connection, name)
            if found is not None:
                tried = {"preset": found.channel.preset_id}
                write_audit(connection, actor, "channel.try", _subject(name), None, tried)
            return found

    def existing(self, references: Sequence[str]) -> set[str]:
        if not references:
            return set()
        names = [each.partition(":")[2] for each in references]
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select document ->> 'kind' as kind, name from channel where name = any(%s)", (names,)
            ).fetchall()
        return {f"{row['kind']}:{row['name']}" for row in rows} & {*references}

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[StoredChannel]:
        after = unpack_cursor(cursor, 1)[0] if cursor is not None else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from channel where name > %s order by name limit %s",  # noqa: S608
                (after, rows_wanted(limit)),
            ).fetchall()
        return make_page(rows, limit, _stored, lambda row: pack_cursor(row["name"]))

    def edit(self, name: str, change: Callable[[Channel], Channel], *, actor: str) -> StoredChannel | None:
        with self._database.transaction() as connection:
            before = _find(connection, name)
            if before is None:
                return None
            channel = change(before.channel)
            if channel == before.channel:
                return before
            row = connection.execute(
                "update channel set document = %s, updated_at = clock_timestamp() where name = %s"  # noqa: S608
                f" returning {_COLUMNS}",
                (Json(channel.to_json()), name),
            ).fetchone()
            old, new = before.channel.public_json(), channel.public_json()
            if (channel.secrets, channel.headers) != (before.channel.secrets, before.channel.headers):
                new["sealed"] = "changed"
            write_audit(connection, actor, "channel.change", _subject(name), old, new)
            return _stored(row) if row else None

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Channel], object] = accept
    ) -> bool:
        with self._database.transaction() as connection:
            found = connection.execute("select document ->> 'kind' as kind from channel where name = %s", (name,))
            row = found.fetchone()
            users = take_turn(connection, _USERS, f"{row['kind'] if row else ''}:{name}")
            before = _find(connection, name)
            if before is None:
                return False
            check(before.channel)
            if users and not force:
                raise ChannelInUse(name, users)
            connection.execute("delete from channel where name = %s", (name,))
            write_audit(connection, actor, "channel.delete", _subject(name), before.channel.public_json(), None)
            return True


def _find(connection: Connection, name: str) -> StoredChannel | None:
    row = connection.execute(
        f"select {_COLUMNS} from channel where name = %s for update",  # noqa: S608
        (name,),
    ).fetchone()
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredChannel:
    return StoredChannel(parse_channel(row["name"], row["document"]), row["created_at"], row["updated_at"])


def _subject(name: str) -> str:
    return f"channel/{name}"
