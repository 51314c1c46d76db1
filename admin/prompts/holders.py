"""What prompts are put into: the menu that calls hear, or its draft, which they do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from admin.menus.service import MenuService, Versions, expected_version
from ivr.domain.errors import DraftReplaced
from ivr.ports.menu_drafts import DraftStore, Spoken
from ivr.ports.menus import Prompt, StoredMenu


class PromptHolder(Protocol):
    """`if_match`, `expected`: versions of a menu, or revisions of a draft."""

    def get(self, ivr_id: str, if_match: Versions = None) -> tuple[StoredMenu, int | None]:
        """The menu or draft, and what a write must find (None: any). Raises MenuNotFound, DraftNotFound,
        VersionReplaced, DraftReplaced."""

    def need_cache(self, stored: StoredMenu) -> None:
        """Raises CacheAway where a change would have to reach the cache and could not."""

    def put(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        make: Callable[[Mapping[str, Any]], Spoken],
        *,
        actor: str,
        expected: int | None,
    ) -> StoredMenu:
        """Change the document, and put the prompts that `make` gives for it. Raises SavedNotLive."""

    def settle(self, stored: StoredMenu) -> None:
        """Nothing was to be written; calls hear what was written before. Raises SavedNotLive."""


@dataclass(frozen=True)
class MenuHolder:
    menus: MenuService

    def get(self, ivr_id: str, if_match: Versions = None) -> tuple[StoredMenu, int | None]:
        stored = self.menus.store.get(ivr_id)
        return stored, expected_version(stored, if_match)

    def need_cache(self, stored: StoredMenu) -> None:
        self.menus.need_cache(stored)

    def put(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        make: Callable[[Mapping[str, Any]], Spoken],
        *,
        actor: str,
        expected: int | None,
    ) -> StoredMenu:
        def changed(stored: StoredMenu) -> tuple[Mapping[str, Any], Sequence[Prompt]]:
            document = change(json.loads(json.dumps(stored.document)))
            spoken = make(document)
            return document, (*spoken.parts, spoken.prompt)

        stored = self.menus.store.put_prompts(ivr_id, changed, actor=actor, expected_version=expected)
        self.menus.publish(stored)
        return stored

    def settle(self, stored: StoredMenu) -> None:
        self.menus.publish(stored)


@dataclass(frozen=True)
class DraftHolder:
    drafts: DraftStore

    def get(self, ivr_id: str, if_match: Versions = None) -> tuple[StoredMenu, int | None]:
        draft = self.drafts.get(ivr_id)
        revision = draft.head.revision
        if if_match is not None and revision not in if_match:
            raise DraftReplaced(revision)
        return draft.menu, None if if_match is None else revision

    def need_cache(self, stored: StoredMenu) -> None:
        """Nothing of a draft is in the cache."""

    def put(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        make: Callable[[Mapping[str, Any]], Spoken],
        *,
        actor: str,
        expected: int | None,
    ) -> StoredMenu:
        wanted = None if expected is None else frozenset([expected])
        return self.drafts.put_sounds(ivr_id, change, make, actor=actor, expected=wanted).menu

    def settle(self, stored: StoredMenu) -> None:
        """Calls hear nothing of a draft."""
