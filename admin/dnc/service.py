"""The do-not-call list as the API shows it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from admin.dnc.import_progress import ImportBoard
from admin.dnc.proof import EVENTS_SHOWN, OptOutProof, find_proof
from ivr.domain.call_records import new_id
from ivr.domain.dnc.events import DncEvent, OptOut, Source
from ivr.domain.numbers import E164
from ivr.ports.dnc import DncEntry, DncFilter, DncStore, Imported
from ivr.ports.pages import ListPage
from ivr.storage.disk.prompt_files import PromptFiles

CSV_COLUMNS = ("number", "number_as_received", "source", "first_at", "last_at", "must_honour_by", "events", "state")
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True)
class DncService:
    store: DncStore
    prompts: PromptFiles
    region: str
    imports: ImportBoard

    def release(self, number: E164, list_id: str, *, actor: str, reason: str) -> bool:
        """False when the number is not on the list, or was released before."""
        return self.store.release(number, actor=actor, reason=reason, list_id=list_id)

    def proof(self, number: E164, list_id: str) -> OptOutProof | None:
        return find_proof(self.store, number, list_id)

    def list(self, wanted: DncFilter, limit: int, cursor: str | None) -> ListPage[DncEntry]:
        return self.store.list(wanted, limit=limit, cursor=cursor)

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
        """All numbers of a CSV of `size` bytes, or none; with a `name` it can be asked how far it is. Raises
        ImportRefused, ListNotFound."""
        told = {"progress": self.imports.reporter(actor, name, size)} if name is not None else {}
        return self.store.import_csv(lines, actor=actor, list_id=list_id, region=self.region, **told)

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
    """A cell that no spreadsheet runs; a number in E.164 form is none however it begins."""
    if text.startswith(_FORMULA_STARTS) and not (text[0] == "+" and text[1:].isascii() and text[1:].isdigit()):
        return "'" + text
    return text


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
