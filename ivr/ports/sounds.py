"""Sounds that callers left, as others read them: to attach one to a message, or to hand it to a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
