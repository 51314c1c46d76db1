"""Menus as documents of other systems, with what this installation knows beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ivr.domain.agents import TEL, agents_named
from ivr.domain.exports.report import Around, Exported, ServiceAddress
from ivr.domain.exports.targets import export_menu
from ivr.domain.menu.document import parse_menu
from ivr.domain.service_definition import services_named
from ivr.ports.agents import AgentStore
from ivr.ports.menu_drafts import DraftStore
from ivr.ports.menu_versions import VersionStore
from ivr.ports.menus import MenuStore
from ivr.ports.services import ServiceStore


class Wanted(NamedTuple):
    """`version`: an earlier one; `draft`: what callers do not hear yet; `sounds`: the address of the sounds there."""

    target: str
    version: int | None = None
    draft: bool = False
    sounds: str = ""


@dataclass(frozen=True)
class ExportService:
    """`site`: where this installation is reached."""

    menus: MenuStore
    versions: VersionStore
    drafts: DraftStore
    services: ServiceStore
    agents: AgentStore
    site: str

    def export(self, ivr_id: str, wanted: Wanted) -> Exported:
        """Raises MenuNotFound, VersionNotFound, DraftNotFound, NotExportable."""
        stored = self.drafts.get(ivr_id).menu if wanted.draft else self.menus.get(ivr_id)
        document = stored.document
        if wanted.version is not None:
            document = self.versions.get(ivr_id, wanted.version).document
        sounds = f"{wanted.sounds.rstrip('/')}/" if wanted.sounds else ""
        around = Around(sounds, stored.spoken, self._services(document), self._agents(document), self.site)
        return export_menu(parse_menu(document), wanted.target, around)

    def _services(self, document: Mapping[str, Any]) -> dict[str, ServiceAddress]:
        found = [stored.service for name in services_named(document) if (stored := self.services.find(name))]
        return {it.name: ServiceAddress(it.url, it.method, bool(it.headers or it.secret)) for it in found}

    def _agents(self, document: Mapping[str, Any]) -> dict[str, str]:
        found = [stored.agent for name in agents_named(document) if (stored := self.agents.find(name))]
        return {it.name: it.targets[0].uri.removeprefix(TEL) for it in found if it.targets}
