"""The numbers of a file, each with the end and the note that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.number_lists import MAX_NOTE, ListedNumber
from ivr.domain.problems import BadLine

CSV_COLUMNS = ("number", "expires_at", "note", "added_at")
_NO_TIME = "this is no time; write it as 2026-03-09T12:00:00Z, or leave the cell empty"
_YEARS = range(1970, 2200)


class EndAndNote(NamedTuple):
    """What a request says of numbers: the end of those that have none of their own, and their note."""

    expires_at: datetime | None = None
    note: str = ""


def read_numbers(file: NumberFile, given: EndAndNote, bad: list[BadLine]) -> Iterator[ListedNumber]:
    """The numbers with the cells of the columns `expires_at` and `note`, as an export has them. A line whose time
    cannot be read is put into `bad`: the number would be listed for good."""
    headings = [column.name.strip().lower() for column in file.understood.layout.columns]
    places = {name: headings.index(name) for name in ("expires_at", "note") if name in headings}
    for each in file:
        cells = {name: file.cells[at].strip() for name, at in places.items() if at < len(file.cells)}
        expires_at = given.expires_at
        if cells.get("expires_at"):
            end = _time(cells["expires_at"])
            if end is None:
                bad.append(BadLine(each.line, _NO_TIME, cells["expires_at"]))
                continue
            expires_at = end
        note = _plain(cells.get("note", "")) or given.note
        yield ListedNumber(each.number, expires_at, note)


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _plain(text: str) -> str:
    """A note without what cannot be seen; an apostrophe that an export put before it is taken away."""
    bare = text.removeprefix("'") if text[:2] in ("'=", "'+", "'-", "'@") else text
    return "".join(each for each in bare if each.isprintable())[:MAX_NOTE].strip()
