"""What the product asks of its do-not-call lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.dnc.events import DEFAULT_LIST, DncEvent, ListScope, OptOut, Source
from ivr.ports.pages import DEFAULT_LIMIT, SYSTEM, ListPage


@dataclass(frozen=True, slots=True)
class DncEntry:
    """A number that must not be called again. `number` is None when it was withheld or cannot be one: then each
    event is an entry of its own. `first` is the event that put it on the list; `events` counts all."""

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


@dataclass(frozen=True, slots=True)
class DncFilter:
    """`since` is inclusive, `until` exclusive; both compare with the first opt-out, whose source counts.
    `unidentified`: entries without a number alone, or those with one alone."""

    source: Source | None = None
    since: datetime | None = None
    until: datetime | None = None
    unidentified: bool | None = None
    list_id: str = DEFAULT_LIST


@dataclass(frozen=True, slots=True)
class DncList:
    """A do-not-call list. `scope` says whom it binds: everybody, one `seller`, or those who name the list.
    `head_seq` and `head_hash` are its chain's last event."""

    list_id: str
    scope: ListScope
    seller: str | None
    created_at: datetime
    head_seq: int
    head_hash: str


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """An answer to a check: this number is on this list."""

    number: str
    list_id: str
    first_at: datetime


@dataclass(frozen=True, slots=True)
class DncCheck:
    """Who checked when: `numbers` different ones, `listed` of them found; `numbers_sha256` is over them, sorted and
    joined by line feeds, so that who kept the numbers can show which they were."""

    check_id: str
    at: datetime
    actor: str
    list_id: str | None
    seller: str | None
    numbers: int
    listed: int
    numbers_sha256: str


@dataclass(frozen=True, slots=True)
class Imported:
    """`numbers` in the file; `added` are on the list by it, the rest stood there or twice in the file. `passed_over`
    are lines of an export that are released or without a number."""

    numbers: int
    added: int
    passed_over: int


# The stage (read, write) with the bytes read or the events written, and the total: 0 where it is not known.
ImportProgress = Callable[[str, int, int], None]


class DncStore(Protocol):
    """The do-not-call lists: append-only, each a chain of events (`ivr.domain.dnc.chain`). What names a list that is
    not there raises ListNotFound; the default list always is."""

    def record(self, opt_out: OptOut) -> bool:
        """Writes an event once, by its `event_id`; True when it was new. A released number is listed again."""

    def release(self, number: str, *, actor: str, reason: str, list_id: str = DEFAULT_LIST) -> bool:
        """Takes a number off a list by an event; False when it is not on it."""

    def find(self, number: str, list_id: str = DEFAULT_LIST) -> DncEntry | None:
        """Also a released entry."""

    def events(
        self, entry_id: str, list_id: str = DEFAULT_LIST, *, limit: int = DEFAULT_LIMIT
    ) -> Sequence[DncEvent]:
        """The events of an entry, oldest first."""

    def list(
        self, wanted: DncFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[DncEntry]: ...

    def export(self, list_id: str = DEFAULT_LIST) -> Iterator[DncEntry]:
        """All entries, oldest first, streamed."""

    def create_list(
        self, list_id: str, scope: ListScope, seller: str | None = None, *, actor: str = SYSTEM
    ) -> DncList:
        """Raises ListTaken when there is one of this id."""

    def lists(self) -> Sequence[DncList]: ...

    def find_list(self, list_id: str) -> DncList | None: ...

    def changes(self, list_id: str, since: int, *, limit: int = DEFAULT_LIMIT) -> Sequence[DncEvent]:
        """The events after that `seq`, in their order. None ever comes in before one that was there."""

    def check(
        self, numbers: Sequence[str], *, actor: str, list_id: str | None = None, seller: str | None = None
    ) -> tuple[DncCheck, Sequence[ListedNumber]]:
        """Which are listed for everybody, on this list or for this seller. The check is logged."""

    def checks(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[DncCheck]:
        """The log, newest first."""

    def import_csv(
        self,
        lines: Iterable[bytes],
        *,
        actor: str,
        list_id: str = DEFAULT_LIST,
        region: str = "US",
        progress: ImportProgress = lambda stage, done, total: None,
    ) -> Imported:
        """All numbers of a CSV (`ivr.domain.dnc.csv_lines`), or none. Raises ImportRefused."""

    def unidentified(self, since: datetime) -> int:
        """How many opt-outs without a number came since then."""
