"""The do-not-call lists: opt-outs by hand, imports, exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from admin.dnc.import_progress import ImportBoard
from admin.dnc.proof import EVENTS_SHOWN
from ivr.domain.call_records import new_id
from ivr.domain.dnc.csv_cells import csv_line, safe_cell
from ivr.domain.dnc.events import DncEvent, OptOut, Source
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.numbers import E164
from ivr.ports.dnc import DncEntry, DncStore, Imported

CSV_COLUMNS = ("number", "number_as_received", "source", "first_at", "last_at", "must_honour_by", "events", "state")


@dataclass(frozen=True)
class DncService:
    store: DncStore
    region: str
    imports: ImportBoard

    def find(self, number: E164, list_id: str) -> tuple[DncEntry, Sequence[DncEvent]] | None:
        """The entry of a number with its events, released or not; None when it never was on the list."""
        entry = self.store.find(number, list_id)
        if entry is None:
            return None
        return entry, self.store.events(entry.entry_id, list_id, limit=EVENTS_SHOWN)

    def add(self, number: E164, received: str, source: Source, list_id: str, *, actor: str) -> bool:
        """Another event for this number, which was `received` as that text; True when it was not on the list
        before."""
        before = self.store.find(number, list_id)
        self.store.record(
            OptOut(
                event_id=new_id("optout"),
                number=number,
                number_raw=received,
                source=source,
                pressed_at=datetime.now(UTC),
                actor=actor,
                list_id=list_id,
            )
        )
        return before is None or before.released_at is not None

    def import_file(
        self,
        numbers: NumberFile,
        list_id: str,
        *,
        actor: str,
        name: str | None,
        size: int,
        strict: bool,
        dry_run: bool,
        go_on: Callable[[], None] = lambda: None,
    ) -> Imported:
        """Import the numbers of a file of `size` bytes; with a `name` its progress can be asked for. `go_on` is asked
        now and then; what it raises ends the import, and nothing is imported. Raises ImportRefused, ListNotFound."""
        report = self.imports.reporter(actor, name, size) if name is not None else None

        def progress(stage: str, done: int, total: int) -> None:
            go_on()
            if report is not None:
                report(stage, done, total)

        return self.store.import_numbers(
            numbers, actor=actor, list_id=list_id, strict=strict, dry_run=dry_run, progress=progress
        )

    def export(self, list_id: str) -> Iterator[str]:
        """The whole list as CSV, line by line, oldest first."""
        yield csv_line(CSV_COLUMNS)
        for entry in self.store.export(list_id):
            yield csv_line(
                (
                    entry.number or "",
                    safe_cell(entry.number_raw),
                    entry.source,
                    entry.first_at.isoformat(),
                    entry.last_at.isoformat(),
                    entry.honour_by.isoformat(),
                    str(entry.events),
                    "released" if entry.released_at else "listed",
                )
            )
