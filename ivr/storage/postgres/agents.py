"""Agents in Postgres. Menus are published with the agents that they name, so a changed agent changes its menus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg.types.json import Json

from ivr.domain.agents import Agent, parse_agent
from ivr.domain.errors import AgentInUse, AgentTaken
from ivr.ports.agents import StoredAgent
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage, NameSort
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.bin import keep_agent
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_users import renew_menus, take_turn, users_query
from ivr.storage.postgres.sorting import by_name

_COLUMNS = "name, document, created_at, updated_at"
_LISTED = by_name(_COLUMNS, "agent")
_USERS = users_query('"agent"', "agent")


class PostgresAgents:
    """An AgentStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, agent: Agent, *, actor: str) -> StoredAgent:
        with self._database.transaction() as connection:
            users = take_turn(connection, _USERS, agent.name)
            row = connection.execute(
                f"insert into agent (name, document) values (%s, %s) on conflict do nothing returning {_COLUMNS}",  # noqa: S608
                (agent.name, Json(agent.to_json())),
            ).fetchone()
            if row is None:
                raise AgentTaken(agent.name)
            renew_menus(connection, users, actor)
            write_audit(connection, actor, "agent.create", _subject(agent.name), None, agent.public_json())
            return _stored(row)

    def find(self, name: str) -> StoredAgent | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from agent where name = %s", (name,))  # noqa: S608
        return _stored(row) if row else None

    def existing(self, names: Sequence[str]) -> set[str]:
        if not names:
            return set()
        with self._database.transaction() as connection:
            rows = connection.execute("select name from agent where name = any(%s)", (list(names),)).fetchall()
        return {row["name"] for row in rows}

    def list(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: NameSort | None = None,
        total: bool = False,
    ) -> ListPage[StoredAgent]:
        with self._database.transaction() as connection:
            return _LISTED.read(connection, _stored, limit=limit, cursor=cursor, sort=sort, total=total)

    def edit(self, name: str, change: Callable[[Agent], Agent], *, actor: str) -> StoredAgent | None:
        with self._database.transaction() as connection:
            users = take_turn(connection, _USERS, name)
            before = _find(connection, name)
            if before is None:
                return None
            agent = change(before.agent)
            if agent == before.agent:
                return before
            row = connection.execute(
                "update agent set document = %s, updated_at = clock_timestamp() where name = %s"  # noqa: S608
                f" returning {_COLUMNS}",
                (Json(agent.to_json()), name),
            ).fetchone()
            renew_menus(connection, users, actor)
            old, new = before.agent.public_json(), agent.public_json()
            if agent.sealed - before.agent.sealed:
                new["secrets"] = "changed"
            write_audit(connection, actor, "agent.change", _subject(name), old, new)
            return _stored(row) if row else None

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Agent], object] = accept
    ) -> bool:
        with self._database.transaction() as connection:
            users = take_turn(connection, _USERS, name)
            before = _find(connection, name)
            if before is None:
                return False
            check(before.agent)
            if users and not force:
                raise AgentInUse(name, users)
            keep_agent(connection, name, actor, guarded=before.agent.guarded)
            connection.execute("delete from agent where name = %s", (name,))
            renew_menus(connection, users, actor)
            write_audit(connection, actor, "agent.delete", _subject(name), before.agent.public_json(), None)
            return True


def _find(connection: Connection, name: str) -> StoredAgent | None:
    row = connection.execute(f"select {_COLUMNS} from agent where name = %s", (name,)).fetchone()  # noqa: S608
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredAgent:
    return StoredAgent(parse_agent(row["name"], row["document"]), row["created_at"], row["updated_at"])


def _subject(name: str) -> str:
    return f"agent/{name}"


def sealed_passwords(database: Database) -> list[str]:
    """The sealed password of each target that has one."""
    with database.transaction() as connection:
        rows = connection.execute(
            "select distinct target ->> 'sealed' as sealed"
            " from agent, json_array_elements(document -> 'targets') target where target ->> 'sealed' is not null"
        ).fetchall()
    return [str(row["sealed"]) for row in rows]
