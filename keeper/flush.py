"""Moves journals to Postgres: every segment in the directory, each writer's records in order, each batch in one
transaction. A segment is removed once its writer has let go of it and all of it is committed.

Only the files survive a restart: what is read again is written again, which changes nothing. So two keepers on one
directory are safe, too.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.domain.errors import RecordRefused, StorageError, StorageUnavailable
from ivr.domain.reports.usage import Rates
from ivr.domain.webhooks import notes_of_call
from ivr.storage.disk.segments import Damage, Record, Segment, is_held, read_segment, segments
from ivr.storage.postgres.call_writes import DEFAULT_RATES
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.webhook_outbox import WebhookOutbox, note
from keeper.apply import apply_records, refusing_malformed
from keeper.rejected import reject

log = logging.getLogger(__name__)

BATCH = 200
BATCH_BUDGET_S = 5.0
# How often an unchanged segment is checked for whether its writer has let go of it.
HELD_CHECK_S = 0.5
HEARD_EVERY_S = 1.0


@dataclass(slots=True)
class _Progress:
    """How far a segment is in Postgres."""

    offset: int = 0
    held_checked_at: float = float("-inf")


class Flusher:
    """Call `flush()` repeatedly, from one thread."""

    def __init__(self, directory: Path, database: Database, rates: Rates = DEFAULT_RATES) -> None:
        self._directory = directory
        self._rates = rates
        self._database = database
        self._webhooks = WebhookOutbox(database)
        self._heard, self._heard_asked_at = False, float("-inf")
        self._progress: dict[str, _Progress] = {}
        self.flushed = 0
        self.rejected = 0

    @property
    def offsets(self) -> dict[str, int]:
        """File name -> bytes in Postgres."""
        return {name: progress.offset for name, progress in self._progress.items()}

    def flush(self) -> int:
        """One pass over all segments; returns the number of records that went to Postgres. Raises
        StorageUnavailable when Postgres does not take them now; whatever was committed before stays done."""
        count, stuck = 0, None
        present = segments(self._directory)
        for segment in present:
            try:
                count += self._flush_segment(segment)
            except FileNotFoundError:
                # Another keeper has removed it.
                self._progress.pop(segment.path.name, None)
            except StorageUnavailable:
                raise
            except StorageError as error:
                # An unforeseen fault of this segment: it waits, the others go on, and the error is raised at the end.
                stuck = error
            except OSError as error:
                # This segment waits (the disk is full and a record must be set aside); the others go on.
                log.error("journal %s: %s", segment.path.name, error)
        names = {segment.path.name for segment in present}
        for name in [name for name in self._progress if name not in names]:
            del self._progress[name]
        self.flushed += count
        if stuck is not None:
            raise StorageError(f"journal: {stuck}") from stuck
        return count

    def _flush_segment(self, segment: Segment) -> int:
        progress = self._progress.setdefault(segment.path.name, _Progress())
        now = time.monotonic()
        grown = segment.path.stat().st_size > progress.offset
        if not grown and now - progress.held_checked_at < HELD_CHECK_S:
            return 0
        # Checked before reading: a segment that is not held now cannot grow after it was read.
        held = is_held(segment.path)
        progress.held_checked_at = now
        found, _ = read_segment(segment.path, progress.offset) if grown else ([], 0)
        count = 0
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            count += self._write(segment, progress.offset, batch)
            progress.offset = batch[-1][1]
        if not held:
            self._finish(segment, progress.offset)
        return count

    def _write(self, segment: Segment, offset: int, batch: list[tuple[Record | Damage, int]]) -> int:
        """`offset` is where the batch begins in its segment, and the number with each entry where it ends."""
        records: list[tuple[Record, int, int]] = []
        for entry, end in batch:
            if isinstance(entry, Damage):
                self._reject(segment, entry.raw, "the line is damaged")
            else:
                records.append((entry, offset, end))
            offset = end
        try:
            self._commit([record for record, _, _ in records], segment.writer)
            return len(records)
        except RecordRefused:
            # Postgres refuses one of them: each goes alone, so that the others are kept.
            return sum(self._write_alone(segment, *record) for record in records)

    def _write_alone(self, segment: Segment, record: Record, start: int, end: int) -> int:
        try:
            self._commit([record], segment.writer)
        except RecordRefused as refusal:
            # Set aside byte for byte: not everything that can be read can be written again.
            self._reject(segment, _bytes_of(segment, start, end), str(refusal))
            return 0
        return 1

    def _commit(self, records: list[Record], writer: str) -> None:
        if not records:
            return
        heard = self._is_heard()
        with self._database.transaction(budget_s=BATCH_BUDGET_S) as connection, connection.pipeline():
            apply_records(connection, records, writer, self._rates)
            if heard:
                ended = (record.document for record in records if record.kind == "call_ended")
                with refusing_malformed():
                    notes = [each for document in ended for each in notes_of_call(document)]
                note(connection, *notes)

    def _is_heard(self) -> bool:
        """Whether a webhook wants events of calls; asked once in a while, since mostly none does."""
        now = time.monotonic()
        if now - self._heard_asked_at > HEARD_EVERY_S:
            self._heard = self._webhooks.is_wanted(("call.ended", "call.transferred", "agent.unreachable"))
            self._heard_asked_at = now
        return self._heard

    def _finish(self, segment: Segment, offset: int) -> None:
        with open(segment.path, "rb") as file:
            file.seek(offset)
            torn = file.read()
        if torn:
            self._reject(segment, torn, "the writer died in the middle of it, or the machine did")
        with suppress(FileNotFoundError):
            segment.path.unlink()
        self._progress.pop(segment.path.name, None)

    def _reject(self, segment: Segment, raw: bytes, reason: str) -> None:
        reject(self._directory, segment.path.stem, raw, reason)
        self.rejected += 1


def _bytes_of(segment: Segment, start: int, end: int) -> bytes:
    with open(segment.path, "rb") as file:
        file.seek(start)
        return file.read(end - start)


def flush_all(
    directory: Path, database: Database, *, budget_s: float, rates: Rates = DEFAULT_RATES
) -> int:
    """Flushes until nothing is left or the time is over; returns the number of records."""
    flusher, count, deadline = Flusher(directory, database, rates), 0, time.monotonic() + budget_s
    while (some := flusher.flush()) and time.monotonic() < deadline:
        count += some
    return count + some


