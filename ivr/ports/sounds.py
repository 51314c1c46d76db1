"""Sounds that callers left, their content and what is known of them, and the mailboxes that they are put into."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ivr.ports.pages import ListPage

# What a caller said into a recording, or a whole call.
SoundKind = Literal["message", "call"]


@dataclass(frozen=True, slots=True)
class KeptSound:
    """A sound whole; `media_type` tells its format (audio/flac)."""

    content: bytes
    media_type: str
    seconds: float


class SoundReader(Protocol):
    """Reads what is kept."""

    def read(self, sound: str) -> KeptSound | None:
        """The sound of this name, as a variable holds it; None where there is none, or not yet."""


@dataclass(frozen=True, slots=True)
class NewSound:
    """`hash` is the SHA-256 of its FLAC and `size` its bytes, `waveform` the loudest of each of up to 200 parts, 0 to
    255."""

    sound: str
    kind: SoundKind
    hash: str
    call_id: str
    node: str
    ivr_id: str | None
    caller: str | None
    mailbox: str | None
    ms: int
    size: int
    waveform: bytes
    began_at: datetime


@dataclass(frozen=True, slots=True)
class StoredSound:
    """`expires_at` is None for one that is kept for good."""

    kept: NewSound
    kept_at: datetime
    heard_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SoundFilter:
    """None: any; `mailbox` empty: in none."""

    mailbox: str | None = None
    call_id: str | None = None
    caller: str | None = None
    ivr_id: str | None = None
    kind: SoundKind | None = None
    heard: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class SoundStore(Protocol):
    """What Postgres knows of sounds; newest first."""

    def write(self, new: NewSound) -> None:
        """One that is there already gets this content."""

    def find(self, sound: str) -> StoredSound | None: ...

    def list(
        self, wanted: SoundFilter, *, limit: int, cursor: str | None = None
    ) -> ListPage[StoredSound]: ...

    def note_heard(self, sound: str, *, heard: bool, actor: str) -> StoredSound | None:
        """None where there is no such sound."""

    def delete(self, sound: str, *, actor: str) -> bool: ...

    def delete_expired(self, now: datetime, most: int) -> Sequence[str]:
        """Those whose time is over, at most so many; their names."""

    def unknown(self, sounds: Collection[str]) -> set[str]:
        """Those of these names that no sound has."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`keep_days` 0: for good. `updated_at` is None where nobody has said how long, and only sounds name it."""

    name: str
    keep_days: int
    sounds: int
    unheard: int
    updated_at: datetime | None


class MailboxStore(Protocol):
    """Mailboxes: those that were made, and those that only sounds name."""

    def put(self, name: str, keep_days: int, *, actor: str) -> Mailbox: ...

    def find(self, name: str) -> Mailbox | None: ...

    def list(self, *, limit: int, cursor: str | None = None) -> ListPage[Mailbox]:
        """Ordered by name."""

    def delete(self, name: str, *, actor: str) -> bool:
        """Its sounds stay, as long as those of no mailbox. False: nobody has said how long it keeps."""
