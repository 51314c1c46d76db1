"""Drafts in Postgres: two who publish at once, a process that is killed while it publishes, files that stay."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ivr.domain.errors import DraftNotFound, DraftReplaced, MenuNotFound, VersionReplaced
from ivr.ports.menu_drafts import NO_DRAFT, MenuDraft, Spoken
from ivr.ports.menus import StoredMenu
from ivr.storage.postgres import database as database_module
from ivr.storage.postgres.retention import unplayed_prompts
from ivr.storage.postgres.stores import PostgresStores
from tests.storage.conftest import DOCUMENT
from tests.storage.test_menus import prompt

MakeMenu = Callable[..., str]
RENAMED = {**DOCUMENT, "name": "Roofing"}
# Of one publish, the beginning of its transaction and its commit included.
_MOST_STATEMENTS = 30


def same(document: dict[str, Any]) -> dict[str, Any]:
    return document


def make_draft(stores: PostgresStores, ivr_id: str, *files: str) -> MenuDraft:
    """A draft with another name, and these files as the sounds of welcome, bye, ..."""
    draft = stores.drafts.put(ivr_id, RENAMED, actor="test")
    for audio, file in zip(("welcome.wav", "bye.wav"), files, strict=False):
        spoken = Spoken(prompt(ivr_id, audio, file))
        draft = stores.drafts.put_sounds(ivr_id, same, lambda _, spoken=spoken: spoken, actor="test")  # type: ignore[misc]
    return draft


def publish(stores: PostgresStores, draft: MenuDraft) -> StoredMenu:
    return stores.drafts.publish(draft.menu.ivr_id, actor="test", revision=draft.head.revision)


def test_of_two_who_publish_a_draft_at_once_one_does_and_there_is_one_version(
    stores: PostgresStores, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu()
    before = stores.menus.get(ivr_id).version
    draft = make_draft(stores, ivr_id, "a", "b")
    begin, came = threading.Barrier(4), list[object]()

    def one() -> None:
        begin.wait()
        try:
            came.append(publish(stores, draft).version)
        except (DraftNotFound, DraftReplaced) as error:
            came.append(type(error))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, came)) == sorted(map(str, [before + 1, *[DraftNotFound] * 3]))
    assert stores.menus.get(ivr_id).version == before + 1


def test_a_publish_and_a_save_of_the_menu_at_once_lose_neither(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()
    draft = make_draft(stores, ivr_id, "a")
    version = draft.menu.version
    stores.menus.edit(ivr_id, lambda document: {**document, "name": "Meanwhile"}, actor="test")
    with pytest.raises(VersionReplaced):
        stores.drafts.publish(ivr_id, actor="test", revision=draft.head.revision, expected_version=version)
    assert stores.menus.get(ivr_id).name == "Meanwhile"
    assert stores.drafts.get(ivr_id).behind


def test_a_process_killed_at_any_statement_of_a_publish_leaves_the_draft_or_the_version(
    stores: PostgresStores, make_menu: MakeMenu, database: str
) -> None:
    ivr_id = make_menu()
    outcomes = []
    for statement in range(1, _MOST_STATEMENTS):
        stores.menus.edit(ivr_id, lambda _, name=f"menu {statement}": {**DOCUMENT, "name": name}, actor="test")  # type: ignore[misc]
        before = stores.menus.get(ivr_id)
        letter = "cdef"[statement % 4]
        draft = make_draft(stores, ivr_id, letter, letter)
        ended = _publish_and_die(database, draft, statement)
        after = stores.menus.get(ivr_id)
        if after.draft is None:
            published = stores.versions.get(ivr_id, before.version + 1)
            assert (after.version, after.name) == (before.version + 1, "Roofing")
            assert after.prompts == draft.menu.prompts
            assert published.prompts == {name: each.as_file() for name, each in after.prompts.items()}
        else:
            assert (after.version, after.document, after.prompts) == (
                before.version, before.document, before.prompts,
            )  # fmt: skip
            assert stores.drafts.get(ivr_id).sounds == draft.sounds
        outcomes.append((after.draft is None, ended))
        if ended == 0:
            break
    assert outcomes[0] == (False, signal.SIGKILL)
    assert outcomes[-1] == (True, 0), outcomes
    assert len(outcomes) > 8


def _publish_and_die(database: str, draft: MenuDraft, statement: int) -> int:
    """Publish in a process that kills itself before its n-th statement; the signal that ended it, 0 for none."""
    pid = os.fork()
    if pid == 0:
        try:
            done = 0
            execute = database_module._DeadlineConnection.execute

            def counted(self: Any, *args: Any, **options: Any) -> Any:
                nonlocal done
                done += 1
                if done == statement:
                    os.kill(os.getpid(), signal.SIGKILL)
                return execute(self, *args, **options)

            database_module._DeadlineConnection.execute = counted  # type: ignore[method-assign]
            publish(PostgresStores(database), draft)
            os._exit(0)
        finally:
            os._exit(3)
    _, status = os.waitpid(pid, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def test_files_that_a_draft_has_are_played_until_it_is_gone(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()
    make_draft(stores, ivr_id, "e")
    file = "e" * 32 + ".wav"
    assert unplayed_prompts(stores.database, [file], 0, dry=False) == []
    stores.drafts.delete(ivr_id, actor="test")
    assert unplayed_prompts(stores.database, [file], 0, dry=False) == [file]


def test_a_deleted_menu_takes_its_draft_with_it(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()
    make_draft(stores, ivr_id, "a")
    stores.menus.delete(ivr_id, actor="test", force=True)
    with pytest.raises(MenuNotFound):
        stores.drafts.get(ivr_id)


def test_a_draft_is_written_at_the_revision_expected(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()
    none = frozenset([NO_DRAFT])
    first = stores.drafts.put(ivr_id, RENAMED, actor="test", expected=none)
    with pytest.raises(DraftReplaced) as refused:
        stores.drafts.put(ivr_id, DOCUMENT, actor="test", expected=none)
    assert refused.value.current == first.head.revision
    second = stores.drafts.put(ivr_id, DOCUMENT, actor="other", expected=frozenset([first.head.revision]))
    assert (second.head.revision, second.head.actor) == (first.head.revision + 1, "other")
    assert stores.menus.state(ivr_id).draft == second.head == stores.menus.get(ivr_id).draft


def test_an_agent_that_was_missing_when_the_draft_was_saved_is_not_gone(
    stores: PostgresStores, make_menu: MakeMenu
) -> None:
    document = {**DOCUMENT, "nodes": {**DOCUMENT["nodes"], "agent": {"action": "transfer", "agent": "nobody"}}}
    assert stores.drafts.put(make_menu(), document, actor="test").gone == []
