"""The journal's files: segments and their records. `ivr.storage.disk.journal` writes them.

A directory holds segments, `<writer>-<8 digits>.log`; a writer is one process. A record is one line,

    <crc32 as 8 hex> <bytes of JSON> {"kind": ..., "at": <unix ms>, "doc": {...}}

and counts when its line is whole: JSON has no newline, so a torn or damaged record affects no other.

A writer holds an flock on its current segment and releases it when it rolls over or dies. A segment without a lock
never grows again, and may be removed once its records are in Postgres.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from ivr.domain.call_records import CallRecord

# A CallRecord is encoded without making a dict of it first, since it is written with every call.
Document: TypeAlias = Mapping[str, Any] | CallRecord

_SEGMENT = re.compile(r"(?P<writer>[A-Za-z0-9._-]{1,100})-(?P<seq>[0-9]{8})\.log", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """`document` is the `to_json()` of a CallRecord or an OptOut; `at_ms` is when it was appended (unix)."""

    kind: str
    at_ms: int
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Damage:
    """A line that is not a record: partly written, or damaged. `raw` is its bytes."""

    offset: int
    raw: bytes


def encode_record(kind: str, document: Document, at_ms: int) -> bytes:
    """The record as a line. Raises TypeError or ValueError for what JSON cannot hold."""
    content = {"kind": kind, "at": at_ms, "doc": document}
    try:
        data = orjson.dumps(content)
    except TypeError:
        # A caller may send half of a surrogate pair, which orjson refuses; an opt-out must not fail for that.
        data = json.dumps(content, separators=(",", ":"), allow_nan=False, default=_to_json).encode("ascii")
    return b"%08x %d %b\n" % (zlib.crc32(data), len(data), data)


def _to_json(value: Any) -> Any:
    if isinstance(value, CallRecord):
        return value.to_json()
    raise TypeError(f"{type(value).__name__} in a record")


def decode_record(line: bytes) -> Record | None:
    """The record of a line without its newline, or None when it is not whole."""
    try:
        crc, length, data = line.split(b" ", 2)
        if len(crc) != 8 or int(length) != len(data) or int(crc, 16) != zlib.crc32(data):
            return None
        try:
            content = orjson.loads(data)
        except ValueError:
            content = json.loads(data)
        record = Record(content["kind"], content["at"], content["doc"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    # A time after the year 9999 is not valid.
    whole = type(record.kind) is str and type(record.at_ms) is int and 0 <= record.at_ms < 253_402_300_800_000
    return record if whole else None


def read_segment(path: Path, offset: int = 0) -> tuple[list[tuple[Record | Damage, int]], int]:
    """The content from `offset` on: each whole line as a record (or damage) with the offset after it, and the offset
    after the last whole line. A torn end is left out: it may still grow."""
    found: list[tuple[Record | Damage, int]] = []
    with open(path, "rb") as segment:
        segment.seek(offset)
        data = segment.read()
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        line = data[start:end]
        position = offset + end + 1
        found.append((decode_record(line) or Damage(offset + start, line), position))
        start = end + 1
    return found, offset + start


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment file as the keeper sees it."""

    path: Path
    writer: str
    seq: int


def segments(directory: Path) -> list[Segment]:
    """All segments of a directory, each writer's in order; an absent directory has none."""
    found = []
    with suppress(FileNotFoundError), os.scandir(directory) as entries:
        for entry in entries:
            match = _SEGMENT.fullmatch(entry.name)
            if match:
                found.append(Segment(Path(entry.path), match["writer"], int(match["seq"])))
    return sorted(found, key=lambda segment: (segment.writer, segment.seq))


def is_held(path: Path) -> bool:
    """Whether a writer still holds this segment. False is final; a segment that is gone is not held."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared: two processes that check at the same time do not take each other for the writer.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def iterate(directory: Path) -> Iterator[tuple[Segment, Record | Damage]]:
    """Every record of every segment, to show or replay it."""
    for segment in segments(directory):
        with suppress(FileNotFoundError):
            for record, _ in read_segment(segment.path)[0]:
                yield segment, record
