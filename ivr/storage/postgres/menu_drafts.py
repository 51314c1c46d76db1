"""Drafts of menus in Postgres. Each write locks its menu's row first, as writes of the menu do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from psycopg.types.json import Json

from ivr.domain.errors import DraftNotFound, DraftReplaced, VersionNotFound
from ivr.ports.menu_drafts import NO_DRAFT, Gone, MenuDraft, Spoken
from ivr.ports.menus import Prompt, StoredMenu
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_prompts import charge_prompt, prompt_json, read_prompt, write_prompt
from ivr.storage.postgres.menu_rows import stored_query, to_stored
from ivr.storage.postgres.menus import lock_menu, read_menu, write_version

# A version that an agent's change made says what the one before it said.
_DRAFT = (
    stored_query(
        "v.document ->> 'name'",
        "menu_draft v on v.ivr_id = i.id",
        """, v.prompts as sounds, v.known, v.based_on <> i.version and not exists (
            select from ivr_version was, ivr_version now
            where was.ivr_id = i.id and was.version = v.based_on and now.ivr_id = i.id and now.version = i.version
                and was.document::text = now.document::text and was.prompts::text = now.prompts::text
        ) as behind""",
    )
    + "where i.id = %s"
)
_KINDS = ("agents", "hours", "services", "lists", "channels", "groups")


class PostgresDrafts:
    """A DraftStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ivr_id: str) -> MenuDraft:
        with self._database.transaction() as connection:
            return _read(connection, ivr_id)

    def put(
        self,
        ivr_id: str,
        document: Mapping[str, Any],
        *,
        actor: str,
        based_on: int | None = None,
        expected: frozenset[int] | None = None,
    ) -> MenuDraft:
        with self._database.transaction() as connection:
            version = lock_menu(connection, ivr_id, None)
            found = _find(connection, ivr_id)
            _need_revision(found, expected)
            if based_on is not None and based_on > version:
                raise VersionNotFound(ivr_id, based_on)
            base = based_on or (version if found is None else found["based_on"])
            before = None if found is None else found["document"]
            # Compared as text: documents that differ only in the order of their nodes are different.
            if found is not None and base == found["based_on"] and json.dumps(document) == json.dumps(before):
                draft = _read(connection, ivr_id)
                # Saved once more, what is gone is meant to be missing.
                if not draft.gone:
                    return draft
            sounds = {} if found is None else found["prompts"]
            revision = _write(connection, ivr_id, base, document, sounds, actor)
            after = {"revision": revision, "based_on": base, "document": document}
            write_audit(connection, actor, "draft.save", ivr_id, before, after)
            return _read(connection, ivr_id)

    def put_sounds(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        make: Callable[[Mapping[str, Any]], Spoken],
        *,
        actor: str,
        expected: frozenset[int] | None = None,
    ) -> MenuDraft:
        with self._database.transaction() as connection:
            lock_menu(connection, ivr_id, None)
            found = _get(connection, ivr_id, expected)
            old: Mapping[str, Any] = found["prompts"]
            document = change(json.loads(json.dumps(found["document"])))
            spoken = make(document)
            new = {each.audio: each for each in (*spoken.parts, spoken.prompt)}
            for prompt in new.values():
                charge_prompt(connection, prompt, actor)
                subject = f"{ivr_id}/audio/{prompt.audio}"
                write_audit(connection, actor, "draft.prompt", subject, old.get(prompt.audio), prompt_json(prompt))
            sounds = {**old, **{audio: prompt_json(each) for audio, each in new.items()}}
            _write(connection, ivr_id, found["based_on"], document, sounds, actor)
            return _read(connection, ivr_id)

    def delete(self, ivr_id: str, *, actor: str, expected: frozenset[int] | None = None) -> None:
        with self._database.transaction() as connection:
            lock_menu(connection, ivr_id, None)
            found = _get(connection, ivr_id, expected)
            connection.execute("delete from menu_draft where ivr_id = %s", (ivr_id,))
            before = {"revision": found["revision"], "document": found["document"]}
            write_audit(connection, actor, "draft.discard", ivr_id, before, None)

    def publish(
        self, ivr_id: str, *, actor: str, revision: int, expected_version: int | None = None
    ) -> StoredMenu:
        with self._database.transaction() as connection:
            version = lock_menu(connection, ivr_id, None)
            # A draft that was published meanwhile is no longer there; that says more than the menu's new version.
            draft = _get(connection, ivr_id, frozenset([revision]))
            lock_menu(connection, ivr_id, expected_version)
            stored = read_menu(connection, ivr_id)
            sounds = _sounds(ivr_id, draft["prompts"])
            new = {audio: each for audio, each in sounds.items() if stored.prompts.get(audio) != each}
            for prompt in new.values():
                write_prompt(connection, prompt)
            connection.execute("delete from menu_draft where ivr_id = %s", (ivr_id,))
            document = draft["document"]
            if new or json.dumps(document) != json.dumps(stored.document):
                write_version(connection, ivr_id, version + 1, document, actor)
            before = {"version": version, "document": stored.document}
            files = {audio: each.file for audio, each in new.items()}
            after = {"revision": revision, "document": document, "prompts": files}
            write_audit(connection, actor, "ivr.publish", ivr_id, before, after)
            return read_menu(connection, ivr_id)


