"""Bundles: a menu with its prompts and tests as one file, and back."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import IO, Any, Protocol

from admin.bundles.errors import MenuTooLarge
from admin.menu_tests.service import SentTest
from admin.menus.saving import MenuSaver, SaveOptions, new_ivr_id
from admin.prompts.service import Speaker
from ivr.domain.bundles.packing import pack
from ivr.domain.bundles.parts import MAX_BYTES, Needs, find_sound_ms, needs_of
from ivr.domain.bundles.played import played
from ivr.domain.bundles.unpacking import OpenBundle
from ivr.domain.errors import MenuNotFound
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu_tests import MenuTest
from ivr.domain.said.rates import USUAL_RATE
from ivr.ports.menu_bundles import MenuBundleStore, MenuContent
from ivr.ports.menus import Prompt, PromptSource, StoredMenu
from ivr.ports.number_lists import NumberListStore
from ivr.storage.disk.prompt_files import PromptFiles
from tts.client.errors import TtsUnavailable

log = logging.getLogger(__name__)


class PromptKnown(Protocol):
    """What a bundle says of a prompt; `sound` is the SHA-256 of its content."""

    sound: str
    source: PromptSource
    voice: str | None
    model: str | None
    text: str | None
    spoken_as: str | None
    language: str | None
    rate: float


class BundleRead(Protocol):
    """What the texts of a bundle say."""

    @property
    def document(self) -> Mapping[str, Any]: ...

    @property
    def prompts(self) -> Mapping[str, PromptKnown]: ...

    @property
    def tests(self) -> Sequence[SentTest]: ...


@dataclass(frozen=True)
class BundleService:
    store: MenuBundleStore
    saver: MenuSaver
    lists: NumberListStore
    files: PromptFiles
    speaker: Speaker

    def pack(self, ivr_id: str, out: IO[bytes]) -> StoredMenu:
        """Write the bundle of a menu. Prompts whose file is gone are left out. Raises MenuNotFound, MenuTooLarge."""
        stored, tests = self.store.read(ivr_id)
        prompts: dict[str, dict[str, Any]] = {}
        paths: dict[str, Path] = {}
        size = 0
        for audio in played(stored.document, {name: each.as_file() for name, each in stored.prompts.items()}):
            prompt = stored.prompts[audio]
            path = self.files.path_of(prompt.file)
            content = _content(path)
            if content is None:
                continue
            sound = hashlib.sha256(content).hexdigest()
            size += 0 if sound in paths else len(content)
            if size > MAX_BYTES:
                raise MenuTooLarge(f"the prompts of this menu have more than the {MAX_BYTES:,} bytes of a bundle")
            paths[sound] = path
            prompts[audio] = {
                "sound": sound,
                "source": prompt.source,
                "voice": prompt.voice,
                "model": prompt.model,
                "text": prompt.text,
                **_as_said(prompt),
            }
        written = [_test_json(test) for test in tests]
        pack(out, stored.document, prompts, written, lambda sound: paths[sound].read_bytes())
        return stored

    def pack_several(self, ivr_ids: Sequence[str], out: IO[bytes]) -> int:
        """Write a ZIP file with the bundle of each of these menus; how many there are. Menus that are gone, or too
        large for a bundle, are left out."""
        names: set[str] = set()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
            for ivr_id in ivr_ids:
                with tempfile.SpooledTemporaryFile(max_size=MAX_BYTES) as one, suppress(MenuNotFound, MenuTooLarge):
                    name = file_name(self.pack(ivr_id, one).name, names)
                    names.add(name)
                    one.seek(0)
                    with whole.open(name, "w") as entry:
                        shutil.copyfileobj(one, entry)
        return len(names)

    def bring(
        self, bundle: OpenBundle, read: BundleRead, options: SaveOptions, into: str | None = None
    ) -> tuple[StoredMenu, Needs]:
        """A new draft from a bundle, or a new version of the menu `into`; and what it needs that is missing here.

        All of it is written in one transaction. Files of sounds are written before; those that no menu has in the end
        go as other unused ones do. Raises MenuNotFound, VersionReplaced, CacheAway, SavedNotLive.
        """
        ivr_id = new_ivr_id() if into is None else into
        files = {sound: self.files.keep(bundle.sound(sound)) for sound in bundle.lengths_ms}
        now = datetime.now(UTC)
        content = MenuContent(
            read.document,
            [
                Prompt(
                    ivr_id=ivr_id,
                    audio=audio,
                    file=files[each.sound],
                    source=each.source,
                    duration_ms=bundle.lengths_ms[each.sound],
                    cost_usd=Decimal(0),
                    created_at=now,
                    voice=each.voice,
                    model=each.model,
                    text=each.text,
                    spoken_as=each.spoken_as,
                    language=each.language,
                    rate=each.rate,
                )
                for audio, each in read.prompts.items()
            ],
            [_new_test(ivr_id, each, now) for each in read.tests],
        )
        if into is None:
            stored = self.store.create(ivr_id, content, actor=options.actor)
            self.saver.trials.after_save(stored)
        else:
            stored = self.saver.bring(
                ivr_id,
                lambda expected: self.store.replace(
                    ivr_id, content, actor=options.actor, expected_version=expected
                ),
                options,
            )
        voices = {audio: {"voice": each.voice} for audio, each in read.prompts.items()}
        return stored, self.missing(read.document, voices)

    def duplicate(self, ivr_id: str, name: str, *, actor: str) -> StoredMenu:
        """A new draft with the nodes, prompts and tests of a menu. Its prompts cost nothing: their files are the
        same. Raises MenuNotFound."""
        stored, tests = self.store.read(ivr_id)
        new, now = new_ivr_id(), datetime.now(UTC)
        content = MenuContent(
            {**stored.document, "name": name},
            [replace(each, ivr_id=new, cost_usd=Decimal(0)) for each in stored.prompts.values()],
            [
                replace(each, ivr_id=new, test_id=new_test_id(), created_at=now, updated_at=now)
                for each in tests
            ],
        )
        copy = self.store.create(new, content, actor=actor)
        self.saver.trials.after_save(copy)
        return copy

    def missing(self, document: Mapping[str, Any], prompts: Mapping[str, Mapping[str, Any]]) -> Needs:
        """What a menu with these prompts needs and is not here."""
        needs, menu, menus = needs_of(document, prompts), parse_menu(document), self.saver.menus
        return Needs(
            _without(needs.agents, menus.agents_of(menu)),
            _without(needs.hours, menus.hours_of(menu)),
            _without(needs.lists, self.lists.existing(needs.lists)),
            _without(needs.services, menus.services_of(menu)),
            _without(needs.channels, menus.channels_of(menu)),
            _without(needs.voices, self._voices(needs.voices)),
            _without(needs.groups, menus.groups_of(menu) or ()),
        )

    def _voices(self, wanted: Sequence[str]) -> set[str]:
        """The voices that there are; while nobody can say, all that are wanted."""
        if not wanted:
            return set()
        try:
            return {voice.id for voice in self.speaker.voices()}
        except TtsUnavailable:
            return set(wanted)


def file_name(menu: str, taken: Collection[str]) -> str:
    """`Roofing line.digitree.zip`, with a number where there is one."""
    stem = re.sub(r'[^\w .()&+-]', "_", menu).strip(" .")[:100] or "menu"
    names = (f"{stem}{f' {number}' if number > 1 else ''}.digitree.zip" for number in count(1))
    return next(each for each in names if each not in taken)


def _without(names: Sequence[str], existing: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in existing)


def _as_said(prompt: Prompt) -> dict[str, Any]:
    """How it was spoken, where that is known or unusual."""
    known = {"spoken_as": prompt.spoken_as, "language": prompt.language}
    rate = {} if prompt.rate == USUAL_RATE else {"rate": prompt.rate}
    return {**{name: value for name, value in known.items() if value is not None}, **rate}


def _content(path: Path) -> bytes | None:
    """Of a prompt file; None when it is gone, or is no sound any more."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if find_sound_ms(content) is None:
        log.warning("%s is not a prompt as it should be and is left out of a bundle", path)
        return None
    return content


def _test_json(test: MenuTest) -> dict[str, Any]:
    given = test.given.to_json()
    return {
        "name": test.name,
        "script": test.script,
        "expected": test.expected.to_json(),
        "agent": test.agent,
        **({"given": given} if given else {}),
    }


def new_test_id() -> str:
    return f"test_{secrets.token_hex(8)}"


def _new_test(ivr_id: str, written: SentTest, now: datetime) -> MenuTest:
    it = written
    return MenuTest(new_test_id(), ivr_id, it.name, it.script, it.expected, it.agent, now, now, it.given)
