"""The do-not-call lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ivr.domain.dnc.events import DEFAULT_LIST, DncEvent, ListScope, OptOut, Source
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.signed_heads import SignedHead
from ivr.ports.pages import DEFAULT_LIMIT, SYSTEM, ListPage


@dataclass(frozen=True, slots=True)
class DncEntry:
    """A number that must not be called again. `number` is None when it was withheld or is not a possible one: then
    each event is an entry of its own. `first_at` is when the event happened that put it on the list; `events`
    counts all."""

    entry_id: str
    number: str | None
    number_raw: str
    source: Source
    first_at: datetime
    last_at: datetime
    honour_by: datetime
    events: int
    list_id: str = DEFAULT_LIST
    released_at: datetime | None = None


def listed_at(entry: DncEntry | None) -> datetime | None:
    """When this number was put on the list last; None: it is not on it."""
    return None if entry is None or entry.released_at is not None else entry.last_at


DncSort = Literal["first_at", "-first_at", "number", "-number"]


@dataclass(frozen=True, slots=True)
class DncFilter:
    """`since` is inclusive, `until` exclusive; both compare with the first opt-out, whose source counts.
    `unidentified`: only entries without a number, or only those with one. `digits`: only numbers that have them."""

    source: Source | None = None
    since: datetime | None = None
    until: datetime | None = None
    unidentified: bool | None = None
    list_id: str = DEFAULT_LIST
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class DncList:
    """A do-not-call list. `scope` says in which checks it counts: in all, in those for its `seller`, or in those that
    name it. `head_seq` and `head_hash` are its chain's last event, `signed_head` the newest of its heads that was
    signed."""

    list_id: str
    scope: ListScope
    seller: str | None
    created_at: datetime
    head_seq: int
    head_hash: str
    signed_head: SignedHead | None = None


@dataclass(frozen=True, slots=True)
class DncMatch:
    """A result of a check: this number is on this list."""

    number: str
    list_id: str
    first_at: datetime


@dataclass(frozen=True, slots=True)
class DncCheck:
    """The log of a check: `numbers` is how many different ones, `listed` how many of them were found.
    `numbers_sha256` is over the numbers, sorted and joined by line feeds, so that a client who kept them can prove
    which they were."""

    check_id: str
    at: datetime
    actor: str
    list_id: str | None
    seller: str | None
    numbers: int
    listed: int
    numbers_sha256: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Checks of one number alone: how many there were, and how many of them found it listed."""

    times: int
    listed: int


@dataclass(frozen=True, slots=True)
class Imported:
    """`numbers` in the file. `added` were put on the list; the others were listed already or repeated in the file.
    `passed_over` are lines of an export that are released or have no number, `refused` lines without a valid one."""

    numbers: int
    added: int
    passed_over: int
    refused: int = 0


# The stage (read, write), the bytes read or events written, and the total: 0 when it is not known.
ImportProgress = Callable[[str, int, int], None]


class DncStore(Protocol):
    """The do-not-call lists: append-only, each a chain of events (`ivr.domain.dnc.chain`). A method raises
    ListNotFound when it names a list that does not exist; the default list always exists."""

    def record(self, opt_out: OptOut) -> bool:
        """Write an event once, by its `event_id`; True when it was new. A released number is listed again."""

    def release(self, number: str, *, actor: str, reason: str, list_id: str = DEFAULT_LIST) -> bool:
        """Take a number off a list by an event; False when it is not listed."""

    def find(self, number: str, list_id: str = DEFAULT_LIST) -> DncEntry | None:
        """The entry of a number, also a released one."""

    def events(
        self, entry_id: str, list_id: str = DEFAULT_LIST, *, limit: int = DEFAULT_LIMIT
    ) -> Sequence[DncEvent]:
        """The events of an entry, oldest first."""

    def list(
        self,
        wanted: DncFilter | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: DncSort | None = None,
        total: bool = False,
    ) -> ListPage[DncEntry]:
        """The newest first unless `sort` says otherwise."""

    def export(self, list_id: str = DEFAULT_LIST) -> Iterator[DncEntry]:
        """All entries, oldest first, streamed."""

    def create_list(
        self, list_id: str, scope: ListScope, seller: str | None = None, *, actor: str = SYSTEM
    ) -> DncList:
        """Raises ListTaken when the id is in use."""

    def lists(self) -> Sequence[DncList]: ...

    def find_list(self, list_id: str) -> DncList | None: ...

    def changes(self, list_id: str, since: int, *, limit: int = DEFAULT_LIMIT) -> Sequence[DncEvent]:
        """The events after that `seq`, in order. A later event never gets a lower `seq`."""

    def check(
        self, numbers: Sequence[str], *, actor: str, list_id: str | None = None, seller: str | None = None
    ) -> tuple[DncCheck, Sequence[DncMatch]]:
        """Which numbers are on a list that counts for all, on this list, or on a list of this seller. The check is
        logged."""

    def checks(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[DncCheck]:
        """The log, newest first."""

    def words_of(self, prompt_file: str) -> str | None:
        """What was spoken into the file that a record names, or into several that it joins; None: not known."""

    def asked(self, number: str, since: datetime) -> Asked:
        """The checks of this number alone since then."""

    def import_numbers(
        self,
        numbers: NumberFile,
        *,
        actor: str,
        list_id: str = DEFAULT_LIST,
        strict: bool = False,
        dry_run: bool = False,
        progress: ImportProgress = lambda stage, done, total: None,
    ) -> Imported:
        """Put the numbers of a file on a list in one transaction, without its bad lines. `strict`: none when a line
        is bad. `dry_run` only counts. Raises ImportRefused when nothing may be imported."""

    def unidentified(self, since: datetime) -> int:
        """The number of opt-outs without a number since then."""
