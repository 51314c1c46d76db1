"""Versions of menus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ivr.domain.menu.published import PromptFile
from ivr.ports.pages import DEFAULT_LIMIT, ListPage


@dataclass(frozen=True, slots=True)
class MenuVersion:
    """A version of a menu as `actor` wrote it; `prompts` are its audio names with their files."""

    ivr_id: str
    version: int
    created_at: datetime
    actor: str
    document: Mapping[str, Any]
    prompts: Mapping[str, PromptFile]



class VersionStore(Protocol):
    """Versions of menus. Each write of a menu, of a prompt or of an agent that it names makes one."""

    def get(self, ivr_id: str, version: int) -> MenuVersion:
        """Raises VersionNotFound, MenuNotFound."""

    def list(
        self, ivr_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[tuple[MenuVersion, MenuVersion | None]]:
        """Versions, each with the one before it. Raises MenuNotFound."""

    def calls_under_way(self, ivr_id: str) -> int:
        """The number of calls that are in this menu now, as far as records of their beginning have arrived."""

