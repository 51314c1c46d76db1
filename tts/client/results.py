"""What the speech process answers, as its clients see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Speech:
    """A spoken prompt. `file` is its name in the prompt directory, `voice` the one that spoke (an alias is
    resolved), `cached` says that nothing had to be spoken for this request."""

    file: str
    voice: str
    model: str
    duration_ms: int
    cached: bool


@dataclass(frozen=True)
class RecordingWarning:
    """What somebody who uploads a recording should hear of, though it was taken. `code` is stable."""

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
    """A name that `speak` takes. `alias_of` names the voice that really speaks, if it is another one."""

    id: str
    label: str
    language: str
    model: str
    default: bool
    alias_of: str | None
