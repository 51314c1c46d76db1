"""Menus: assigned to numbers, deleted, linted, published to the cache.

A write that calls could notice goes to Postgres, then to the cache, and then it is answered. The cache is asked
beforehand: while it is away nothing is written. If it is lost in between, Postgres has the version marked as
unpublished; the keeper publishes it later, and the answer says so (SavedNotLive).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from admin.menus.due import DueText, texts_due
from admin.menus.errors import CacheAway, LanguageNotSpoken, SavedNotLive
from admin.menus.known_voices import KnownVoices
from admin.menus.language_sentences import LanguageSentences, sentence_files
from ivr.domain.agents import agents_named
from ivr.domain.channels.names import channels_named
from ivr.domain.errors import StorageUnavailable, VersionReplaced
from ivr.domain.hours.document import hours_named
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.spoken_as import TextSaid, texts_said
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.number_lists import lists_named
from ivr.domain.problems import Problem
from ivr.domain.service_definition import services_named
from ivr.ports.agents import AgentStore
from ivr.ports.channels import ChannelStore
from ivr.ports.hours import HoursStore
from ivr.ports.menu_source import MenuPublisher
from ivr.ports.menus import MenuStore, MenuSummary, StoredMenu
from ivr.ports.number_lists import NumberListStore
from ivr.ports.people import PersonStore
from ivr.ports.services import ServiceStore
from ivr.ports.words import WordStore
from ivr.storage.disk.prompt_files import PromptFiles

# The versions that a change was made for; None: any.
Versions = frozenset[int] | None


class CacheProbe(Protocol):
    """Raises StorageUnavailable when the cache does not answer."""

    def __call__(self) -> object: ...


@dataclass(frozen=True)
class MenuService:
    """`cache` is asked before a change that calls could notice."""

    store: MenuStore
    publisher: MenuPublisher
    cache: CacheProbe
    prompts: PromptFiles
    agents: AgentStore
    hours: HoursStore
    services: ServiceStore
    lists: NumberListStore
    voices: KnownVoices
    channels: ChannelStore
    people: PersonStore
    words: WordStore
    sentences: LanguageSentences

    def warnings(self, menu: Menu, stored: StoredMenu) -> list[Problem]:
        """The warnings of this menu with the stored menu's prompts."""
        outdated = stored.outdated_in(menu, self.voices.find() or {})
        return self.lint(menu, self.ready_prompts(stored), stored.spoken, outdated, stored.number_languages)

    def lint(
        self,
        menu: Menu,
        ready: Collection[str],
        spoken: Mapping[str, str],
        outdated: Collection[str] = (),
        numbers: Mapping[str, str] | None = None,
    ) -> list[Problem]:
        """The warnings of this menu with these prompts: `ready` have a file, `spoken` what a voice said in them, and
        of the `outdated` it would say it otherwise. `numbers` are those with a language of their own."""
        there = self.agents_of(menu), spoken, self.hours_of(menu), self.services_of(menu), self.lists_of(menu)
        more = self.voices.find(), self.channels_of(menu), self.groups_of(menu)
        ready = {*ready, *filter(self.prompts.exists, sentence_files(menu.to_json()))}
        return lint(
            menu,
            ready,
            *there,
            *more,
            words=self.words.get().words,
            outdated={*outdated, *self.sentences.outdated(menu.to_json())},
            numbers=numbers,
            system_languages=self.prompts.system_languages(),
        )

    def texts_due(self, stored: StoredMenu) -> list[DueText]:
        """The texts of a menu that have no prompt yet, or one that says something else."""
        outdated = stored.outdated_in(parse_menu(stored.document), self.voices.find() or {})
        return [*texts_due(stored, self.ready_prompts(stored), outdated)]

    def texts_said(self, menu: Menu) -> list[TextSaid]:
        """What a voice will say for each text of this menu."""
        words = {**self.words.get().words, **menu.words}
        return [*texts_said(menu.nodes, menu.languages, self.voices.find(), words)]

    def delete(self, ivr_id: str, *, force: bool, actor: str, if_match: Versions = None) -> None:
        """Delete a menu; with `force` also a live one, whose callers then reach no menu."""
        stored = self.store.get(ivr_id)
        expected = expected_version(stored, if_match)
        self.need_cache(stored)
        self.store.delete(ivr_id, actor=actor, force=force, expected_version=expected)
        if stored.dids:
            self._publish(None)

    def assign(
        self,
        ivr_id: str,
        did: str,
        *,
        replace: bool,
        language: str | None = None,
        actor: str,
        if_match: Versions = None,
    ) -> StoredMenu:
        """Assign the number to this menu. `language`: that of its callers; empty: none of their own; None: as it
        was."""
        there = self.store.get(ivr_id)
        expected = expected_version(there, if_match)
        spoken = there.document.get("languages", ())
        if language and language not in spoken:
            raise LanguageNotSpoken(language, spoken)
        self.ask_cache()
        stored = self.store.assign(
            ivr_id, did, actor=actor, replace=replace, language=language, expected_version=expected
        )
        self._publish(stored.version)
        return stored

    def unassign(self, ivr_id: str, did: str, *, actor: str, if_match: Versions = None) -> StoredMenu:
        """Take the number away from this menu."""
        expected = expected_version(self.store.get(ivr_id), if_match)
        self.ask_cache()
        self.store.unassign(ivr_id, did, actor=actor, expected_version=expected)
        self._publish(None)
        return self.store.get(ivr_id)

    def ready_prompts(self, stored: StoredMenu) -> Collection[str]:
        """The audio names whose file is on disk and not empty, and the sentences that Digitree brings, by their
        files."""
        there = {name for name, prompt in stored.prompts.items() if self.prompts.exists(prompt.file)}
        sentences = filter(self.prompts.exists, sentence_files(stored.document))
        return {*(name for name in there if stored.prompts[name].parts() <= there), *sentences}

    def agents_of(self, menu: Menu) -> set[str]:
        """The agents that the menu names and that exist."""
        return self.agents.existing(agents_named(menu.to_json()))

    def hours_of(self, menu: Menu) -> set[str]:
        """The opening hours that the menu asks and that exist."""
        return self.hours.existing(hours_named(menu.to_json()))

    def services_of(self, menu: Menu) -> set[str]:
        """The services that the menu names and that exist."""
        return self.services.existing(services_named(menu.to_json()))

    def lists_of(self, menu: Menu) -> set[str]:
        """The lists of numbers that the menu asks or changes and that exist."""
        return self.lists.existing(lists_named(menu.to_json()))

    def channels_of(self, menu: Menu) -> set[str]:
        """The references of the channels that the menu names and that exist."""
        return self.channels.existing(channels_named(menu.to_json()))

    def groups_of(self, menu: Menu) -> Collection[str] | None:
        """The groups that somebody is in, where the menu rings one."""
        rings = any(isinstance(node, TransferNode) and node.people for node in menu.nodes.values())
        return self.people.groups() if rings else None

    def need_cache(self, stored: StoredMenu) -> None:
        """Raises CacheAway when this menu is live and a change could not be written to the cache."""
        if stored.dids:
            self.ask_cache()

    def ask_cache(self) -> None:
        """Raises CacheAway."""
        try:
            self.cache()
        except StorageUnavailable:
            raise CacheAway from None

    def publish(self, stored: StoredMenu) -> None:
        """Publish a change of this menu if it is live; raises SavedNotLive."""
        if stored.dids:
            self._publish(stored.version)

    def publish_all(self) -> None:
        """Publish changes outside menus, such as those of agents; raises SavedNotLive."""
        self._publish(None)

    def _publish(self, version: int | None) -> None:
        try:
            self.publisher.publish()
        except StorageUnavailable as error:
            raise SavedNotLive(version) from error


def expected_version(stored: MenuSummary, if_match: Versions) -> int | None:
    """The version that a write must find, or None when any will do; raises VersionReplaced."""
    if if_match is None:
        return None
    if stored.version not in if_match:
        raise VersionReplaced(stored.version)
    return stored.version
