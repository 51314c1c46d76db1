"""What the speech process answers, as its clients see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpeechWarning:
    """What the author of a spoken text should know. `code` is stable."""

    code: str
    message: str


@dataclass(frozen=True)
class Speech:
    """A spoken prompt. `file` is its name in the prompt directory, `voice` the voice that spoke (an alias is
    resolved), `cached` means that the file existed already. `usd_per_second`: what its owner pays for that voice, as
    digits; empty: the price of all speech. `instead_because`: why another voice spoke than was asked for; empty: it
    was that voice. `spoken_as` are the words that the voice said, `language` the voice's."""

    file: str
    voice: str
    model: str
    duration_ms: int
    cached: bool
    engine: str = "piper"
    usd_per_second: str = ""
    instead_because: str = ""
    spoken_as: str = ""
    language: str = ""
    warnings: tuple[SpeechWarning, ...] = ()


@dataclass(frozen=True)
class RecordingWarning:
    """A flaw to report to the uploader of a recording that was accepted. `code` is stable."""

    code: str
    message: str


@dataclass(frozen=True)
class Recording:
    """An uploaded recording, converted and in the prompt directory under `file`. `trimmed_*_ms`: the silence that was
    cut off before and after its sound."""

    file: str
    duration_ms: int
    trimmed_start_ms: int = 0
    trimmed_end_ms: int = 0
    warnings: tuple[RecordingWarning, ...] = ()


@dataclass(frozen=True)
class VoiceInfo:
    """A name that `speak` accepts. `alias_of` names the voice that really speaks, if it is another one. `live`: it
    also speaks words that come up during a call; another speaks them in its place. `commerce`: whether its licence
    allows commercial use (yes, unclear, no)."""

    id: str
    label: str
    language: str
    model: str
    default: bool
    alias_of: str | None
    engine: str = "piper"
    live: bool = True
    licence: str = ""
    licence_source: str = ""
    commerce: str = "unclear"
    licence_note: str = ""
