"""Kept sounds as files for the switch: decrypted where it plays them, for an hour."""

from __future__ import annotations

import logging

from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.recordings import Recordings
from ivr.storage.sound_codec import from_flac, to_wav

log = logging.getLogger(__name__)


def put_copy(kept: KeptSounds, recordings: Recordings, sound: str) -> None:
    """Make it, if there is such a sound; a disk that does not take it leaves the sound out of what is played."""
    found = kept.read(sound)
    if found is None:
        return
    try:
        recordings.put_copy(sound, to_wav(from_flac(found.content)))
    except OSError as error:
        log.error("the sound %s cannot be played: %s", sound, error)
