"""Menus brought in from other systems: made here with the report of what became of each part, and what is to be done
afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from admin.bundles.service import BundleService
from admin.menus.saving import MenuSaver, SaveOptions
from ivr.domain.bundles.parts import Needs, needs_of
from ivr.domain.errors import InvalidMenu
from ivr.domain.imports.report import Imported
from ivr.domain.imports.sources import SOURCES, import_menu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.kinds import sounds_of
from ivr.domain.problems import Problem
from ivr.domain.urls import URL
from ivr.ports.menu_imports import ImportStore
from ivr.ports.menus import StoredMenu


@dataclass(frozen=True, slots=True)
class BroughtSound:
    """A recording that the menu plays: its audio name, what it is in the source, whether that is an address it can be
    fetched from, and whether the menu has it by now."""

    audio: str
    source: str
    fetchable: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """A menu that was brought in as it stands now: `report` as it was then, what the menu needs beside itself, and
    what of that is missing. `texts_due`: how many texts are to be spoken."""

    report: Mapping[str, Any]
    made_at: datetime
    sounds: Sequence[BroughtSound]
    needs: Needs
    missing: Needs
    texts_due: int


@dataclass(frozen=True)
class ImportDesk:
    store: ImportStore
    saver: MenuSaver
    bundles: BundleService

    def read(self, content: bytes, name: str = "") -> tuple[Imported, list[Problem]]:
        """The menu that a file says, and the warnings that it would have. Raises NotReadable, InvalidMenu."""
        imported = import_menu(content, name)
        try:
            warnings = self.saver.menus.lint(parse_menu(imported.menu), (), {})
        except InvalidMenu as error:
            raise _in_answer(error) from None
        return imported, warnings

    def make(self, imported: Imported, options: SaveOptions) -> StoredMenu:
        """A new draft with its report. Raises InvalidMenu, WarningsRefused."""
        report = {"source": imported.source, **imported.report_json()}

        def write(ivr_id: str, document: Mapping[str, Any]) -> StoredMenu:
            return self.store.create(ivr_id, document, report, actor=options.actor)

        try:
            return self.saver.create_by(dict(imported.menu), options, write)
        except InvalidMenu as error:
            raise _in_answer(error) from None

    def version(self, ivr_id: str) -> int:
        """Which version of the menu there is now. Raises MenuNotFound."""
        return self.saver.menus.store.get(ivr_id).version

    def get(self, ivr_id: str) -> Brought:
        """Raises MenuNotFound, ImportNotFound."""
        menus = self.saver.menus
        stored = menus.store.get(ivr_id)
        kept = self.store.get(ivr_id)
        return Brought(
            kept.report,
            kept.made_at,
            self._sounds(stored, kept.report),
            needs_of(stored.document, {}),
            self.bundles.missing(stored.document, {}),
            len(menus.texts_due(stored)),
        )

    def put_away(self, ivr_id: str, *, actor: str) -> None:
        """Forget where the menu came from. Raises MenuNotFound, ImportNotFound."""
        self.saver.menus.store.state(ivr_id)
        self.store.delete(ivr_id, actor=actor)

    def _sounds(self, stored: StoredMenu, report: Mapping[str, Any]) -> list[BroughtSound]:
        """Those that the menu still plays."""
        played = {name for node in stored.document["nodes"].values() for name in sounds_of(node)}
        here = {name for name, each in stored.prompts.items() if self.saver.menus.prompts.exists(each.file)}
        return [
            BroughtSound(audio, each["source"], URL.fullmatch(each["source"]) is not None, audio in here)
            for each in report["sounds"]
            if (audio := each["audio"]) in played
        ]


def source_name(source: str) -> str:
    """`twilio_studio` -> Twilio Studio; one that a newer version wrote stays as it is."""
    return SOURCES.get(source, source)


def _in_answer(error: InvalidMenu) -> InvalidMenu:
    """With pointers into what is answered, in which the menu is a part."""
    return InvalidMenu([replace(each, pointer=f"/menu{each.pointer}") for each in error.problems])
