"""Whole menus in Postgres, read and written at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ivr.domain.menu_tests import MenuTest
from ivr.ports.menu_bundles import MenuContent
from ivr.ports.menus import Prompt, StoredMenu
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.menu_prompts import put_prompt
from ivr.storage.postgres.menu_tests import read_tests, replace_tests
from ivr.storage.postgres.menus import lock_menu, read_menu, write_version


class PostgresMenuBundles:
    """A MenuBundleStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, ivr_id: str) -> tuple[StoredMenu, Sequence[MenuTest]]:
        with self._database.transaction() as connection:
            # Changes of either wait for the end of this.
            connection.execute("select from ivr where id = %s for share", (ivr_id,))
            return read_menu(connection, ivr_id), read_tests(connection, ivr_id)

    def create(self, ivr_id: str, content: MenuContent, *, actor: str) -> StoredMenu:
        document = content.document
        with self._database.transaction() as connection:
            connection.execute("insert into ivr (id, name, version) values (%s, %s, 1)", (ivr_id, document["name"]))
            for prompt in content.prompts:
                put_prompt(connection, prompt, None, actor)
            write_version(connection, ivr_id, 1, document, actor)
            replace_tests(connection, ivr_id, content.tests, actor)
            write_audit(connection, actor, "ivr.import", ivr_id, None, document)
            return read_menu(connection, ivr_id)

    def replace(
        self, ivr_id: str, content: MenuContent, *, actor: str, expected_version: int | None = None
    ) -> StoredMenu:
        document = content.document
        with self._database.transaction() as connection:
            version = lock_menu(connection, ivr_id, expected_version)
            stored = read_menu(connection, ivr_id)
            changed = [_put(connection, each, stored.prompts.get(each.audio), actor) for each in content.prompts]
            if any(changed) or json.dumps(document) != json.dumps(stored.document):
                write_version(connection, ivr_id, version + 1, document, actor)
                write_audit(connection, actor, "ivr.import", ivr_id, stored.document, document)
            replace_tests(connection, ivr_id, content.tests, actor)
            return read_menu(connection, ivr_id)


def _put(connection: Connection, prompt: Prompt, old: Prompt | None, actor: str) -> bool:
    if old is not None and _known(old) == _known(prompt):
        return False
    return put_prompt(connection, prompt, old, actor)


def _known(prompt: Prompt) -> tuple[object, ...]:
    spoken = prompt.voice, prompt.model, prompt.text, prompt.spoken_as, prompt.language, prompt.rate
    return prompt.file, prompt.source, *spoken
