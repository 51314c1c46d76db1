"""The keeper's status, as a small file that /readyz and /metrics of other processes read."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ivr.storage.disk.segments import Damage, read_segment, segments

# Written when it changes, at most once a second, and this often anyway: an older file means that no keeper runs.
HEARTBEAT_S = 2.0
STALE_AFTER_S = 10.0


@dataclass(slots=True)
class KeeperStatus:
    """`written_at` and `last_flush_at` are unix seconds; `failures` counts attempts that Postgres or Redis refused
    since the keeper started; `outgoing` attempts of ordered calls by how they ended; `broken_chains` are those whose
    signed head is no longer theirs; `offsets` are the bytes of each segment that are in Postgres."""

    pid: int = field(default_factory=os.getpid)
    written_at: float = 0.0
    backlog_records: int = 0
    backlog_oldest_age_s: float = 0.0
    last_flush_at: float | None = None
    flushed_records: int = 0
    rejected_records: int = 0
    failures: int = 0
    postgres_ok: bool = False
    cache_in_step: bool = False
    snapshot_in_step: bool = False
    webhooks_delivered: int = 0
    webhooks_failed: int = 0
    webhooks_dead: int = 0
    webhooks_waiting: int = 0
    notices_delivered: int = 0
    notices_failed: int = 0
    notices_dead: int = 0
    notices_waiting: int = 0
    messages_delivered: int = 0
    messages_failed: int = 0
    messages_dead: int = 0
    messages_not_sent: int = 0
    messages_waiting: int = 0
    outgoing: dict[str, int] = field(default_factory=dict)
    broken_chains: int = 0
    sounds_kept: int = 0
    sounds_failed: int = 0
    sounds_waiting: int = 0
    offsets: dict[str, int] = field(default_factory=dict)


def status_path(home: Path) -> Path:
    """The path of the file under DIGITREE_HOME."""
    return home / "run" / "keeper.json"


class StatusFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ""
        self._written_at = float("-inf")

    def write(self, status: KeeperStatus, *, at_once: bool = False) -> None:
        """Write it when it is due; a disk that does not take it raises no error."""
        now = time.monotonic()
        content = asdict(status) | {"written_at": 0.0}
        text = json.dumps(content)
        age_s = now - self._written_at
        if not at_once and (age_s < 1.0 or (text == self._last and age_s < HEARTBEAT_S)):
            return
        self._last, self._written_at = text, now
        line = json.dumps(content | {"written_at": round(time.time(), 3)})
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(line)
            os.replace(temporary, self._path)
        except OSError:
            # A full disk has no room for another file, but the room of this one: who reads it meanwhile finds none.
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            with suppress(OSError), open(self._path, "r+") as file:
                file.write(line)
                file.truncate()


def find_status(path: Path) -> KeeperStatus | None:
    """The keeper's last status, however old; None when there is none that can be read."""
    try:
        return KeeperStatus(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


class BacklogCounter:
    """Counts the records that wait, and reads each only once: a long outage makes long journals."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[str, int] = {}
        # file name -> (offset after the record, time) of each record that waits
        self._waiting: dict[str, list[tuple[int, int]]] = {}

    def count(self, offsets: Mapping[str, int]) -> tuple[int, float]:
        """(records, age of the oldest in seconds)."""
        waiting: dict[str, list[tuple[int, int]]] = {}
        for segment in segments(self._directory):
            name = segment.path.name
            done = offsets.get(name, 0)
            kept = [entry for entry in self._waiting.get(name, []) if entry[0] > done]
            start = max(done, self._read.get(name, 0))
            with suppress(OSError):
                if segment.path.stat().st_size > start:
                    found, start = read_segment(segment.path, start)
                    kept += [(end, 0 if isinstance(each, Damage) else each.at_ms) for each, end in found]
            self._read[name] = start
            waiting[name] = kept
        self._waiting = waiting
        self._read = {name: offset for name, offset in self._read.items() if name in waiting}
        times = [at_ms for entries in waiting.values() for _, at_ms in entries]
        oldest = min((at_ms for at_ms in times if at_ms), default=None)
        return len(times), max(0.0, time.time() - oldest / 1000) if oldest is not None else 0.0
