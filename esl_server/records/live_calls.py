"""The calls under way, told to Redis in batches. A call's own part is one entry in a dict at each change."""

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


# A call, its node and phase, and since when (epoch milliseconds).
_Stand: TypeAlias = tuple[CallRecord, str, LivePhase, int]


class LiveCallBoard:
    """What has changed since it was last taken, by call; None: it ended."""

    __slots__ = ("_changed",)

    def __init__(self) -> None:
        self._changed: dict[str, _Stand | None] = {}

    def stands(self, record: CallRecord, node: str, phase: LivePhase, since_ms: int) -> None:
        self._changed[record.call_id] = record, node, phase, since_ms

    def ended(self, record: CallRecord) -> None:
        self._changed[record.call_id] = None

    def take(self) -> dict[str, _Stand | None]:
        changed, self._changed = self._changed, {}
        return changed


class LivePublisher:
    """One greenlet of the process. While Redis is away nothing is kept but how things stand now."""

    def __init__(self, calls: LiveCallBoard, writer: LiveWriter) -> None:
        self._calls = calls
        self._writer = writer
        self._told: dict[str, str] = {}
        self._beat_at = float("-inf")
        self._behind = True
        self._away = False

    def run(self) -> None:
        while True:
            gevent.sleep(EVERY_S if not self._away else BEAT_S)
            try:
                self.publish()
            except Exception:
                # Who no longer takes what changed would let it grow.
                log.exception("live calls are not told")

    def publish(self) -> None:
        """Tells what changed; nothing and no beat due: nothing is sent."""
        changed, ended = {}, []
        for call_id, stand in self._calls.take().items():
            if stand is not None:
                changed[call_id] = self._told[call_id] = encode_live(*stand)
            elif self._told.pop(call_id, None) is not None:  # else it came and went between two batches
                ended.append(call_id)
        quiet = not (changed or ended or self._behind)
        if quiet and time.monotonic() - self._beat_at < BEAT_S:
            return
        try:
            if self._behind or not self._writer.tell(changed, ended):
                self._writer.tell_all(self._told)
            self._behind = self._away = False
        except StorageUnavailable as error:
            if not self._away:
                log.warning("%s: live calls are not told", error)
            self._behind = self._away = True
        self._beat_at = time.monotonic()

    def stop(self) -> None:
        try:
            self._writer.leave()
        except StorageUnavailable:
            return  # its entries expire
