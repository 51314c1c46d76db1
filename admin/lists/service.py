"""Lists of numbers. A change is in Postgres, then in Redis, and then it is answered: the next call knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from admin.lists.incoming import CSV_COLUMNS, EndAndNote, read_numbers
from admin.menus.errors import CacheAway, SavedNotLive
from ivr.domain.call_records import utc_now
from ivr.domain.dnc.csv_cells import csv_line, safe_cell
from ivr.domain.dnc.import_file import MAX_BAD_SHOWN, NumberFile
from ivr.domain.errors import ImportRefused, NumberListFull, NumberListNotFound, StorageUnavailable
from ivr.domain.number_lists import MAX_NUMBERS, ListedNumber
from ivr.domain.numbers import E164
from ivr.domain.problems import BadLine
from ivr.ports.number_lists import Listed, ListedPublisher, NumberListStore, StoredListing


class ListImport(NamedTuple):
    """`numbers` were read; `bad` has the first lines without a number or with a time that is none, of `refused`."""

    numbers: int
    listed: Listed
    bad: Sequence[BadLine]
    refused: int


@dataclass(frozen=True)
class NumberListService:
    """`cache` is asked before a change and raises StorageUnavailable while calls could not read it. A change raises
    CacheAway when nothing was done, SavedNotLive when calls read it a moment later."""

    store: NumberListStore
    publisher: ListedPublisher
    cache: Callable[[], object]
    region: str
    clock: Callable[[], datetime] = utc_now

    def delete(self, name: str, *, force: bool, actor: str) -> bool:
        """False when there is no such list. Raises NumberListNotEmpty."""
        self._ask_cache()
        deleted = self.store.delete(name, actor=actor, force=force)
        if deleted:
            self._publish()
        return deleted

    def put(self, name: str, entries: Sequence[ListedNumber], *, actor: str) -> Listed:
        """Put numbers on the list; raises NumberListNotFound, NumberListFull."""
        self._ask_cache()
        done = self.store.put(name, entries, actor=actor)
        self._publish()
        return done

    def remove(self, name: str, number: E164, *, actor: str) -> bool:
        """False when it is not on the list."""
        self._ask_cache()
        removed = self.store.remove(name, number, actor=actor)
        if removed:
            self._publish()
        return removed

    def find_number(self, name: str, number: E164) -> StoredListing | None:
        """The entry of a number that is on the list now; raises NumberListNotFound."""
        found = self.store.find_number(name, number)
        if found is not None and found.listed.holds_at(self.clock()):
            return found
        if self.store.find(name) is None:
            raise NumberListNotFound(name)
        return None

    def import_file(
        self, name: str, file: NumberFile, given: EndAndNote, *, dry_run: bool, actor: str
    ) -> ListImport:
        """Put the numbers of a file on the list, bad lines left out. Raises NumberListNotFound, NumberListFull, and
        ImportRefused for a file without any good line."""
        if self.store.find(name) is None:
            raise NumberListNotFound(name)
        bad: list[BadLine] = []
        entries: dict[str, ListedNumber] = {}
        for each in read_numbers(file, given, bad):
            if len(entries) <= MAX_NUMBERS:
                entries[each.number] = each
        if len(entries) > MAX_NUMBERS:
            raise NumberListFull(name, MAX_NUMBERS)
        shown, refused = sorted([*file.bad, *bad])[:MAX_BAD_SHOWN], file.bad_count + len(bad)
        if refused and not entries:
            raise ImportRefused(shown, refused)
        listed = Listed(0, 0) if dry_run else self.put(name, list(entries.values()), actor=actor)
        return ListImport(len(entries), listed, shown, refused)

    def export(self, name: str) -> Iterator[str]:
        """The list as CSV, line by line; raises NumberListNotFound."""
        entries = self.store.export(name)
        yield csv_line(CSV_COLUMNS)
        for each in entries:
            listed = each.listed
            ends = listed.expires_at.isoformat() if listed.expires_at is not None else ""
            yield csv_line((listed.number, ends, safe_cell(listed.note), each.added_at.isoformat()))

    def _ask_cache(self) -> None:
        try:
            self.cache()
        except StorageUnavailable:
            raise CacheAway from None

    def _publish(self) -> None:
        try:
            self.publisher.publish()
        except StorageUnavailable as error:
            raise SavedNotLive(None) from error
