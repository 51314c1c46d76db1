"""Sounds for one call, which tell a secret: `once-<32 hex>.wav` in the prompt directory, where the switch reads them.

The name is random, so that nobody can compute the words from it; records name none of them (`PromptFile.in_records`),
and no path of the API gives one out. They go with their call; the keeper sweeps what a process that died left lying.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.domain.menu.published import ONCE_FILE, PromptFile
from ivr.storage.disk.prompt_files import RATE_HZ, write_wav

# With the unfinished ones of `write_wav`.
_LEFT = re.compile(r"\.?once-[0-9a-f]{32}\.wav(\..*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class OnceSounds:
    directory: Path

    def keep(self, samples: bytes) -> PromptFile:
        """Write 8 kHz mono 16-bit PCM. Raises OSError."""
        path = self.directory / f"once-{secrets.token_hex(16)}.wav"
        write_wav(path, samples)
        return PromptFile(path.name, len(samples) * 1000 // (2 * RATE_HZ))

    def delete(self, file: str) -> None:
        """Raises ValueError for the name of another kind of file, OSError."""
        if not ONCE_FILE.fullmatch(file):
            raise ValueError(f"{file!r} is not the name of a sound for one call")
        (self.directory / file).unlink(missing_ok=True)

    def sweep(self, older_s: float) -> int:
        """Delete those that were written longer ago than this; returns how many."""
        before, count = time.time() - older_s, 0
        for path in self.directory.glob("*once-*"):
            with suppress(OSError):
                if _LEFT.fullmatch(path.name) and path.stat().st_mtime < before:
                    path.unlink()
                    count += 1
        return count
