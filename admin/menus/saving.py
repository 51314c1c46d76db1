"""Saving a menu that is created, patched, replaced, restored or brought in: all of it goes through here.

The steps are: check the version that the change is based on, run the menu's tests on the change, check that the cache
answers, check the warnings, write, update the cache, and run the tests again in the background. A refusal at any step
before the write leaves everything as it was.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from admin.menus.errors import WarningsRefused
from admin.menus.service import MenuService, Versions, expected_version
from ivr.domain.menu.document import Menu, parse_menu, patched, require_plain_name
from ivr.domain.problems import Problem
from ivr.ports.menu_versions import VersionStore
from ivr.ports.menus import StoredMenu

_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 12


class MenuTrials(Protocol):
    """The part of the tests of menus that saving needs."""

    def require(self, ivr_id: str, document: object) -> None:
        """Raises InvalidMenu, or TestsFailed when the menu would fail one of its tests with this document."""

    def require_version(self, ivr_id: str, version: int) -> None:
        """As `require`, for an earlier version; raises VersionNotFound."""

    def after_save(self, stored: StoredMenu) -> None:
        """Run the tests of the saved menu in the background."""


class Sentences(Protocol):
    """The sentences in which languages offer themselves."""

    def make(self, document: Mapping[str, Any]) -> None:
        """Have those spoken that this well-formed menu needs."""


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """`strict`: a change with warnings is refused. `require_tests`: so is one that fails a test. `if_match`: the
    versions that the change may be based on; None: any."""

    actor: str
    strict: bool = False
    require_tests: bool = False
    if_match: Versions = None


@dataclass(frozen=True, slots=True)
class _Change:
    """`rehearse` runs the menu's tests on the change; `write` writes it if the menu is still at the given version
    (None: at any)."""

    rehearse: Callable[[StoredMenu], None]
    write: Callable[[StoredMenu, int | None], StoredMenu]


@dataclass(frozen=True)
class MenuSaver:
    menus: MenuService
    versions: VersionStore
    trials: MenuTrials
    sentences: Sentences

    def create(self, document: object, options: SaveOptions) -> StoredMenu:
        """A new draft. `strict` ignores unspoken prompts: a new menu has no others."""
        return self.create_by(document, options, partial(self.menus.store.create, actor=options.actor))

    def create_by(
        self, document: object, options: SaveOptions, write: Callable[[str, Mapping[str, Any]], StoredMenu]
    ) -> StoredMenu:
        """As `create`, written by `write`, given the new id and the document."""
        menu = parse_menu(document)
        require_plain_name(menu)
        if options.strict:
            found = self.menus.lint(menu, (), {})
            _refuse([each for each in found if each.code != "audio_not_ready"])
        self.sentences.make(menu.to_json())
        return write(new_ivr_id(), menu.to_json())

    def patch(
        self, ivr_id: str, patch: Mapping[str, Any], options: SaveOptions
    ) -> tuple[StoredMenu, Sequence[Problem]]:
        """The menu with `patch` laid over it, and warnings of the patch itself."""
        warnings: list[Problem] = []

        def change(stored: StoredMenu, document: Mapping[str, Any]) -> object:
            merged, warnings[:] = patched(document, patch, live=bool(stored.dids))
            if options.strict:
                _refuse(warnings)
            return merged

        return self._edit(ivr_id, change, options), warnings

    def replace(self, ivr_id: str, document: object, options: SaveOptions) -> StoredMenu:
        """`document` in place of the menu; prompts and numbers stay."""
        return self._edit(ivr_id, lambda *_: document, options)

    def restore(self, ivr_id: str, version: int, options: SaveOptions) -> StoredMenu:
        """The menu of that version, prompts included, as a new version. Raises VersionNotFound."""

        def write(stored: StoredMenu, expected: int | None) -> StoredMenu:
            if options.strict:
                _refuse(self._warnings_of_version(stored, version))
                expected = stored.version
            return self.menus.store.restore(
                ivr_id,
                version,
                actor=options.actor,
                expected_version=expected,
                playable=self.menus.prompts.exists,
            )

        return self._save(ivr_id, _Change(lambda _: self.trials.require_version(ivr_id, version), write), options)

    def bring(
        self, ivr_id: str, write: Callable[[int | None], StoredMenu], options: SaveOptions
    ) -> StoredMenu:
        """The menu as `write` leaves it, given the version that it must find (None: any)."""
        return self._save(ivr_id, _Change(lambda _: None, lambda _, expected: write(expected)), options)

    def _edit(
        self, ivr_id: str, change: Callable[[StoredMenu, Mapping[str, Any]], object], options: SaveOptions
    ) -> StoredMenu:
        def write(stored: StoredMenu, expected: int | None) -> StoredMenu:
            def changed(document: Mapping[str, Any]) -> Mapping[str, Any]:
                menu = parse_menu(change(stored, document))
                require_plain_name(menu, document["name"])
                if options.strict:
                    _refuse(self.menus.warnings(menu, stored))
                return menu.to_json()

            if options.strict:
                # Spoken first, so that no warning says they are not.
                self.sentences.make(parse_menu(change(stored, stored.document)).to_json())
            return self.menus.store.edit(ivr_id, changed, actor=options.actor, expected_version=expected)

        def rehearse(stored: StoredMenu) -> None:
            self.trials.require(ivr_id, change(stored, stored.document))

        return self._save(ivr_id, _Change(rehearse, write), options)

    def _save(self, ivr_id: str, change: _Change, options: SaveOptions) -> StoredMenu:
        stored = self.menus.store.get(ivr_id)
        expected = expected_version(stored, options.if_match)
        if options.require_tests:
            change.rehearse(stored)
            expected = stored.version
        self.menus.need_cache(stored)
        saved = change.write(stored, expected)
        self.sentences.make(saved.document)
        self.menus.publish(saved)
        self.trials.after_save(saved)
        return saved

    def _warnings_of_version(self, stored: StoredMenu, version: int) -> list[Problem]:
        """The warnings that the menu would have after restoring this version with its prompts."""
        wanted = self.versions.get(stored.ivr_id, version)
        menu: Menu = parse_menu(wanted.document)
        back = {audio for audio, prompt in wanted.prompts.items() if self.menus.prompts.exists(prompt.file)}
        spoken = {audio: text for audio, text in stored.spoken.items() if audio not in back}
        ready = {*self.menus.ready_prompts(stored), *back}
        return self.menus.lint(menu, ready, spoken, numbers=stored.number_languages)


def new_ivr_id() -> str:
    """`ivr_` and 60 random bits in letters and digits that are not easily confused."""
    return "ivr_" + "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def _refuse(warnings: list[Problem]) -> None:
    if warnings:
        raise WarningsRefused(warnings)
