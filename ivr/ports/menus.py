"""Menus, their prompts and their DIDs. `get_` raises MenuNotFound."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.outdated import is_said_otherwise, rates_of
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.menu.templates import PART_AUDIO, has_variables, part_names
from ivr.domain.said.own_words import OwnWords
from ivr.domain.said.rates import USUAL_RATE
from ivr.domain.searched import EVERYTHING, Searched
from ivr.ports.pages import DEFAULT_LIMIT, ListPage

MenuSort = Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]
DidSort = Literal["did", "-did", "name", "-name", "assigned_at", "-assigned_at"]
MenuStatus = Literal["draft", "live"]
PromptSource = Literal["tts", "upload"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt of one audio name of one menu. `text`, `voice` and `model` are None for an upload. `spoken_as` are
    the words that the voice said for the text, `language` the voice's; None: spoken before they were kept. `rate`:
    how fast; `engine`: which one made it, None: it is not known."""

    ivr_id: str
    audio: str
    file: str
    source: PromptSource
    duration_ms: int
    cost_usd: Decimal
    created_at: datetime
    voice: str | None = None
    model: str | None = None
    text: str | None = None
    spoken_as: str | None = None
    language: str | None = None
    rate: float = USUAL_RATE
    engine: str | None = None

    def is_outdated(
        self, words: OwnWords, rates: Collection[float], voices: Mapping[str, str]
    ) -> bool:
        """Whether a voice would now say its text in other words, or at none of the rates of the nodes that play it.
        `voices`: what they speak."""
        if self.text is None or self.source != "tts" or PART_AUDIO.fullmatch(self.audio):
            return False
        if rates and self.rate not in rates:
            return True
        language = self.language or voices.get(self.voice or "", "")
        return is_said_otherwise(self.text, self.spoken_as, language, words)

    @property
    def template(self) -> str | None:
        """The text of a prompt that says variables."""
        return self.text if self.source == "tts" and self.text is not None and has_variables(self.text) else None

    def parts(self) -> set[str]:
        """The audio names of what is recorded of a text with variables."""
        return part_names(self.template, self.voice or "") if self.template is not None else set()

    def as_file(self) -> PromptFile:
        """As calls read it."""
        if self.template is None:
            return PromptFile(self.file, self.duration_ms)
        return PromptFile(self.file, self.duration_ms, self.template, self.voice)


@dataclass(frozen=True, slots=True)
class DraftHead:
    """What is known of a menu's draft without reading it: `revision` counts every write of the menu's drafts,
    `based_on` is the version that it changes."""

    revision: int
    based_on: int
    updated_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class MenuSummary:
    """A menu in a list. It is live while it has a DID; `draft`: that which waits to be published."""

    ivr_id: str
    name: str
    version: int
    dids: Sequence[str]
    created_at: datetime
    updated_at: datetime
    draft: DraftHead | None = None

    @property
    def status(self) -> MenuStatus:
        return "live" if self.dids else "draft"


@dataclass(frozen=True, slots=True)
class StoredMenu(MenuSummary):
    """A menu with all that belongs to it. `document` is what parse_menu reads, in the author's order; `prompts` has
    every audio name that was spoken or uploaded, also those that no node uses now; `agents`, `hours`,
    `services`, `lists` and `channels` are those that it names and that exist; channels by their references; `groups`
    are those that somebody is in; `words` is the installation's list of words; `number_languages` has the
    language of each of its numbers that has one."""

    document: Mapping[str, Any] = field(default_factory=dict)
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    agents: Sequence[str] = ()
    hours: Sequence[str] = ()
    services: Sequence[str] = ()
    channels: Sequence[str] = ()
    lists: Sequence[str] = ()
    resources_mark: tuple[str, ...] = ()
    groups: Sequence[str] = ()
    words: OwnWords = field(default_factory=dict)
    number_languages: Mapping[str, str] = field(default_factory=dict)

    def outdated_in(self, menu: Menu, voices: Mapping[str, str]) -> frozenset[str]:
        """The audio names whose text a voice would now say otherwise than it did, if the menu were this one.
        `voices`: what they speak."""
        words, rates = {**self.words, **menu.words}, rates_of(menu)
        return frozenset(
            name for name, prompt in self.prompts.items() if prompt.is_outdated(words, rates.get(name, ()), voices)
        )

    @property
    def spoken(self) -> Mapping[str, str]:
        """Audio name -> the words of its file, where it was spoken."""
        return {name: prompt.text for name, prompt in self.prompts.items() if prompt.text is not None}

    def published(self) -> PublishedMenu:
        """The version that calls read."""
        files = {name: prompt.as_file() for name, prompt in self.prompts.items()}
        return PublishedMenu(self.ivr_id, self.version, parse_menu(self.document), files)

    @property
    def state(self) -> MenuState:
        spoken_at = tuple(self.prompts[audio].created_at for audio in sorted(self.prompts))
        numbers = tuple(self.dids), tuple(sorted(self.number_languages.items()))
        rest = self.resources_mark, self.draft
        return MenuState(self.ivr_id, self.version, self.updated_at, numbers, spoken_at, *rest)


