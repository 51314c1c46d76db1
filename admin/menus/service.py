"""Menus: write, bind to numbers, bring to the cache.

A write that calls could notice goes Postgres first, cache second, answer third. The cache is asked beforehand:
when it is away nothing is written. When it dies in between, the version is in Postgres with a note that it is
unpublished; the keeper publishes it later, and the client is told exactly that (SavedNotLive).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.domain.agents import agents_named
from ivr.domain.errors import IvrError, StorageUnavailable
from ivr.domain.menu.document import Menu, merge_patch, parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.problems import Problem
from ivr.ports.agents import AgentStore
from ivr.ports.menu_source import MenuPublisher
from ivr.ports.menus import DidBinding, MenuState, MenuStore, MenuSummary, StoredMenu
from ivr.ports.pages import ListPage
from ivr.storage.disk.prompt_files import PromptFiles

_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 12


class CacheProbe(Protocol):
    """Raises StorageUnavailable when the cache does not answer."""

    def __call__(self) -> object: ...


class CacheAway(IvrError):
    """The cache cannot be reached; nothing was changed."""

    code = "cache_unavailable"
    retryable = True


class SavedNotLive(IvrError):
    """The change is in Postgres as `version`, the cache was lost in between: it goes live by itself."""

    code = "saved_not_live"
    retryable = True

    def __init__(self, version: int | None) -> None:
        what = "the change" if version is None else f"version {version}"
        super().__init__(f"{what} is saved and goes live by itself in a moment; it need not be sent again")
        self.version = version


class WarningsRefused(IvrError):
    """`?strict=true` and there were warnings; nothing was changed."""

    code = "warnings"

    def __init__(self, warnings: list[Problem]) -> None:
        super().__init__("the menu has warnings, and strict=true refuses them; nothing was changed")
        self.warnings = warnings


@dataclass(frozen=True)
class MenuService:
    """`cache` is asked before a change that calls could notice."""

    store: MenuStore
    publisher: MenuPublisher
    cache: CacheProbe
    prompts: PromptFiles
    agents: AgentStore

    def create(self, document: object, *, strict: bool, actor: str) -> StoredMenu:
        """A new draft. Strictness leaves out prompts not spoken yet: no new menu has any."""
        tree = parse_menu(document)
        if strict:
            _refuse([each for each in lint(tree, (), self._agents_of(tree)) if each.code != "audio_not_ready"])
        return self.store.create(new_ivr_id(), tree.to_json(), actor=actor)

    def get(self, ivr_id: str) -> StoredMenu:
        return self.store.get(ivr_id)

    def state(self, ivr_id: str) -> MenuState:
        """What tells whether it is still as it was."""
        return self.store.state(ivr_id)

    def get_many(self, ivr_ids: Sequence[str]) -> Sequence[StoredMenu]:
        """In this order; those that are gone are left out."""
        return self.store.get_many(ivr_ids)

    def patch(
        self, stored: StoredMenu, patch: Mapping[str, Any], *, strict: bool, expected_version: int | None, actor: str
    ) -> StoredMenu:
        """`patch` laid over the menu, which calls hear at once when it is live."""

        def change(document: dict[str, Any]) -> dict[str, Any]:
            tree = parse_menu(merge_patch(document, patch))
            if strict:
                _refuse(self.warnings(tree, stored))
            return tree.to_json()

        return self._edit(stored, change, expected_version=expected_version, actor=actor)

    def replace(
        self, stored: StoredMenu, document: object, *, strict: bool, expected_version: int | None, actor: str
    ) -> StoredMenu:
        """`document` in place of the menu, which calls hear at once when it is live."""
        tree = parse_menu(document)
        if strict:
            _refuse(self.warnings(tree, stored))
        return self._edit(stored, lambda _: tree.to_json(), expected_version=expected_version, actor=actor)

    def restore(self, stored: StoredMenu, version: int, *, expected_version: int | None, actor: str) -> StoredMenu:
        """The menu as it was in that version, prompts included, as a new version."""
        self.need_cache(stored)
        restored = self.store.restore(
            stored.ivr_id, version, actor=actor, expected_version=expected_version, playable=self.prompts.exists
        )
        self.publish(restored)
        return restored

    def warnings(self, tree: Menu, stored: StoredMenu) -> list[Problem]:
        """What is unwise about this tree with the prompts of that menu."""
        return lint(tree, self.ready_prompts(stored), self._agents_of(tree), stored.spoken)

    def _edit(
        self,
        stored: StoredMenu,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        *,
        expected_version: int | None,
        actor: str,
    ) -> StoredMenu:
        self.need_cache(stored)
        changed = self.store.edit(stored.ivr_id, change, actor=actor, expected_version=expected_version)
        self.publish(changed)
        return changed

    def delete(self, ivr_id: str, *, force: bool, actor: str) -> None:
        """Gone for callers, too, when forced while live."""
        stored = self.store.get(ivr_id)
        self.need_cache(stored)
        self.store.delete(ivr_id, actor=actor, force=force)
        if stored.dids:
            self._publish(None)

    def assign(self, ivr_id: str, did: str, *, replace: bool, actor: str) -> StoredMenu:
        """The number leads here from now on."""
        self.store.get(ivr_id)
        self.ask_cache()
        stored = self.store.assign(ivr_id, did, actor=actor, replace=replace)
        self._publish(stored.version)
        return stored

    def unassign(self, ivr_id: str, did: str, *, actor: str) -> StoredMenu:
        """The number leads nowhere from now on."""
        self.ask_cache()
        self.store.unassign(ivr_id, did, actor=actor)
        self._publish(None)
        return self.store.get(ivr_id)

    def list_dids(self, limit: int, cursor: str | None) -> ListPage[DidBinding]:
        return self.store.list_dids(limit=limit, cursor=cursor)

    def ready_prompts(self, stored: StoredMenu) -> Collection[str]:
        """The audio names whose file is on disk and holds sound."""
        return {name for name, prompt in stored.prompts.items() if self.prompts.exists(prompt.file)}

    def list(self, limit: int, cursor: str | None, search: str | None = None) -> ListPage[MenuSummary]:
        return self.store.list(limit=limit, cursor=cursor, search=search)

    def need_cache(self, stored: StoredMenu) -> None:
        """Raises CacheAway when calls read this menu and the cache could not be told of a change."""
        if stored.dids:
            self.ask_cache()

    def publish(self, stored: StoredMenu) -> None:
        """Bring a change to calls; raises SavedNotLive."""
        if stored.dids:
            self._publish(stored.version)

    def publish_all(self) -> None:
        """Bring to calls whatever was changed beside a menu; raises SavedNotLive."""
        self._publish(None)

    def _agents_of(self, tree: Menu) -> set[str]:
        return self.agents.existing(agents_named(tree.to_json()))

    def ask_cache(self) -> None:
        """Raises CacheAway."""
        try:
            self.cache()
        except StorageUnavailable:
            raise CacheAway("the cache cannot be reached; nothing was changed") from None

    def _publish(self, version: int | None) -> None:
        try:
            self.publisher.publish()
        except StorageUnavailable as error:
            raise SavedNotLive(version) from error


def new_ivr_id() -> str:
    """`ivr_` and 60 bits of chance in letters that are not mistaken for each other."""
    return "ivr_" + "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def _refuse(warnings: list[Problem]) -> None:
    if warnings:
        raise WarningsRefused(warnings)
