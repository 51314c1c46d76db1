"""Menus, their prompts and the DIDs that lead to them.

`get_` raises MenuNotFound, `find_` may return None. Every method raises StorageUnavailable within its time
budget when the store cannot be reached. Times are UTC-aware, money is Decimal US dollars, lists come newest first
in pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.ports.pages import DEFAULT_LIMIT, ListPage

MenuStatus = Literal["draft", "live"]
PromptSource = Literal["tts", "upload"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is known of one audio name of one menu. `text`, `voice` and `model` are None for an upload."""

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


@dataclass(frozen=True, slots=True)
class MenuSummary:
    """A menu in a list. It is live while a DID leads to it."""

    ivr_id: str
    name: str
    version: int
    dids: Sequence[str]
    created_at: datetime
    updated_at: datetime

    @property
    def status(self) -> MenuStatus:
        return "live" if self.dids else "draft"


@dataclass(frozen=True, slots=True)
class StoredMenu(MenuSummary):
    """A menu with all that belongs to it. `document` is what parse_tree reads, in the author's order; `prompts`
    has every audio name that was spoken or uploaded, also those no node uses now; `agents` those of the agents it
    names that exist."""

    document: Mapping[str, Any] = field(default_factory=dict)
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    agents: Sequence[str] = ()

    @property
    def spoken(self) -> Mapping[str, str]:
        """Audio name -> the words that its file was spoken with."""
        return {name: prompt.text for name, prompt in self.prompts.items() if prompt.text is not None}

    def published(self) -> PublishedMenu:
        """The version that calls read."""
        files = {name: PromptFile(prompt.file, prompt.duration_ms) for name, prompt in self.prompts.items()}
        return PublishedMenu(self.ivr_id, self.version, parse_menu(self.document), files)


    @property
    def state(self) -> MenuState:
        spoken_at = tuple(self.prompts[audio].created_at for audio in sorted(self.prompts))
        return MenuState(self.ivr_id, self.version, self.updated_at, tuple(self.dids), spoken_at)


@dataclass(frozen=True, slots=True)
class MenuState:
    """What tells whether a stored menu is still as it was: where this is equal all else is, too. `spoken_at` are the
    times of its prompts, in the order of their names."""

    ivr_id: str
    version: int
    updated_at: datetime
    dids: tuple[str, ...]
    spoken_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class DidBinding:
    """`name` is the menu's."""

    did: str
    ivr_id: str
    assigned_at: datetime
    name: str = ""


class MenuStore(Protocol):
    """Menus, their versions, prompts and DIDs, in Postgres. Every change is one transaction that also writes the
    audit log (`actor` is who: a key's id) and notes what the cache must be told; nobody hears the change until
    `MenuPublisher.publish` has run."""

    def create(self, ivr_id: str, document: Mapping[str, Any], *, actor: str) -> StoredMenu:
        """A new menu, version 1. `document` has been parsed before."""

    def get(self, ivr_id: str) -> StoredMenu:
        """Raises MenuNotFound."""

    def state(self, ivr_id: str) -> MenuState:
        """Less to read than the menu itself. Raises MenuNotFound."""

    def get_many(self, ivr_ids: Sequence[str]) -> Sequence[StoredMenu]:
        """In this order; those that are not there are left out."""

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, search: str | None = None
    ) -> ListPage[MenuSummary]:
        """`search`: those alone whose name or a DID of which has this in it, whatever its case."""

    def edit(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> StoredMenu:
        """Read, change, write as a new version while nobody else can write this menu. `change` takes the stored
        document and returns the new one; what it raises leaves everything as it was. An unchanged document makes
        no new version. Raises VersionReplaced when the menu is not at `expected_version`."""

    def delete(self, ivr_id: str, *, actor: str, force: bool = False) -> None:
        """Raises DidsBound while DIDs lead here, unless forced: then they lead nowhere."""

    def put_prompt(self, prompt: Prompt, *, actor: str) -> StoredMenu:
        """This audio name of this menu is this file from now on: a new version (unless it was so before). The
        cost is charged each time."""

    def restore(
        self,
        ivr_id: str,
        version: int,
        *,
        actor: str,
        expected_version: int | None = None,
        playable: Callable[[str], bool],
    ) -> StoredMenu:
        """The document of that version and its prompts become a new version; nothing is forgotten. A prompt whose
        file is not `playable` any more stays as it is now. Raises VersionNotFound, VersionReplaced."""

    def assign(self, ivr_id: str, did: str, *, actor: str, replace: bool = False) -> StoredMenu:
        """The DID leads to this menu. Raises DidTaken when it leads to another, unless `replace`. Twice is once."""

    def unassign(self, ivr_id: str, did: str, *, actor: str) -> None:
        """Raises MenuNotFound when the DID does not lead to this menu."""

    def list_dids(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[DidBinding]:
        """In the order of the numbers."""

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """Any version ever written, also of the past; None when there is none or the menu was deleted."""
