"""The local journal: what must survive this process and Postgres, appended to files that the keeper flushes.

A directory holds segments, `<writer>-<8 digits>.log`; a writer is one process. A record is one line,

    <crc32 as 8 hex> <bytes of JSON> {"kind": ..., "at": <unix ms>, "doc": {...}}

and counts when its line is whole: JSON holds no newline, so a torn or rotten record costs itself alone.

A writer holds an flock on its current segment and lets go of it when it rolls over, or dies; a segment nobody
holds never grows again and may be removed once its records are in Postgres. Segments appear by rename, already
locked, so none looks abandoned at birth.

`append` writes (page cache: survives the process), `sync` makes it durable (survives the machine). They are
separate so that a server can fsync in a thread, once for all calls that wait: see `GroupCommit`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson

from ivr.domain.calls import CallRecord
from ivr.domain.errors import StorageUnavailable

Kind = Literal["call_started", "call_ended", "opt_out"]
# A CallRecord is encoded as it stands, without making a dict of it first: it is written three times a call.
Document: TypeAlias = Mapping[str, Any] | CallRecord

SEGMENT_BYTES = 1 << 20
SEGMENT_AGE_S = 60.0

_SEGMENT = re.compile(r"(?P<writer>[A-Za-z0-9._-]{1,100})-(?P<seq>[0-9]{8})\.log", re.ASCII)
_WRITER = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """`document` is the `to_json()` of a CallRecord or an OptOut; `at_ms` is when it was appended (unix)."""

    kind: str
    at_ms: int
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Damage:
    """A line that is no record: half written, or rotten. `raw` is what stands there."""

    offset: int
    raw: bytes


class Journal:
    """One process's own segments. `writer_name` must be unique among all processes of all times on this directory
    (`make_writer_name`). Any thread may append, and any sync, though not two at once: see `GroupCommit`.

    Make it after forking: a child would hold the parent's lock.
    """

    def __init__(
        self,
        directory: Path,
        writer_name: str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        segment_age_s: float = SEGMENT_AGE_S,
    ) -> None:
        if not _WRITER.fullmatch(writer_name):
            raise ValueError(f"{writer_name!r} is no name for a journal's writer")
        self._directory = directory
        self._writer = writer_name
        self._segment_bytes = segment_bytes
        self._segment_age_s = segment_age_s
        self._lock = threading.Lock()
        self._fd = -1
        self._size = 0
        self._opened_at = 0.0
        self._seq = 0
        # Rolled over, not yet fsynced. Appended to by append, emptied by sync, which alone closes them.
        self._sealed: deque[int] = deque()
        # Directories with a new name in them, to be fsynced as well.
        self._changed: set[Path] = set()
        self._appended = 0
        self._synced = 0
        # Holds one thing while no sync is under way.
        self._sync_turn: deque[None] = deque([None])
        # Records (after, through) of syncs that failed: no later success makes them durable.
        self._failed: deque[tuple[int, int]] = deque(maxlen=64)

    @property
    def appended(self) -> int:
        """The number of the last record appended."""
        return self._appended

    def is_durable(self, number: int) -> bool:
        """Whether this record is on disk. Raises StorageUnavailable when it may never be."""
        if any(after < number <= through for after, through in self._failed):
            raise StorageUnavailable("journal: the fsync of this record failed")
        return number <= self._synced

    def append(self, kind: Kind, document: Document) -> int:
        """Writes one record and returns its number. Raises StorageUnavailable when the disk is full or broken;
        then nothing of the record is left in the way."""
        line = encode_record(kind, document, time.time_ns() // 1_000_000)
        with self._lock:
            try:
                self._write(line)
            except OSError as error:
                raise StorageUnavailable(f"journal: {error.strerror or error}") from error
            self._appended += 1
            return self._appended

    def sync(self) -> None:
        """fsync of everything appended before the call. Blocks for as long as the disk takes, so it may run in a
        thread that nobody waits for any more; while it does, another one is refused. Raises StorageUnavailable:
        what was appended since the last success may be lost."""
        try:
            # No lock: under gevent this may be a thread that a greenlet's lock cannot be used in.
            turn = self._sync_turn.pop()
        except IndexError:
            raise StorageUnavailable("journal: the disk is still busy with the fsync before") from None
        try:
            self._sync()
        finally:
            self._sync_turn.append(turn)

    def _sync(self) -> None:
        target = self._appended
        try:
            while True:
                while self._sealed:
                    fd = self._sealed.popleft()
                    try:
                        os.fsync(fd)
                    finally:
                        os.close(fd)
                fd = self._fd
                if fd >= 0:
                    os.fsync(fd)
                # An append that rolled over meanwhile has left an older segment behind.
                if not self._sealed:
                    break
            while self._changed:
                _fsync_directory(self._changed.pop())
        except OSError as error:
            # After a failed fsync the kernel forgets the pages, and the next fsync succeeds without them: what
            # follows goes to a fresh file, what was is given up here.
            self._failed.append((self._synced, self._appended))
            self._changed.add(self._directory)
            self._opened_at = float("-inf")
            raise StorageUnavailable(f"journal: fsync: {error.strerror or error}") from error
        self._synced = max(self._synced, target)

    def close(self) -> None:
        """Makes all of it durable and lets go of the segment."""
        with self._lock:
            self._seal()
        self.sync()

    def _write(self, line: bytes) -> None:
        full = self._size and self._size + len(line) > self._segment_bytes
        if self._fd >= 0 and (full or time.monotonic() - self._opened_at > self._segment_age_s):
            self._seal()
        if self._fd < 0:
            self._open()
        try:
            written = os.write(self._fd, line)
            if written != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            try:
                os.ftruncate(self._fd, self._size)
            except OSError:
                # The half record stays as a torn end of this segment; nothing may follow it here.
                self._seal()
            raise
        self._size += len(line)

    def _open(self) -> None:
        if not self._directory.is_dir():
            self._directory.mkdir(parents=True, exist_ok=True)
            self._changed.add(self._directory.parent)
        while True:
            self._seq += 1
            path = self._directory / f"{self._writer}-{self._seq:08d}.log"
            if not path.exists():
                break
        temporary = self._directory / f".{path.name}.new"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(temporary, path)
        except OSError:
            os.close(fd)
            with suppress(OSError):
                temporary.unlink()
            raise
        self._fd, self._size, self._opened_at = fd, 0, time.monotonic()
        self._changed.add(self._directory)

    def _seal(self) -> None:
        if self._fd >= 0:
            self._sealed.append(self._fd)
            self._fd, self._size = -1, 0


class GroupCommit:
    """Waits until a record is durable, with one fsync for all who wait at the same time.

    `run_blocking` runs a function that blocks and returns when it is done: directly in a plain process, in a real
    thread under gevent. It may raise TimeoutError and leave the thread to itself.
    """

    def __init__(
        self, journal: Journal, run_blocking: Callable[[Callable[[], None]], None] = lambda work: work()
    ) -> None:
        self._journal = journal
        self._run_blocking = run_blocking
        self._turn = threading.Lock()

    def wait(self, number: int, timeout_s: float = 2.0) -> None:
        """Returns when the record `number` is on disk; raises StorageUnavailable."""
        if not self._turn.acquire(timeout=timeout_s):
            raise StorageUnavailable("journal: the disk takes too long")
        try:
            # Whoever synced while we waited for the turn may have covered ours.
            if not self._journal.is_durable(number):
                self._run_blocking(self._journal.sync)
        except TimeoutError as error:
            raise StorageUnavailable("journal: the disk takes too long") from error
        finally:
            self._turn.release()


def make_writer_name(program: str) -> str:
    """`esl-<machine>-<pid>-<chance>`: unique, and tells the keeper which machine's writer it was."""
    return f"{program}-{machine_name()}-{os.getpid()}-{os.urandom(4).hex()}"


