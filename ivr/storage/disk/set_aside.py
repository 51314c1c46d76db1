"""What a machine's journal has about a caller: copies of records, and records that were set aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ivr.storage.disk.segments import Record, read_segment, segments

_REJECTED = "rejected"
_KEPT_KINDS = frozenset({"opt_out"})


def records_about(journal: Path, forms: Sequence[str]) -> int:
    """Records in segments: each is in Postgres, or will be, and its segment goes when its writer closes it."""
    count = 0
    for segment in segments(journal):
        with suppress(FileNotFoundError):
            for record, _ in read_segment(segment.path)[0]:
                count += isinstance(record, Record) and _is_about(record, forms)
    return count


def erase_set_aside(journal: Path, forms: Sequence[str]) -> tuple[int, int]:
    """Remove the files of records that Postgres refused and that name the caller; opt-outs stay. (gone, kept)."""
    gone = kept = 0
    for path in sorted((journal / _REJECTED).glob("*.log")):
        with suppress(FileNotFoundError):
            raw = path.read_bytes()
            if not any(form.encode() in raw for form in forms):
                continue
            records = [record for record, _ in read_segment(path)[0] if isinstance(record, Record)]
            if any(record.kind in _KEPT_KINDS for record in records) or b'"opt_out"' in raw:
                kept += 1
            else:
                path.unlink()
                gone += 1
    return gone, kept


def _is_about(record: Record, forms: Sequence[str]) -> bool:
    text = json.dumps(record.document)
    return any(form in text for form in forms)
