"""The prompts that every menu shares, as ready commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esl_server.call.compiled_menu import PromptPaths
from esl_server.call.sound_files import BYTES_PER_MS
from esl_server.switch import commands


@dataclass(frozen=True, slots=True)
class SystemPrompts:
    """One playback each; FreeSWITCH skips a missing file without a sound or a wait."""

    invalid: bytes
    goodbye: bytes
    apology: bytes
    opted_out: bytes
    number_unknown: bytes
    trouble: bytes
    not_recorded: bytes
    invalid_ms: int


# Of menus all of whose calls are recorded.
ANNOUNCEMENT = "call_recorded"
NAMES = ("invalid", "goodbye", "apology", "opted_out", "number_unknown", "trouble", "not_recorded")


def system_prompts(paths: PromptPaths) -> SystemPrompts:
    playbacks = {name: commands.playback(str(paths.system(name))) for name in NAMES}
    return SystemPrompts(**playbacks, invalid_ms=length_ms(paths.system("invalid")))


def length_ms(path: Path) -> int:
    """0 where there is no such file."""
    try:
        return path.stat().st_size // BYTES_PER_MS
    except OSError:
        return 0
