"""Keeps what the switch has recorded: as FLAC, encrypted, with a row in Postgres; and lets go what is too old.

A recording is over when the switch has not written into it for a while, whoever has died meanwhile, so nothing has to
tell of its end. Its file stays as the switch wrote it until its call is over, for the call may play it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.ports.sounds import NewSound, SoundStore
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.recordings import HEADER_BYTES, Found, Recordings
from ivr.storage.sound_codec import Samples, read_wav, to_flac

log = logging.getLogger(__name__)

EVERY_S = 0.5
# Of a recording under way the switch writes fifty times a second.
SILENT_S = 2.0
# Of calls whose end nobody wrote.
LONGEST_S = 6 * 3600.0
# Of copies that were made to be played.
COPY_S = 3600.0
_ENDED_EVERY_S = 5.0
_PRUNE_EVERY_S = 600.0
_PRUNE_MOST = 500
# A content that was written just now may get its row this moment.
_YOUNG_S = 600.0
_PARTS = 200


@dataclass(frozen=True, slots=True)
class SoundPlaces:
    """Where the switch records, where sounds are kept, and how long those in no mailbox are."""

    recordings: Recordings
    kept: KeptSounds
    keep_days: int


@dataclass(slots=True)
class Counts:
    """Since the start, and now."""

    kept: int = 0
    failed: int = 0
    waiting: int = 0


class SoundKeeper:
    """`are_over` says which of these calls have ended."""

    def __init__(
        self,
        recordings: Recordings,
        kept: KeptSounds,
        store: SoundStore,
        are_over: Callable[[set[str]], set[str]],
    ) -> None:
        self._recordings, self._kept, self._store, self._are_over = recordings, kept, store, are_over
        self._sizes: dict[str, int] = {}
        self._asked_at = self._pruned_at = float("-inf")
        self.counts = Counts()

    def run(self, stopping: threading.Event) -> None:
        while not stopping.wait(EVERY_S):
            try:
                self.look()
            except (StorageError, OSError) as error:
                self.counts.failed += 1
                log.error("sounds are not kept now: %s", error)
                stopping.wait(2.0)

    def look(self, now_s: float | None = None) -> None:
        """One pass. Raises StorageError; what was kept before stays so."""
        now_s = time.time() if now_s is None else now_s
        found = list(self._recordings.found())
        over = [each for each in found if now_s - each.written_s >= SILENT_S and each.size > HEADER_BYTES]
        fresh = [each for each in over if self._sizes.get(each.note.sound) != each.size]
        self.counts.waiting = len(fresh)
        for each in fresh:
            self._keep(each)
        self._let_go(found, now_s)
        if time.monotonic() - self._pruned_at > _PRUNE_EVERY_S:
            self._pruned_at = time.monotonic()
            self.prune()

    def prune(self) -> int:
        """Let go what is too old; how many sounds."""
        count = 0
        # Whoever erases a caller in Postgres leaves the files to this.
        old = iter(self._kept.old_names(time.time() - _YOUNG_S))
        while some := set(islice(old, _PRUNE_MOST)):
            for sound in self._store.unknown(some):
                self._kept.forget(sound)
        while gone := self._store.delete_expired(utc_now(), _PRUNE_MOST):
            for sound in gone:
                self._kept.forget(sound)
            count += len(gone)
        return count

    def _keep(self, found: Found) -> None:
        note = found.note
        if note.test:
            self._sizes[note.sound] = found.size
            return
        samples = read_wav(found.path.read_bytes())
        if samples is None:
            log.error("the recording %s has no sound in it", note.sound)
            self._sizes[note.sound] = found.size
            return
        flac = to_flac(samples)
        digest = self._kept.keep(note.sound, flac)
        self._store.write(
            NewSound(
                note.sound, note.kind, digest, note.call_id, note.node, note.ivr_id, note.caller, note.mailbox,
                samples.milliseconds, len(flac), waveform(samples), note.began_at,
            )
        )  # fmt: skip
        self._sizes[note.sound] = found.size
        self.counts.kept += 1

    def _let_go(self, found: list[Found], now_s: float) -> None:
        """Remove the files of recordings whose call is over, once they are kept."""
        for sound in self._sizes.keys() - {each.note.sound for each in found}:
            del self._sizes[sound]
        if time.monotonic() - self._asked_at < _ENDED_EVERY_S:
            return
        self._asked_at = time.monotonic()
        self._recordings.forget_copies(now_s - COPY_S)
        ready = [each for each in found if each.size <= HEADER_BYTES or each.note.sound in self._sizes]
        ready = [each for each in ready if now_s - each.written_s >= SILENT_S]
        over = self._are_over({each.note.call_id for each in ready}) if ready else set()
        for each in ready:
            if each.note.call_id in over or now_s - each.written_s > LONGEST_S:
                self._recordings.forget(each.note.sound)


def waveform(samples: Samples) -> bytes:
    """The loudest sample of each of up to 200 parts, 0 to 255."""
    import numpy as np

    loud = np.abs(np.frombuffer(samples.data, dtype="<i2").astype(np.int32))
    parts = np.array_split(loud, min(_PARTS, max(1, len(loud))))
    return bytes(min(255, int(part.max()) >> 7) for part in parts if len(part))
