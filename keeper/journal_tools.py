"""What `digitree journal` shows and replays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.domain.errors import RecordRefused
from ivr.domain.reports.usage import Rates
from ivr.storage.disk.segments import Damage, Record, is_held, iterate, read_segment
from ivr.storage.postgres.call_writes import DEFAULT_RATES
from ivr.storage.postgres.database import Database
from keeper.apply import apply_records
from keeper.flush import flush_all
from keeper.rejected import rejected_files


@dataclass(frozen=True, slots=True)
class Shown:
    """`record` is None for a damaged line. `live`: a process still writes this segment. The record may be in Postgres
    already, since a segment stays until its writer has let go of it; one that was `set_aside` is not."""

    segment: str
    live: bool
    record: Record | None
    set_aside: bool = False


def show(directory: Path) -> Iterator[Shown]:
    """Everything in the journals of a machine, segment by segment, then the records that were set aside."""
    for segment, entry in iterate(directory):
        yield Shown(segment.path.name, is_held(segment.path), entry if isinstance(entry, Record) else None)
    for path in rejected_files(directory):
        with suppress(FileNotFoundError):
            entries: list[Record | Damage | None] = [entry for entry, _ in read_segment(path)[0]]
            for each in entries or [None]:
                yield Shown(path.name, False, each if isinstance(each, Record) else None, set_aside=True)


def replay(
    directory: Path,
    database_url: str,
    *,
    rejected: bool = False,
    budget_s: float = 600.0,
    rates: Rates = DEFAULT_RATES,
) -> int:
    """Writes everything to Postgres as the keeper would. With `rejected` also the records that were set aside; a
    file of them is removed when Postgres takes it now. Returns the number of records written; raises
    StorageUnavailable."""
    database = Database(database_url, max_size=1, application="digitree-replay")
    try:
        count = flush_all(directory, database, budget_s=budget_s, rates=rates)
        for path in rejected_files(directory) if rejected else []:
            records = [record for record, _ in read_segment(path)[0] if isinstance(record, Record)]
            try:
                with database.transaction() as connection:
                    apply_records(connection, records, "replay", rates)
            except RecordRefused:
                continue
            if records:
                path.unlink(missing_ok=True)
                count += len(records)
        return count
    finally:
        database.close()
