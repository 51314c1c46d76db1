"""Sounds for pictures and tests of the page: two messages in the mailbox sales, one of them new, and a whole call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.domain.sounds import name_sound
from ivr.ports.sounds import NewSound
from ivr.secrets import SoundSealer
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.sound_codec import to_flac
from keeper.sounds import waveform
from tests.helpers import SECRET
from tests.storage.test_sounds import TONE

BEGAN = datetime(2026, 3, 9, 12, tzinfo=UTC)


def fill_sounds(stores: PostgresStores, home: Path) -> list[str]:
    """Their names, the oldest first."""
    kept = KeptSounds(home / "sounds", SoundSealer(lambda: SECRET.encode()))
    names = []
    for number, (kind, mailbox) in enumerate((("call", None), ("message", "sales"), ("message", "sales")), 1):
        call_id = f"call_{number:032x}"
        sound, flac = name_sound(call_id, 1), to_flac(TONE)
        digest = kept.keep(sound, flac)
        stores.sounds.write(
            NewSound(
                *(sound, kind, digest, call_id, "say", None, "+14805550143", mailbox, 2000, len(flac)),  # type: ignore[arg-type]
                waveform(TONE),
                BEGAN + timedelta(minutes=number),
            )
        )
        names.append(sound)
    stores.sounds.note_heard(names[1], heard=True, actor="tests")
    return names
