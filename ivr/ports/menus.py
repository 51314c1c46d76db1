"""What the product asks of its stores, in prose and types. `ivr.storage` fulfils it; the domain never imports it.

`get_` raises TreeNotFound, `find_` may return None. Every method raises StorageUnavailable within its time
budget when the store cannot be reached. Times are UTC-aware, money is Decimal US dollars, lists come newest first
in pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, Protocol, TypeVar

from ivr.domain.calls import CallRecord, Outcome
from ivr.domain.numbers import E164
from ivr.domain.published import PromptFile, Published
from ivr.domain.tree import parse_tree

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
TreeStatus = Literal["draft", "live"]
PromptSource = Literal["tts", "upload"]
# Who did it, where no person and no key did.
SYSTEM = "digitree"

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """One page of a list. `next_cursor` is opaque and None on the last page; a bad one raises InvalidCursor."""

    items: Sequence[T_co]
    next_cursor: str | None = None


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
class TreeSummary:
    """A menu in a list. It is live while a DID leads to it."""

    ivr_id: str
    name: str
    version: int
    dids: Sequence[str]
    created_at: datetime
    updated_at: datetime

    @property
    def status(self) -> TreeStatus:
        return "live" if self.dids else "draft"


@dataclass(frozen=True, slots=True)
class StoredTree(TreeSummary):
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

    def published(self) -> Published:
        """The version that calls read."""
        files = {name: PromptFile(prompt.file, prompt.duration_ms) for name, prompt in self.prompts.items()}
        return Published(self.ivr_id, self.version, parse_tree(self.document), files)


    @property
    def state(self) -> TreeState:
        spoken_at = tuple(self.prompts[audio].created_at for audio in sorted(self.prompts))
        return TreeState(self.ivr_id, self.version, self.updated_at, tuple(self.dids), spoken_at)


@dataclass(frozen=True, slots=True)
class TreeState:
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


class TreeStore(Protocol):
    """Menus, their versions, prompts and DIDs, in Postgres. Every change is one transaction that also writes the
    audit log (`actor` is who: a key's id) and notes what the cache must be told; nobody hears the change until
    `TreePublisher.publish` has run."""

    def create(self, ivr_id: str, document: Mapping[str, Any], *, actor: str) -> StoredTree:
        """A new menu, version 1. `document` has been parsed before."""

    def get(self, ivr_id: str) -> StoredTree:
        """Raises TreeNotFound."""

    def state(self, ivr_id: str) -> TreeState:
        """Less to read than the menu itself. Raises TreeNotFound."""

    def get_many(self, ivr_ids: Sequence[str]) -> Sequence[StoredTree]:
        """In this order; those that are not there are left out."""

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, search: str | None = None
    ) -> Page[TreeSummary]:
        """`search`: those alone whose name or a DID of which has this in it, whatever its case."""

    def edit(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> StoredTree:
        """Read, change, write as a new version while nobody else can write this menu. `change` takes the stored
        document and returns the new one; what it raises leaves everything as it was. An unchanged document makes
        no new version. Raises VersionReplaced when the menu is not at `expected_version`."""

    def delete(self, ivr_id: str, *, actor: str, force: bool = False) -> None:
        """Raises DidsBound while DIDs lead here, unless forced: then they lead nowhere."""

    def put_prompt(self, prompt: Prompt, *, actor: str) -> StoredTree:
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
    ) -> StoredTree:
        """The document of that version and its prompts become a new version; nothing is forgotten. A prompt whose
        file is not `playable` any more stays as it is now. Raises VersionNotFound, VersionReplaced."""

    def assign(self, ivr_id: str, did: str, *, actor: str, replace: bool = False) -> StoredTree:
        """The DID leads to this menu. Raises DidTaken when it leads to another, unless `replace`. Twice is once."""

    def unassign(self, ivr_id: str, did: str, *, actor: str) -> None:
        """Raises TreeNotFound when the DID does not lead to this menu."""

    def list_dids(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[DidBinding]:
        """In the order of the numbers."""

    def find_version(self, ivr_id: str, version: int) -> Published | None:
        """Any version ever written, also of the past; None when there is none or the menu was deleted."""


@dataclass(frozen=True, slots=True)
class TreeVersion:
    """A version of a menu as it was written: `actor` wrote it, `prompts` are its audio names with their files."""

    ivr_id: str
    version: int
    created_at: datetime
    actor: str
    document: Mapping[str, Any]
    prompts: Mapping[str, PromptFile]


class VersionStore(Protocol):
    """What menus were. Each write of `TreeStore`, of a prompt or of a named agent made one."""

    def get(self, ivr_id: str, version: int) -> TreeVersion:
        """Raises VersionNotFound, TreeNotFound."""

    def list(
        self, ivr_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[tuple[TreeVersion, TreeVersion | None]]:
        """Each with the version before it. Raises TreeNotFound."""

    def calls_under_way(self, ivr_id: str) -> int:
        """Calls that are in this menu now, as far as records of their beginning have come in."""


class TreePublisher(Protocol):
    """Brings the cache in step with Postgres."""

    def publish(self) -> int:
        """Everything that was changed and not published yet goes to the cache, each menu with all its DIDs in one
        MULTI; returns how many menus and DIDs that were. When the cache is away it raises StorageUnavailable; the
        note stays, and the keeper publishes it later."""


@dataclass(frozen=True, slots=True)
class CallFilter:
    """`since` is inclusive, `until` exclusive; both compare with the start of the call."""

    did: str | None = None
    ani: str | None = None
    ivr_id: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class CallStore(Protocol):
    """Call records. Starts and ends may come twice and in any order; what a later worker of the same call says
    (more `take_overs`) wins, and an end wins over a start."""

    def started(self, record: CallRecord, *, writer: str = "") -> None: ...

    def ended(self, record: CallRecord, *, writer: str = "") -> None: ...

    def find(self, call_id: str) -> CallRecord | None: ...

    def count_by_menu(self, ivr_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        """How many calls of these menus began since then, tests left out; a menu without any is absent."""

    def list(
        self, wanted: CallFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[CallRecord]: ...


class MenuSource(Protocol):
    """Where calls get their menus."""

    def find(self, did: str) -> Published | None:
        """The menu this DID leads to now; None when it surely leads nowhere. Raises StorageUnavailable only when
        neither the cache nor the machine's last good menus can say."""

    def find_version(self, ivr_id: str, version: int) -> Published | None:
        """The version a call under way is pinned to."""

    def find_ticket(self, dialled: str) -> tuple[Published, E164 | None] | None:
        """The menu that a test call tries, and its number if it has one; None when the ticket is unknown or too old.
        Raises StorageUnavailable when the cache does not answer."""
