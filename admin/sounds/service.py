"""Sounds: what they hold, links to them, and their end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ivr.domain.sound_links import LINKS, find_linked, sign_link
from ivr.domain.sounds import SOUND
from ivr.ports.sounds import KeptSound, SoundStore
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.recordings import Recordings
from ivr.storage.sound_codec import FLAC, WAV, from_flac, read_wav, to_flac, to_wav


class Links(NamedTuple):
    """What links begin with, how long they last, and the secret that signs them."""

    address: str
    hours: int
    secret: Callable[[], bytes]


class SoundDesk:
    def __init__(self, store: SoundStore, kept: KeptSounds, recordings: Recordings, links: Links) -> None:
        self._store, self._kept, self._recordings, self._links = store, kept, recordings, links

    def read(self, sound: str, media: str = FLAC) -> KeptSound | None:
        """What was said, of a call under way, too."""
        if not SOUND.fullmatch(sound):
            return None
        kept = self._kept.read(sound) or _recorded(self._recordings, sound)
        if kept is None or media == FLAC:
            return kept
        return KeptSound(to_wav(from_flac(kept.content)), WAV, kept.seconds)

    def link(self, sound: str, hours: int | None, now: datetime | None = None) -> tuple[str, datetime]:
        """A link, and when it expires."""
        ends = (now or datetime.now(UTC)) + timedelta(hours=hours or self._links.hours)
        ends = ends.replace(microsecond=0)
        signed = sign_link(sound, int(ends.timestamp()), self._links.secret())
        return f"{self._links.address}{LINKS}/{signed}", ends

    def find_linked(self, link: str, now: datetime | None = None) -> str | None:
        """The sound of a link that has not expired."""
        return find_linked(link, (now or datetime.now(UTC)).timestamp(), self._links.secret())

    def delete(self, sound: str, *, actor: str) -> bool:
        """Row, content, and what the switch wrote. False where there is no such sound."""
        if not SOUND.fullmatch(sound) or not self._store.delete(sound, actor=actor):
            return False
        self._recordings.forget(sound)
        self._kept.forget(sound)
        return True


def _recorded(recordings: Recordings, sound: str) -> KeptSound | None:
    path = recordings.find(sound)
    samples = None if path is None else read_wav(path.read_bytes())
    return None if samples is None else KeptSound(to_flac(samples), FLAC, samples.milliseconds / 1000)


