"""Whole menus, taken out and brought in: the document, the prompts and the tests at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.domain.menu_tests import MenuTest
from ivr.ports.menus import Prompt, StoredMenu


@dataclass(frozen=True, slots=True)
class MenuContent:
    """All that a menu is but its numbers. `document` has been checked by parse_menu; the files of `prompts` are on
    disk; `tests` have names of their own."""

    document: Mapping[str, Any]
    prompts: Sequence[Prompt]
    tests: Sequence[MenuTest]


class MenuBundleStore(Protocol):
    """Every change is one transaction that also writes the audit log and a note for the cache, as in MenuStore."""

    def read(self, ivr_id: str) -> tuple[StoredMenu, Sequence[MenuTest]]:
        """A menu and its tests at one moment. Raises MenuNotFound."""

    def create(self, ivr_id: str, content: MenuContent, *, actor: str) -> StoredMenu:
        """A new menu, version 1."""

    def replace(
        self, ivr_id: str, content: MenuContent, *, actor: str, expected_version: int | None = None
    ) -> StoredMenu:
        """This content in place of a menu's: a new version, unless calls hear the same. Prompts under other audio
        names stay; tests under other names do not, and equal ones stay as they are. Raises MenuNotFound,
        VersionReplaced."""
