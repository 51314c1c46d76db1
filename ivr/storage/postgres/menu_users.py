"""The menus that use a resource. They are published with it, so a change of it gives each of them a new version."""

from __future__ import annotations

from typing import Any, LiteralString

from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.menu_notes import note_menu_changes

# Shared by writers of a version that names resources, exclusive for a change of one: neither misses the other.
RESOURCES_LOCK = 0x6469_6769_6167


def users_query(text: LiteralString, field: LiteralString) -> LiteralString:
    """The menus one of whose nodes has `%s` in this field; in their documents stands the text, too."""
    return f"""
        select i.id from ivr i join ivr_version v on v.ivr_id = i.id and v.version = i.version
        where strpos(v.document::text, '{text}') > 0 and exists (
            select 1 from json_each(v.document -> 'nodes') node where node.value ->> '{field}' = %s
        )
        order by i.id
    """  # noqa: S608


def count_users(connection: Connection, users: LiteralString, name: str) -> int:
    row = connection.execute(f"select count(*) as n from ({users}) using_it", (name,)).fetchone()  # noqa: S608
    return int(row["n"]) if row else 0


def take_turn(connection: Connection, users: LiteralString, name: str) -> list[str]:
    """Lock the menus that use it, then all resources, in the order in which a menu's writer does. Returns the menus
    that use it now."""
    connection.execute(users + " for update of i", (name,))
    connection.execute("select pg_advisory_xact_lock(%s)", (RESOURCES_LOCK,))
    return [row["id"] for row in connection.execute(users, (name,)).fetchall()]


def renew_menus(connection: Connection, ivr_ids: list[str], actor: str) -> None:
    """Make a new version of each menu, and a note for the cache."""
    wanted: dict[str, Any] = {"ids": ivr_ids, "actor": actor}
    connection.execute(
        """
        insert into ivr_version (ivr_id, version, document, prompts, actor)
        select i.id, i.version + 1, v.document, v.prompts, %(actor)s
        from ivr i join ivr_version v on v.ivr_id = i.id and v.version = i.version where i.id = any(%(ids)s)
        """,
        wanted,
    )
    connection.execute(
        "update ivr set version = version + 1, updated_at = clock_timestamp() where id = any(%(ids)s)", wanted
    )
    connection.execute("insert into cache_outbox (ivr_id) select unnest(%(ids)s::text[])", wanted)
    note_menu_changes(connection, ivr_ids)