def machine_name() -> str:
    """This machine's name in writer names, without a hyphen."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", os.uname().nodename)[:40] or "localhost"


def encode_record(kind: str, document: Document, at_ms: int) -> bytes:
    """One line. Raises TypeError or ValueError for what JSON cannot hold."""
    content = {"kind": kind, "at": at_ms, "doc": document}
    try:
        data = orjson.dumps(content)
    except TypeError:
        # Half characters that a caller sent, for one: orjson refuses them, and no opt-out may fail for that.
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
        return Record(content["kind"], content["at"], content["doc"])
    except (ValueError, KeyError, TypeError):
        return None


def read_segment(path: Path, offset: int = 0) -> tuple[list[tuple[Record | Damage, int]], int]:
    """What stands from `offset` on: each whole line as a record (or damage) with the offset after it, and the offset
    behind the last whole line. A torn end is left alone: it may still grow."""
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
        # Shared: two who look at the same time do not take each other for the writer.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the journals hold that is not in Postgres yet, as far as `offsets` of the keeper tell."""

    records: int
    segments: int
    bytes: int
    oldest_age_s: float


def backlog(directory: Path, offsets: Mapping[str, int] | None = None) -> Backlog:
    """Counts by reading; `offsets` (file name -> bytes already in Postgres) comes from the keeper's status."""
    records, size, count, oldest = 0, 0, 0, None
    for segment in segments(directory):
        count += 1
        start = (offsets or {}).get(segment.path.name, 0)
        with suppress(FileNotFoundError):
            found, end = read_segment(segment.path, start)
            size += end - start
            records += len(found)
            times = [record.at_ms for record, _ in found if isinstance(record, Record)]
            oldest = min([*times, *([oldest] if oldest is not None else [])], default=None)
    age_s = max(0.0, time.time() - oldest / 1000) if oldest is not None else 0.0
    return Backlog(records, count, size, age_s)


def iterate(directory: Path) -> Iterator[tuple[Segment, Record | Damage]]:
    """Every record of every segment, for showing and replaying."""
    for segment in segments(directory):
        with suppress(FileNotFoundError):
            for record, _ in read_segment(segment.path)[0]:
                yield segment, record


def _fsync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
