"""Live calls in Redis: each process of the call server has a hash that expires with it, and all add to one stream.

| key | holds |
|---|---|
| `digitree:calls:processes` | names of the processes |
| `digitree:calls:at:<process>` | call id -> `ivr.domain.live_calls` text; expires ALIVE_S after the last heartbeat |
| `digitree:calls:changes` | stream of batches: process (`p`), number of its batch (`n`), changed and ended calls |
| `digitree:calls:last` | call id -> the same text; a call whose process died stays here until its record is lost |

No call depends on it, and when Redis loses it the next heartbeat restores it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.live_calls import LiveCall, decode_live
from ivr.storage.redis.menu_cache import PREFIX, connect
from ivr.storage.redis.unavailable import translated

PROCESSES = PREFIX + "calls:processes"
CHANGES = PREFIX + "calls:changes"
LAST = PREFIX + "calls:last"
ALIVE_S = 4
# A reader that is further behind than these batches reads everything again.
KEPT_BATCHES = 200
# The number of a batch that asks readers to read everything of its process again.
READ_ALL = 0
_TIMEOUT_S = 1.0
# Redis has no empty hash, and a process without calls is alive.
_ALIVE = "#"


def _hash_key(process: str) -> str:
    return f"{PREFIX}calls:at:{process}"


class LiveWriter:
    """The writer of one process of the call server. Raises StorageUnavailable."""

    def __init__(self, url: str, process: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._process = process
        self._key = _hash_key(process)
        self._count = 0

    def tell(self, changed: Mapping[str, str], ended: Sequence[str]) -> bool:
        """Write changed calls by id, and ended ones; with neither it is a heartbeat only. False when Redis does not
        know this process (any more): then `tell_all` is due."""
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.hset(self._key, _ALIVE, "1")
            if changed:
                multi.hset(self._key, mapping=changed)
                multi.hset(LAST, mapping=changed)
            if ended:
                multi.hdel(self._key, *ended)
                multi.hdel(LAST, *ended)
            self._beat(multi)
            if changed or ended:
                self._add_batch(multi, {**changed, **dict.fromkeys(ended, "")})
            # The mark is new: what was written before is lost.
            return int(multi.execute()[0]) == 0

    def tell_all(self, calls: Mapping[str, str]) -> None:
        """Write all calls of this process, in place of what was written before."""
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.delete(self._key)
            multi.hset(self._key, mapping={_ALIVE: "1", **calls})
            if calls:
                multi.hset(LAST, mapping=dict(calls))
            self._beat(multi)
            multi.xadd(CHANGES, {"p": self._process, "n": READ_ALL}, maxlen=KEPT_BATCHES, approximate=True)
            multi.execute()

    def leave(self) -> None:
        """Remove the process and its calls."""
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.delete(self._key)
            multi.srem(PROCESSES, self._process)
            multi.execute()

    def close(self) -> None:
        self._redis.close()

    def _beat(self, multi: Any) -> None:
        multi.expire(self._key, ALIVE_S)
        multi.sadd(PROCESSES, self._process)

    def _add_batch(self, multi: Any, calls: Mapping[str, str]) -> None:
        self._count += 1
        # Process and number first; a call's text is empty when it has ended.
        fields = {"p": self._process, "n": self._count, **calls}
        multi.xadd(CHANGES, fields, maxlen=KEPT_BATCHES, approximate=True)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of one process: calls by id, None where a call has ended."""

    process: str
    count: int
    calls: Mapping[str, LiveCall | None]


@dataclass(frozen=True, slots=True)
class Everything:
    """All processes' calls at one moment; `at` is the position in the stream from which to read on."""

    at: str
    calls: Mapping[str, Mapping[str, LiveCall]] = field(default_factory=dict)


class LiveReader:
    """For the admin app. Raises StorageUnavailable."""

    def __init__(self, url: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=8)

    def everything(self) -> Everything:
        with translated():
            names = sorted(name.decode() for name in self._redis.smembers(PROCESSES))
            with self._redis.pipeline(transaction=True) as multi:
                multi.xrevrange(CHANGES, count=1)
                for name in names:
                    multi.hgetall(_hash_key(name))
                newest, *tables = multi.execute()
            gone = [name for name, table in zip(names, tables, strict=True) if not table]
            if gone:
                self._redis.srem(PROCESSES, *gone)
        at = newest[0][0].decode() if newest else "0-0"
        return Everything(at, {name: _calls(table) for name, table in zip(names, tables, strict=True) if table})

    def changes(self, after: str, wait_s: float) -> tuple[str, list[Batch]]:
        """The batches after a position in the stream, and the position after them; waits for the first one."""
        with translated():
            found = self._redis.xread({CHANGES: after}, count=KEPT_BATCHES, block=max(1, round(wait_s * 1000)))
        batches = []
        for _, entries in found or ():
            for entry_id, fields in entries:
                after = entry_id.decode()
                if fields is not None:
                    process, count = fields.pop(b"p").decode(), int(fields.pop(b"n"))
                    batches.append(Batch(process, count, _changes(fields)))
        return after, batches

    def alive(self, processes: Sequence[str]) -> set[str]:
        """The processes whose heartbeat is recent."""
        if not processes:
            return set()
        with translated(), self._redis.pipeline(transaction=False) as many:
            for name in processes:
                many.exists(_hash_key(name))
            return {name for name, there in zip(processes, many.execute(), strict=True) if there}

    def last_of(self, call_ids: Sequence[str]) -> dict[str, LiveCall]:
        """Where these calls stood last, also those of processes that have died."""
        if not call_ids:
            return {}
        with translated():
            texts = self._redis.hmget(LAST, call_ids)
        return _calls({call_id.encode(): text for call_id, text in zip(call_ids, texts, strict=True) if text})

    def forget_older(self, started_before_ms: int) -> None:
        """Drop what `last_of` keeps of calls that began before then."""
        with translated():
            kept = _changes(self._redis.hgetall(LAST))
            old = [call_id for call_id, call in kept.items() if call and call.started_ms < started_before_ms]
            if old:
                self._redis.hdel(LAST, *old)

    def forget_caller(self, number: str) -> int:
        """Drop what is left of a caller's ended calls; the number of those that are live. Readers that miss a batch
        of changes read everything again."""
        live = {call_id for table in self.everything().calls.values() for call_id in table}
        with translated():
            last = _changes(self._redis.hgetall(LAST))
            mine = {call_id for call_id, call in last.items() if call and call.ani == number}
            if gone := mine - live:
                self._redis.hdel(LAST, *gone)
            self._redis.xtrim(CHANGES, maxlen=0, approximate=False)
        return len(mine & live)

    def close(self) -> None:
        self._redis.close()


def _calls(table: Mapping[bytes, bytes]) -> dict[str, LiveCall]:
    return {call_id: call for call_id, call in _changes(table).items() if call is not None}


def _changes(fields: Mapping[bytes, bytes]) -> dict[str, LiveCall | None]:
    calls: dict[str, LiveCall | None] = {}
    for raw_id, text in fields.items():
        call_id = raw_id.decode("utf-8", "replace")
        if call_id == _ALIVE:
            continue
        try:
            calls[call_id] = decode_live(call_id, text.decode()) if text else None
        except ValueError:
            continue  # written by another release
    return calls
