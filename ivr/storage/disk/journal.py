"""The local journal: records that must survive this process and Postgres, appended to files that the keeper flushes.

`append` writes (to the page cache: it survives the process), `sync` makes it durable (it survives the machine).
They are separate so that a server can fsync in a thread, once for all calls that wait: see `GroupCommit`. The
files' format: `ivr.storage.disk.segments`. A segment appears by rename and is locked before, so a new one never
looks abandoned.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from ivr.domain.errors import StorageUnavailable
from ivr.storage.disk.segments import Document, encode_record

Kind = Literal["call_started", "call_ended", "opt_out", "notice", "listing", "callback", "line"]

SEGMENT_BYTES = 1 << 20
SEGMENT_AGE_S = 60.0

_WRITER = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


class Journal:
    """One process's own segments. `writer_name` must be unique among all processes that ever use this directory
    (`make_writer_name`). Any thread may append; any thread may sync, but not two at once: see `GroupCommit`.

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
            raise ValueError(f"{writer_name!r} cannot name a journal's writer")
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
        # Directories with a new file in them, to be fsynced as well.
        self._changed: set[Path] = set()
        self._appended = 0
        self._synced = 0
        # Holds one item while no sync is running.
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
        """Write one record; returns its number. Raises StorageUnavailable when the disk is full or broken; then
        nothing of the record remains."""
        return self.append_all([(kind, document)])

    def append_all(self, records: Sequence[tuple[Kind, Document]]) -> int:
        """Write all of them or none, in one write; returns the number of the last."""
        at_ms = time.time_ns() // 1_000_000
        lines = b"".join([encode_record(kind, document, at_ms) for kind, document in records])
        with self._lock:
            try:
                self._write(lines)
            except OSError as error:
                raise StorageUnavailable(f"journal: {error.strerror or error}") from error
            self._appended += len(records)
            return self._appended

    def sync(self) -> None:
        """fsync everything appended before the call. Blocks as long as the disk takes, so it may still run in a
        thread whose caller has given up; a second sync is refused meanwhile. Raises StorageUnavailable: what was
        appended since the last success may be lost."""
        try:
            # No lock: under gevent this may be a thread that a greenlet's lock cannot be used in.
            turn = self._sync_turn.pop()
        except IndexError:
            raise StorageUnavailable("journal: the disk is still busy with the last fsync") from None
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
                # An append rolled over meanwhile and left an older segment to sync.
                if not self._sealed:
                    break
            while self._changed:
                _fsync_directory(self._changed.pop())
        except OSError as error:
            # After a failed fsync the kernel drops the pages, and the next fsync succeeds without them: these records
            # are given up, and later ones go to a fresh file.
            self._failed.append((self._synced, self._appended))
            self._changed.add(self._directory)
            self._opened_at = float("-inf")
            raise StorageUnavailable(f"journal: fsync: {error.strerror or error}") from error
        self._synced = max(self._synced, target)

    def close(self) -> None:
        """Make all of it durable and release the segment."""
        with self._lock:
            self._seal()
        self.sync()

    def _write(self, lines: bytes) -> None:
        full = self._size and self._size + len(lines) > self._segment_bytes
        if self._fd >= 0 and (full or time.monotonic() - self._opened_at > self._segment_age_s):
            self._seal()
        if self._fd < 0:
            self._open()
        try:
            written = os.write(self._fd, lines)
            if written != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            try:
                os.ftruncate(self._fd, self._size)
            except OSError:
                # The partial record stays as the torn end of this segment, and nothing may follow it here.
                self._seal()
            raise
        self._size += len(lines)

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
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
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
    """Waits until a record is durable, with one fsync for all that wait at the same time.

    `run_blocking` runs a blocking function and returns when it has finished: directly in a plain process, in a real
    thread under gevent. It may raise TimeoutError while the thread still runs.
    """

    def __init__(
        self, journal: Journal, run_blocking: Callable[[Callable[[], None]], None] = lambda work: work()
    ) -> None:
        self._journal = journal
        self._run_blocking = run_blocking
        self._turn = threading.Lock()

    def wait(self, number: int, timeout_s: float = 2.0) -> None:
        """Wait until the record `number` is on disk; raises StorageUnavailable."""
        if not self._turn.acquire(timeout=timeout_s):
            raise StorageUnavailable("journal: the disk takes too long")
        try:
            # The sync that ran while this one waited may have covered the record.
            if not self._journal.is_durable(number):
                self._run_blocking(self._journal.sync)
        except TimeoutError as error:
            raise StorageUnavailable("journal: the disk takes too long") from error
        finally:
            self._turn.release()


def make_writer_name(program: str) -> str:
    """`esl-<machine>-<pid>-<random>`: unique, and names the machine for the keeper."""
    return f"{program}-{machine_name()}-{os.getpid()}-{os.urandom(4).hex()}"


def machine_name() -> str:
    """This machine's name in writer names, without a hyphen."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", os.uname().nodename)[:40] or "localhost"


def _fsync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
