"""Menus in Postgres: documents, versions, prompts, DIDs. Each change locks its menu's row first, so two changes of
one menu follow one another and a version number never stands for two contents."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg.types.json import Json

from ivr.domain.agents import parse_agent
from ivr.domain.errors import DidsBound, DidTaken, InvalidMenu, MenuNotFound, VersionNotFound, VersionReplaced
from ivr.domain.hours.document import parse_hours
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.language_lint import is_one_of
from ivr.domain.menu.published import PublishedMenu, read_prompt_file
from ivr.domain.searched import EVERYTHING, Searched
from ivr.ports.menus import DidBinding, DidSort, MenuSort, MenuState, MenuSummary, Prompt, StoredMenu
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.bin import keep_menu
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_lists import list_dids, list_menus
from ivr.storage.postgres.menu_notes import note_menu_changes
from ivr.storage.postgres.menu_prompts import (
    is_prompt_of,
    put_back,
    put_prompt,
    read_prompt_files,
)
from ivr.storage.postgres.menu_resources import RESOURCES, RESOURCES_MARK, names_resources
from ivr.storage.postgres.menu_rows import DRAFT_HEAD, NUMBER_LANGUAGES, STORED, read_head, to_stored
from ivr.storage.postgres.menu_users import RESOURCES_LOCK, count_users, users_query

log = logging.getLogger(__name__)

_TALKS_OF_ALL = users_query('"join"', "join")

_STATE = f"""
    select i.version, i.updated_at, array(select d.did from did d where d.ivr_id = i.id order by d.did) as dids,
        {NUMBER_LANGUAGES},
        {DRAFT_HEAD},
        array(select p.created_at from prompt p where p.ivr_id = i.id order by p.audio collate "C") as spoken_at,
        {RESOURCES_MARK}
    from ivr i where i.id = %s
