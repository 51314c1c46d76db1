"""The do-not-call lists: opt-outs by hand, imports, exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from admin.dnc.import_progress import ImportBoard
from admin.dnc.proof import EVENTS_SHOWN
from ivr.domain.call_records import new_id
from ivr.domain.dnc.events import DncEvent, OptOut, Source
from ivr.domain.numbers import E164
from ivr.ports.dnc import DncEntry, DncStore, Imported

CSV_COLUMNS = ("number", "number_as_received", "source", "first_at", "last_at", "must_honour_by", "events", "state")
# A spreadsheet takes these for the beginning of a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


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

    def add(self, number: E164, source: Source, list_id: str, *, actor: str) -> bool:
        """Another event for this number; True when it was not on the list before."""
        before = self.store.find(number, list_id)
        self.store.record(
            OptOut(
                event_id=new_id("optout"),
                number=number,
                number_raw=number,
                source=source,
                pressed_at=datetime.now(UTC),
                actor=actor,
                list_id=list_id,
            )
        )
        return before is None or before.released_at is not None

    def import_csv(
        self, lines: Iterable[bytes], list_id: str, *, actor: str, name: str | None = None, size: int = 0
    ) -> Imported:
        """Import all numbers of a CSV of `size` bytes, or none; with a `name` its progress can be asked for. Raises
        ImportRefused, ListNotFound."""
        options = {"progress": self.imports.reporter(actor, name, size)} if name is not None else {}
        return self.store.import_csv(lines, actor=actor, list_id=list_id, region=self.region, **options)

    def export(self, list_id: str) -> Iterator[str]:
        """The whole list as CSV, line by line, oldest first."""
        yield _line(CSV_COLUMNS)
        for entry in self.store.export(list_id):
            yield _line(
                (
                    entry.number or "",
                    _safe_cell(entry.number_raw),
                    entry.source,
                    entry.first_at.isoformat(),
                    entry.last_at.isoformat(),
                    entry.honour_by.isoformat(),
                    str(entry.events),
                    "released" if entry.released_at else "listed",
                )
            )


def _safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a number in E.164 form never is one."""
    if text.startswith(_FORMULA_STARTS) and not (text[0] == "+" and text[1:].isascii() and text[1:].isdigit()):
        return "'" + text
    return text


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
