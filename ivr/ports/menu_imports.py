"""Reports of menus that were brought in from other systems: kept beside the menu and no part of any version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ivr.domain.errors import IvrError
from ivr.ports.menus import StoredMenu


class ImportNotFound(IvrError):
    """The menu was made here, or its report was put away."""

    code = "import_not_found"


@dataclass(frozen=True, slots=True)
class StoredImport:
    """`report` as `Imported.report_json` has it."""

    report: Mapping[str, Any]
    made_at: datetime


class ImportStore(Protocol):
    """One report a menu. It goes with its menu, and when its owner puts it away."""

    def create(
        self, ivr_id: str, document: Mapping[str, Any], report: Mapping[str, Any], *, actor: str
    ) -> StoredMenu:
        """A new menu, version 1, and its report, with an entry in the audit log, in one transaction."""

    def get(self, ivr_id: str) -> StoredImport:
        """Raises ImportNotFound."""

    def delete(self, ivr_id: str, *, actor: str) -> None:
        """Put the report away; the menu stays. Raises ImportNotFound."""