"""  # noqa: S608


class PostgresMenus:
    """A MenuStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, ivr_id: str, document: Mapping[str, Any], *, actor: str) -> StoredMenu:
        with self._database.transaction() as connection:
            connection.execute("insert into ivr (id, name, version) values (%s, %s, 1)", (ivr_id, document["name"]))
            write_version(connection, ivr_id, 1, document, actor)
            write_audit(connection, actor, "ivr.create", ivr_id, None, document)
            return read_menu(connection, ivr_id)

    def get(self, ivr_id: str) -> StoredMenu:
        return to_stored(ivr_id, self._database.fetch_one(STORED + "where i.id = %s", (ivr_id,)))

    def state(self, ivr_id: str) -> MenuState:
        row = self._database.fetch_one(_STATE, (ivr_id,))
        if row is None:
            raise MenuNotFound(ivr_id)
        numbers = tuple(row["dids"]), tuple(sorted((row["number_languages"] or {}).items()))
        times = row["updated_at"], numbers, tuple(row["spoken_at"])
        return MenuState(ivr_id, row["version"], *times, tuple(row["resources_mark"]), read_head(row["draft"]))

    def get_many(self, ivr_ids: Sequence[str]) -> Sequence[StoredMenu]:
        with self._database.transaction() as connection:
            rows = connection.execute(STORED + "where i.id = any(%s)", ([*ivr_ids],)).fetchall()
        found = {row["id"]: to_stored(row["id"], row) for row in rows}
        return [found[ivr_id] for ivr_id in ivr_ids if ivr_id in found]

    def list(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        search: Searched = EVERYTHING,
        sort: MenuSort | None = None,
        total: bool = False,
    ) -> ListPage[MenuSummary]:
        with self._database.transaction() as connection:
            return list_menus(connection, search, limit=limit, cursor=cursor, sort=sort, total=total)

    def names_beginning(self, text: str) -> set[str]:
        with self._database.transaction() as connection:
            rows = connection.execute("select name from ivr where starts_with(name, %s)", (text,)).fetchall()
        return {row["name"] for row in rows}

    def languages(self) -> Sequence[str]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select distinct json_array_elements_text(v.document -> 'languages') as code from ivr i"
                " join ivr_version v on v.ivr_id = i.id and v.version = i.version order by 1"
            ).fetchall()
        return [row["code"] for row in rows]

    def edit(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> StoredMenu:
        with self._database.transaction() as connection:
            version = lock_menu(connection, ivr_id, expected_version)
            stored = read_menu(connection, ivr_id)
            document = change(json.loads(json.dumps(stored.document)))
            # Compared as text: documents that differ only in the order of their nodes are different.
            if json.dumps(document) == json.dumps(stored.document):
                return stored
            write_version(connection, ivr_id, version + 1, document, actor)
            write_audit(connection, actor, "ivr.change", ivr_id, stored.document, document)
            return read_menu(connection, ivr_id)

    def delete(self, ivr_id: str, *, actor: str, force: bool = False, expected_version: int | None = None) -> None:
        with self._database.transaction() as connection:
            lock_menu(connection, ivr_id, expected_version)
            stored = read_menu(connection, ivr_id)
            if stored.dids and not force:
                raise DidsBound(ivr_id, stored.dids)
            keep_menu(connection, ivr_id, stored.name, stored.dids, actor)
            connection.execute("delete from did where ivr_id = %s", (ivr_id,))
            connection.execute("delete from ivr where id = %s", (ivr_id,))
            _tell_cache(connection, ivr_id, *stored.dids)
            before = {"document": stored.document, "dids": list(stored.dids)}
            write_audit(connection, actor, "ivr.delete", ivr_id, before, None)

    def put_prompts(
        self,
        ivr_id: str,
        change: Callable[[StoredMenu], tuple[Mapping[str, Any], Sequence[Prompt]]],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> StoredMenu:
        with self._database.transaction() as connection:
            version = lock_menu(connection, ivr_id, expected_version)
            stored = read_menu(connection, ivr_id)
            document, prompts = change(stored)
            there = dict(stored.prompts)
            is_new = is_changed = json.dumps(document) != json.dumps(stored.document)
            for prompt in prompts:
                is_new |= put_prompt(connection, prompt, there.get(prompt.audio), actor)
                there[prompt.audio] = prompt
            if is_new:
                write_version(connection, ivr_id, version + 1, document, actor)
            if is_changed:
                write_audit(connection, actor, "ivr.change", ivr_id, stored.document, document)
            return read_menu(connection, ivr_id)

    def restore(
        self,
        ivr_id: str,
        version: int,
        *,
        actor: str,
        expected_version: int | None = None,
        playable: Callable[[str], bool],
    ) -> StoredMenu:
        with self._database.transaction() as connection:
            current = lock_menu(connection, ivr_id, expected_version)
            stored = read_menu(connection, ivr_id)
            wanted = connection.execute(
                "select document, prompts from ivr_version where ivr_id = %s and version = %s", (ivr_id, version)
            ).fetchone()
            if wanted is None:
                raise VersionNotFound(ivr_id, version)
            differing = {
                audio: entry
                for audio, entry in wanted["prompts"].items()
                if not is_prompt_of(entry, stored.prompts.get(audio)) and playable(entry["file"])
            }
            for audio, entry in differing.items():
                put_back(connection, ivr_id, audio, entry)
            if not differing and json.dumps(wanted["document"]) == json.dumps(stored.document):
                return stored
            write_version(connection, ivr_id, current + 1, wanted["document"], actor)
            write_audit(connection, actor, "ivr.restore", ivr_id, stored.document, wanted["document"])
            return read_menu(connection, ivr_id)

    def assign(
        self,
        ivr_id: str,
        did: str,
        *,
        actor: str,
        replace: bool = False,
        language: str | None = None,
        expected_version: int | None = None,
    ) -> StoredMenu:
        with self._database.transaction() as connection:
            lock_menu(connection, ivr_id, expected_version)
            made = connection.execute(
                "insert into did (did, ivr_id, language) values (%s, %s, %s) on conflict do nothing returning did",
                (did, ivr_id, language or None),
            ).fetchone()
            before = None
            if made is None:
                row = connection.execute(
                    "select ivr_id, language from did where did = %s for update", (did,)
                ).fetchone()
                before = row["ivr_id"] if row else None
                spoken = row["language"] if row else None
                if before == ivr_id:
                    if language is not None and (spoken or "") != language:
                        _set_language(connection, ivr_id, did, spoken, language, actor)
                    return read_menu(connection, ivr_id)
                if before is not None and not replace:
                    raise DidTaken(did, before)
                if language is None:
                    language = _kept_language(connection, ivr_id, spoken)
                connection.execute(
                    "insert into did (did, ivr_id, language) values (%s, %s, %s) on conflict (did) do update"
                    " set ivr_id = excluded.ivr_id, language = excluded.language, assigned_at = now()",
                    (did, ivr_id, language or None),
                )
            _tell_cache(connection, ivr_id, did)
            if before is not None:
                note_menu_changes(connection, [before])
            write_audit(connection, actor, "did.assign", did, before, ivr_id)
            return read_menu(connection, ivr_id)

    def unassign(self, ivr_id: str, did: str, *, actor: str, expected_version: int | None = None) -> None:
        with self._database.transaction() as connection:
            lock_menu(connection, ivr_id, expected_version)
            gone = connection.execute("delete from did where did = %s and ivr_id = %s", (did, ivr_id))
            if gone.rowcount == 0:
                raise MenuNotFound(did)
            _tell_cache(connection, ivr_id, did)
            write_audit(connection, actor, "did.unassign", did, ivr_id, None)

    def list_dids(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        search: Searched = EVERYTHING,
        sort: DidSort | None = None,
        total: bool = False,
    ) -> ListPage[DidBinding]:
        with self._database.transaction() as connection:
            return list_dids(connection, search, limit=limit, cursor=cursor, sort=sort, total=total)

    def count_with_talks_of_all(self) -> int:
        """How many menus have a transfer with `join: all`."""
        with self._database.transaction() as connection:
            return count_users(connection, _TALKS_OF_ALL, "all")

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"select v.ivr_id, v.version, v.document, v.prompts, {RESOURCES}"  # noqa: S608
                " from ivr_version v where v.ivr_id = %s and v.version = %s",
                (ivr_id, version),
            ).fetchone()
        return published_of(row) if row else None


def readable(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[PublishedMenu, Mapping[str, Any]]]:
    """The rows whose documents can be read, to copy all menus: one malformed menu must not stop the others."""
    for row in rows:
        try:
            yield published_of(row), row
        except (InvalidMenu, ValueError, TypeError, KeyError) as error:
            log.critical("menu %s version %s cannot be read: %s", row["ivr_id"], row["version"], error)


def published_of(row: Mapping[str, Any]) -> PublishedMenu:
    """A row with ivr_id, version, document and prompts of ivr_version, and RESOURCES."""
    files = {name: read_prompt_file(entry) for name, entry in row["prompts"].items()}
    agents = {name: parse_agent(name, entry) for name, entry in (row["agents"] or {}).items()}
    hours = {name: parse_hours(name, entry) for name, entry in (row["hours"] or {}).items()}
    tree = parse_menu(row["document"])
    return PublishedMenu(row["ivr_id"], row["version"], tree, files, agents, hours=hours)


def lock_menu(connection: Connection, ivr_id: str, expected_version: int | None) -> int:
    """Locks the menu and returns its version. What is read must be read after this, in another statement."""
    row = connection.execute("select version from ivr where id = %s for update", (ivr_id,)).fetchone()
    if row is None:
        raise MenuNotFound(ivr_id)
    if expected_version is not None and row["version"] != expected_version:
        raise VersionReplaced(row["version"])
    return int(row["version"])


def read_menu(connection: Connection, ivr_id: str) -> StoredMenu:
    return to_stored(ivr_id, connection.execute(STORED + "where i.id = %s", (ivr_id,)).fetchone())


def write_version(connection: Connection, ivr_id: str, version: int, document: Mapping[str, Any], actor: str) -> None:
    if names_resources(document):
        connection.execute("select pg_advisory_xact_lock_shared(%s)", (RESOURCES_LOCK,))
    connection.execute(
        """
        insert into ivr_version (ivr_id, version, document, prompts, actor)
        values (%s, %s, %s, %s, %s)
        """,
        (ivr_id, version, Json(document), Json(read_prompt_files(connection, ivr_id)), actor),
    )
    connection.execute(
        "update ivr set name = %s, version = %s, updated_at = clock_timestamp() where id = %s",
        (document["name"], version, ivr_id),
    )
    _tell_cache(connection, ivr_id)


def _kept_language(connection: Connection, ivr_id: str, language: str | None) -> str | None:
    """The language of a number that comes to this menu, None where the menu does not have it."""
    languages = read_menu(connection, ivr_id).document.get("languages", ())
    return language if language and is_one_of(language, languages) else None


def _set_language(
    connection: Connection, ivr_id: str, did: str, before: str | None, now: str, actor: str
) -> None:
    connection.execute("update did set language = %s where did = %s", (now or None, did))
    _tell_cache(connection, ivr_id, did)
    write_audit(connection, actor, "did.language", did, before, now or None)


def _tell_cache(connection: Connection, ivr_id: str, *dids: str) -> None:
    connection.execute("insert into cache_outbox (ivr_id) values (%s)", (ivr_id,))
    note_menu_changes(connection, [ivr_id])
    for did in dids:
        connection.execute("insert into cache_outbox (did) values (%s)", (did,))
