"""The prompts that every menu shares, as ready commands, in each language that was spoken."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from esl_server.call.compiled_menu import PromptPaths, name_of
from esl_server.call.sound_files import BYTES_PER_MS
from esl_server.switch import commands
from ivr.domain.system_prompts.languages import find_text


@dataclass(frozen=True, slots=True)
class SystemPrompts:
    """One playback each; FreeSWITCH skips a missing file without a sound or a wait. `words`: what each says."""

    invalid: bytes
    goodbye: bytes
    apology: bytes
    opted_out: bytes
    number_unknown: bytes
    trouble: bytes
    not_recorded: bytes
    invalid_ms: int
    words: Mapping[str, str]


# Of menus all of whose calls are recorded.
ANNOUNCEMENT = "call_recorded"
NAMES = ("invalid", "goodbye", "apology", "opted_out", "number_unknown", "trouble", "not_recorded")
# A language that is spoken while calls go on is heard after so long.
_SEEN_S = 5.0


def system_prompts(paths: PromptPaths, language: str = "") -> SystemPrompts:
    """What is there now: those in English where the language was not spoken."""
    found = {name: paths.heard_system(name, language) for name in NAMES}
    playbacks = {name: commands.playback(str(path)) for name, path in found.items()}
    words = {name: find_text(name_of(path)) or "" for name, path in found.items()}
    return SystemPrompts(**playbacks, invalid_ms=length_ms(found["invalid"]), words=words)


class SpokenLanguages:
    """The system prompts by language, as they were there some seconds ago."""

    def __init__(self, paths: PromptPaths, clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = paths
        self._clock = clock
        self._seen: dict[str, tuple[float, SystemPrompts]] = {}

    def of(self, language: str) -> SystemPrompts:
        """`language` is one of a menu's, or empty."""
        seen, now = self._seen.get(language), self._clock()
        if seen is not None and now < seen[0]:
            return seen[1]
        found = system_prompts(self._paths, language)
        self._seen[language] = now + _SEEN_S, found
        return found


def length_ms(path: Path) -> int:
    """0 where there is no such file."""
    try:
        return path.stat().st_size // BYTES_PER_MS
    except OSError:
        return 0