@dataclass(frozen=True, slots=True)
class MenuState:
    """A small value by which to see whether a stored menu has changed: while it is equal, so is all else. `numbers`
    are its DIDs, and the languages of those that have one; `spoken_at` the times of its prompts, in the order of
    their names; `resources_mark` changes with the services, channels and lists that there are; `draft` with each
    write of its draft."""

    ivr_id: str
    version: int
    updated_at: datetime
    numbers: tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
    spoken_at: tuple[datetime, ...]
    resources_mark: tuple[str, ...] = ()
    draft: DraftHead | None = None


@dataclass(frozen=True, slots=True)
class DidBinding:
    """A DID and its menu; `name` and `languages` are the menu's. `language`: that of the number's callers, None where
    it tells none."""

    did: str
    ivr_id: str
    assigned_at: datetime
    name: str = ""
    language: str | None = None
    languages: Sequence[str] = ()


class MenuStore(Protocol):
    """Menus, their versions, prompts and DIDs, in Postgres. Every change is one transaction that also writes the
    audit log (`actor` is the id of a key or user) and a note for the cache; calls see the change once
    `MenuPublisher.publish` has run. With an `expected_version` a change raises VersionReplaced when the menu is at
    another one."""

    def create(self, ivr_id: str, document: Mapping[str, Any], *, actor: str) -> StoredMenu:
        """A new menu, version 1. `document` has been checked by parse_menu."""

    def get(self, ivr_id: str) -> StoredMenu:
        """Raises MenuNotFound."""

    def state(self, ivr_id: str) -> MenuState:
        """Cheaper to read than the menu. Raises MenuNotFound."""

    def get_many(self, ivr_ids: Sequence[str]) -> Sequence[StoredMenu]:
        """In this order; ids without a menu are left out."""

    def list(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        search: Searched = EVERYTHING,
        sort: MenuSort | None = None,
        total: bool = False,
    ) -> ListPage[MenuSummary]:
        """`search`: only menus that have this in their name or in one of their DIDs. The newest come first unless
        `sort` says otherwise."""

    def names_beginning(self, text: str) -> set[str]:
        """The names of all menus that begin with it."""

    def languages(self) -> Sequence[str]:
        """Those that any menu speaks, sorted."""

    def edit(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> StoredMenu:
        """Read, change and write as a new version, under the menu's lock. `change` takes the stored document and
        returns the new one; an exception that it raises leaves everything as it was. An unchanged document makes no
        new version."""

    def delete(self, ivr_id: str, *, actor: str, force: bool = False, expected_version: int | None = None) -> None:
        """Move it to the bin. Raises DidsBound while it has DIDs, unless forced: then these become free."""

    def put_prompts(
        self,
        ivr_id: str,
        change: Callable[[StoredMenu], tuple[Mapping[str, Any], Sequence[Prompt]]],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> StoredMenu:
        """Change the document and put prompts, under the menu's lock: one new version, unless document and files were
        so before. `change` takes the stored menu and returns both; an exception that it raises leaves everything as
        it was. The cost of each prompt is charged each time."""

    def restore(
        self,
        ivr_id: str,
        version: int,
        *,
        actor: str,
        expected_version: int | None = None,
        playable: Callable[[str], bool],
    ) -> StoredMenu:
        """Make the document and the prompts of that version a new version. A prompt whose file is no longer
        `playable` stays as it is now. Raises VersionNotFound."""

    def assign(
        self,
        ivr_id: str,
        did: str,
        *,
        actor: str,
        replace: bool = False,
        language: str | None = None,
        expected_version: int | None = None,
    ) -> StoredMenu:
        """Assign the DID to this menu; does nothing when it is. Raises DidTaken when it has another menu, unless
        `replace`. `language`: that of its callers; empty: none of their own; None: as it was."""

    def unassign(self, ivr_id: str, did: str, *, actor: str, expected_version: int | None = None) -> None:
        """Raises MenuNotFound when the DID is not assigned to this menu."""

    def list_dids(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        search: Searched = EVERYTHING,
        sort: DidSort | None = None,
        total: bool = False,
    ) -> ListPage[DidBinding]:
        """By number unless `sort` says otherwise; `name` is the menu's."""

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """Any version ever written; None when there is none or the menu was deleted."""