def _find(connection: Connection, ivr_id: str) -> Mapping[str, Any] | None:
    return connection.execute(
        "select revision, based_on, document, prompts from menu_draft where ivr_id = %s", (ivr_id,)
    ).fetchone()


def _get(connection: Connection, ivr_id: str, expected: frozenset[int] | None) -> Mapping[str, Any]:
    found = _find(connection, ivr_id)
    if found is None:
        raise DraftNotFound(ivr_id)
    _need_revision(found, expected)
    return found


def _need_revision(found: Mapping[str, Any] | None, expected: frozenset[int] | None) -> None:
    current = NO_DRAFT if found is None else found["revision"]
    if expected is not None and current not in expected:
        raise DraftReplaced(current or None)


def _write(
    connection: Connection,
    ivr_id: str,
    based_on: int,
    document: Mapping[str, Any],
    sounds: Mapping[str, Any],
    actor: str,
) -> int:
    """Write the draft with the next revision, which is returned; its menu is locked."""
    counted = connection.execute(
        "update ivr set draft_revision = draft_revision + 1 where id = %s returning draft_revision", (ivr_id,)
    ).fetchone()
    revision = int(counted["draft_revision"]) if counted else 0
    connection.execute(
        """
        insert into menu_draft (ivr_id, revision, based_on, document, prompts, known, actor)
        values (%s, %s, %s, %s, %s, '{}', %s)
        on conflict (ivr_id) do update set revision = excluded.revision, based_on = excluded.based_on,
            document = excluded.document, prompts = excluded.prompts, actor = excluded.actor,
            updated_at = clock_timestamp()
        """,
        (ivr_id, revision, based_on, Json(document), Json(sounds), actor),
    )
    named = _named(to_stored(ivr_id, connection.execute(_DRAFT, (ivr_id,)).fetchone()))
    connection.execute("update menu_draft set known = %s where ivr_id = %s", (Json(named), ivr_id))
    return revision


def _read(connection: Connection, ivr_id: str) -> MenuDraft:
    row = connection.execute(_DRAFT, (ivr_id,)).fetchone()
    if row is None:
        read_menu(connection, ivr_id)
        raise DraftNotFound(ivr_id)
    menu, sounds = to_stored(ivr_id, row), _sounds(ivr_id, row["sounds"])
    laid = replace(menu, prompts=dict(sorted({**menu.prompts, **sounds}.items())))
    head = laid.draft
    assert head is not None  # noqa: S101 - the row is that of a draft
    return MenuDraft(head, laid, sounds, row["behind"], [*_gone(row["known"], menu)])


def _sounds(ivr_id: str, entries: Mapping[str, Any]) -> dict[str, Prompt]:
    return {audio: read_prompt(ivr_id, entry) for audio, entry in entries.items()}


def _named(menu: StoredMenu) -> dict[str, list[str]]:
    """What the menu names and what exists, by its kind."""
    return {kind: list(getattr(menu, kind)) for kind in _KINDS}


def _gone(known: Mapping[str, list[str]], menu: StoredMenu) -> Iterator[Gone]:
    there = _named(menu)
    for kind in _KINDS:
        yield from (Gone(kind, name) for name in known.get(kind, ()) if name not in there[kind])
