"""Versions of menus, their differences, and dry runs of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admin.menus.service import MenuService
from ivr.domain.menu.diff import MenuDiff, diff_menus
from ivr.domain.menu.document import parse_menu, patched, require_plain_name
from ivr.domain.menu.published import PromptFile
from ivr.domain.menu.spoken_as import TextSaid
from ivr.domain.problems import Problem
from ivr.ports.menu_drafts import DraftStore
from ivr.ports.menu_versions import MenuVersion, VersionStore
from ivr.ports.menus import StoredMenu
from ivr.ports.pages import ListPage

_NOTHING: dict[str, Any] = {"nodes": {}}


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version; `diff`: from the version before it."""

    version: MenuVersion
    diff: MenuDiff


@dataclass(frozen=True, slots=True)
class DryRun:
    """The effect of a change on `stored`, which was not written."""

    stored: StoredMenu
    diff: MenuDiff
    warnings: list[Problem]
    calls_under_way: int
    said: list[TextSaid]


@dataclass(frozen=True)
class VersionService:
    versions: VersionStore
    menus: MenuService
    drafts: DraftStore

    def list(self, ivr_id: str, limit: int, cursor: str | None) -> ListPage[ListedVersion]:
        """The versions, newest first; raises MenuNotFound, InvalidCursor."""
        page = self.versions.list(ivr_id, limit=limit, cursor=cursor)
        return ListPage(
            [ListedVersion(each, _between(before, each)) for each, before in page.items], page.next_cursor
        )

    def diff(self, ivr_id: str, version: int, other: int) -> MenuDiff:
        """The differences from `version` to `other`, in this direction even if `other` is older."""
        return _between(self.versions.get(ivr_id, version), self.versions.get(ivr_id, other))

    def check(self, ivr_id: str, body: Any, *, replace: bool, draft: bool = False) -> DryRun:
        """The effect of merging `body` into the menu, or with `replace` of putting it in its place; with `draft` into
        or in place of its draft, whose sounds then count. Raises InvalidMenu, DraftNotFound."""
        stored = self.menus.store.get(ivr_id)
        changed = self.drafts.get(ivr_id).menu if draft else stored
        document, warnings = (body, []) if replace else patched(changed.document, body, live=bool(stored.dids))
        menu = parse_menu(document)
        require_plain_name(menu, stored.document["name"])
        return DryRun(
            stored,
            diff_menus(stored.document, menu.to_json(), _files(stored), _files(changed)),
            [*warnings, *self.menus.warnings(menu, changed)],
            self.versions.calls_under_way(ivr_id) if stored.dids else 0,
            self.menus.texts_said(menu),
        )


def _files(stored: StoredMenu) -> dict[str, PromptFile]:
    return {audio: prompt.as_file() for audio, prompt in stored.prompts.items()}


def _between(before: MenuVersion | None, after: MenuVersion) -> MenuDiff:
    return diff_menus(
        before.document if before else _NOTHING,
        after.document,
        before.prompts if before else {},
        after.prompts,
    )
