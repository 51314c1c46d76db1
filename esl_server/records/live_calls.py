"""The calls under way, sent to Redis in batches. A call only sets one entry of a dict at each change."""

from __future__ import annotations

import logging
import time
from typing import TypeAlias

import gevent

from ivr.domain.call_records import CallRecord
from ivr.domain.errors import StorageUnavailable
from ivr.domain.live_calls import LivePhase, encode_live
from ivr.storage.redis.live_calls import LiveWriter

log = logging.getLogger(__name__)

EVERY_S = 0.3
BEAT_S = 1.0


# A call, its node and phase, and the time it got there (epoch milliseconds).
_Standing: TypeAlias = tuple[CallRecord, str, LivePhase, int]


class LiveCallBoard:
    """The changes since the last `take`, by call; None: the call has ended."""

    __slots__ = ("_changed",)

    def __init__(self) -> None:
        self._changed: dict[str, _Standing | None] = {}

    def stands(self, record: CallRecord, node: str, phase: LivePhase, since_ms: int) -> None:
        self._changed[record.call_id] = record, node, phase, since_ms

    def ended(self, record: CallRecord) -> None:
        self._changed[record.call_id] = None

    def take(self) -> dict[str, _Standing | None]:
        changed, self._changed = self._changed, {}
        return changed


class LivePublisher:
    """Sends the changes from one greenlet of the process. While Redis is away only the calls' present state is
    kept."""

    def __init__(self, calls: LiveCallBoard, writer: LiveWriter) -> None:
        self._calls = calls
        self._writer = writer
        self._live: dict[str, str] = {}
        self._beat_at = float("-inf")
        self._behind = True
        self._away = False

    def run(self) -> None:
        while True:
            gevent.sleep(EVERY_S if not self._away else BEAT_S)
            try:
                self.publish()
            except Exception:
                # The greenlet must survive: without `take` the changes would pile up.
                log.exception("live calls are not published")

    def publish(self) -> None:
        """Send the changes; without a change, only a heartbeat when one is due."""
        changed, ended = {}, []
        for call_id, standing in self._calls.take().items():
            if standing is not None:
                changed[call_id] = self._live[call_id] = encode_live(*standing)
            elif self._live.pop(call_id, None) is not None:  # None: it began and ended between two batches
                ended.append(call_id)
        quiet = not (changed or ended or self._behind)
        if quiet and time.monotonic() - self._beat_at < BEAT_S:
            return
        try:
            if self._behind or not self._writer.tell(changed, ended):
                self._writer.tell_all(self._live)
            self._behind = self._away = False
        except StorageUnavailable as error:
            if not self._away:
                log.warning("%s: live calls are not published", error)
            self._behind = self._away = True
        self._beat_at = time.monotonic()

    def stop(self) -> None:
        try:
            self._writer.leave()
        except StorageUnavailable:
            return  # the entries expire
