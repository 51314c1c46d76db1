"""The calls under way, as all call servers report them; followed only while somebody watches.

One follower per process reads the stream of changes and passes them to every watcher. After a takeover a call is in
the tables of two processes for a moment: the entry with more takeovers counts.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from admin.http.stream_slots import StreamSlots
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.errors import StorageUnavailable
from ivr.domain.live_calls import LiveCall
from ivr.storage.redis.live_calls import READ_ALL, Batch, Everything, LiveReader

log = logging.getLogger(__name__)

_WAIT_S = 0.5
_ALIVE_EVERY_S = 1.0
_AWAY_S = 1.0
_LONGEST_QUEUE = 100
# Calls whose agent may have answered, as many as one question to the switch covers.
_ASKED_AT_ONCE = 200
_SWITCH_PAUSE_S = 10.0
# The switch's clock may be that much behind: FreeSWITCH's is by 10 to 20 ms. An agent may answer at once.
_CLOCKS_APART_MS = 1000


@dataclass(frozen=True, slots=True)
class News:
    """`kind`: `snapshot` has all calls, `change` some (None: ended); `away`: the calls are unknown just now. `at` is
    the position in the stream."""

    kind: str
    at: str
    calls: Mapping[str, LiveCall | None]


class LiveTable:
    """The calls of all processes, by call id."""

    def __init__(self, everything: Everything) -> None:
        self._tables = {name: dict(calls) for name, calls in everything.calls.items()}
        self._counts: dict[str, int] = {}

    @property
    def processes(self) -> list[str]:
        return list(self._tables)

    def calls(self) -> dict[str, LiveCall]:
        found: dict[str, LiveCall] = {}
        for table in self._tables.values():
            for call_id, call in table.items():
                known = found.get(call_id)
                if known is None or call.take_overs > known.take_overs:
                    found[call_id] = call
        return found

    def apply(self, batch: Batch) -> dict[str, LiveCall | None] | None:
        """The changes of this batch, by call id; None when everything must be read again."""
        before = self._counts.get(batch.process)
        self._counts[batch.process] = batch.count
        if batch.count == READ_ALL or (before is not None and batch.count != before + 1):
            return None
        table = self._tables.setdefault(batch.process, {})
        for call_id, call in batch.calls.items():
            if call is None:
                table.pop(call_id, None)
            else:
                table[call_id] = call
        return {call_id: self._find(call_id) for call_id in batch.calls}

    def drop(self, process: str) -> dict[str, LiveCall | None]:
        """Remove a process that is gone, with the calls that it alone reported."""
        self._counts.pop(process, None)
        return {call_id: self._find(call_id) for call_id in self._tables.pop(process, {})}

    def _find(self, call_id: str) -> LiveCall | None:
        stands = [table[call_id] for table in self._tables.values() if call_id in table]
        return max(stands, key=lambda call: call.take_overs, default=None)


class LiveService:
    """One per process."""

    def __init__(
        self,
        reader: LiveReader,
        answered_ms: Callable[[Sequence[str]], Mapping[str, int]],
        *,
        streams_per_key: int = 5,
        streams: int = 200,
    ) -> None:
        self._reader = reader
        self._answered_ms = answered_ms
        # call id -> when its agent answered; only the switch knows, and it is asked only while somebody watches
        self._talking: dict[str, int] = {}
        self._slots = StreamSlots(streams_per_key, streams)
        self._ask_after = 0.0
        self._lock = threading.Lock()
        self._watchers: set[queue.Queue[News]] = set()
        self._following = False
        self._last: News | None = None
        self._table = LiveTable(Everything("0-0"))

    def calls(self) -> list[LiveCall]:
        """The current calls, newest first; raises StorageUnavailable."""
        found = LiveTable(self._reader.everything()).calls()
        self._ask_for_answers(found.values())
        found = {call_id: self._as_it_is(call) for call_id, call in found.items()}
        return sorted(found.values(), key=lambda call: (call.started_ms, call.call_id), reverse=True)

    def find(self, call_id: str) -> LiveCall | None:
        """The call with this id; raises StorageUnavailable."""
        return LiveTable(self._reader.everything()).calls().get(call_id)

    @contextmanager
    def watch(self, actor: str) -> Iterator[queue.Queue[News]]:
        """All changes from now on, a snapshot first; raises TooManyStreams. A slow reader gets a snapshot in place of
        the changes that it missed."""
        with self._slots.one(actor):
            news: queue.Queue[News] = queue.Queue(_LONGEST_QUEUE)
            with self._lock:
                if self._following and self._last is not None:
                    news.put(self._whole(self._last))
                self._watchers.add(news)
                if not self._following:
                    self._following = True
                    threading.Thread(target=self._follow, name="live-calls", daemon=True).start()
            try:
                yield news
            finally:
                with self._lock:
                    self._watchers.discard(news)

    def _whole(self, last: News) -> News:
        return last if last.kind == "away" else self._snapshot(last.at)

    def _snapshot(self, at: str) -> News:
        return News("snapshot", at, {call_id: self._as_it_is(call) for call_id, call in self._table.calls().items()})

    def _as_it_is(self, call: LiveCall) -> LiveCall:
        since_ms = self._talking.get(call.call_id)
        # An older moment is that of an earlier talk of the same call.
        if call.phase != "bridging" or since_ms is None or since_ms < call.since_ms - _CLOCKS_APART_MS:
            return call
        return replace(call, phase="talking", since_ms=max(since_ms, call.since_ms))

    def _ask_for_answers(self, calls: Iterable[LiveCall]) -> dict[str, LiveCall]:
        """The calls among these whose agent has answered since the switch was last asked."""
        bridging = [call for call in calls if call.phase == "bridging"]
        known = self._talking
        self._talking = {call.call_id: known[call.call_id] for call in bridging if call.call_id in known}
        unknown = [call for call in bridging if self._as_it_is(call) is call][:_ASKED_AT_ONCE]
        if not unknown or time.monotonic() < self._ask_after:
            return {}
        try:
            moments = self._answered_ms([call.channel_uuid for call in unknown])
        except SwitchUnavailable:
            # Otherwise every look would wait for the timeout of a frozen switch.
            self._ask_after = time.monotonic() + _SWITCH_PAUSE_S
            return {}
        found = {call.call_id: moments[call.channel_uuid] for call in unknown if call.channel_uuid in moments}
        self._talking |= found
        return {call.call_id: self._as_it_is(call) for call in unknown if call.call_id in found}

    def _follow(self) -> None:
        at, looked_at = "", 0.0
        while self._is_wanted():
            try:
                if not at:
                    everything = self._reader.everything()
                    at, self._table = everything.at, LiveTable(everything)
                    self._tell(self._snapshot(at))
                at, batches = self._reader.changes(at, _WAIT_S)
                whole = self._apply(at, batches)
                if time.monotonic() - looked_at > _ALIVE_EVERY_S:
                    looked_at = time.monotonic()
                    self._drop_dead(at)
                    if answered := self._ask_for_answers(self._table.calls().values()):
                        self._tell(News("change", at, answered))
                if not whole:
                    at = ""
            except StorageUnavailable as error:
                if self._last is None or self._last.kind != "away":
                    log.warning("%s: live calls are not known", error)
                    self._tell(News("away", at or "0-0", {}))
                at = ""
                time.sleep(_AWAY_S)
            except Exception:
                log.exception("live calls cannot be followed")
                at = ""
                time.sleep(_AWAY_S)

    def _is_wanted(self) -> bool:
        with self._lock:
            if not self._watchers:
                self._following, self._last = False, None
            return self._following

    def _apply(self, at: str, batches: Sequence[Batch]) -> bool:
        """False when something was missed."""
        changes: dict[str, LiveCall | None] = {}
        for batch in batches:
            changed = self._table.apply(batch)
            if changed is None:
                return False
            changes |= changed
        if changes:
            as_they_are = {call_id: call and self._as_it_is(call) for call_id, call in changes.items()}
            self._tell(News("change", at, as_they_are))
        return True

    def _drop_dead(self, at: str) -> None:
        alive = self._reader.alive(self._table.processes)
        for process in self._table.processes:
            if process not in alive and (gone := self._table.drop(process)):
                self._tell(News("change", at, gone))

    def _tell(self, news: News) -> None:
        with self._lock:
            self._last = news
            for watcher in self._watchers:
                try:
                    watcher.put_nowait(news)
                except queue.Full:
                    with watcher.mutex:
                        watcher.queue.clear()
                    watcher.put_nowait(self._whole(news))
