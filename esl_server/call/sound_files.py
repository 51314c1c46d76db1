"""Files of prompts and of pieces, as they are on disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from esl_server.call.sequence import PlayedFile
from ivr.domain.menu.language_sentences import SENTENCE_FILE
from ivr.domain.menu.published import PromptFile

# 8 kHz, 16 bit, mono: 16 bytes a millisecond, and a frame of tolerance for rounding.
BYTES_PER_MS = 16
_TOLERANCE_BYTES = 320
_HEADER_BYTES = 44


class FilePaths(Protocol):
    """Of ivr.storage.disk.prompt_files; ValueError for what is the name of no file."""

    def path_of(self, file: str) -> Path: ...

    def piece(self, voice: str, name: str) -> Path: ...


class SoundFiles:
    def __init__(self, paths: FilePaths) -> None:
        self._paths = paths

    def find_prompt(self, prompt: PromptFile | None) -> PlayedFile | None:
        """None where there is no such file, or it is damaged."""
        if prompt is None:
            return None
        path = self._paths.path_of(prompt.file)
        there = is_whole(str(path), least_bytes(prompt.duration_ms))
        return PlayedFile(path, prompt.in_records, prompt.duration_ms) if there else None

    def find_sentence(self, name: str) -> PromptFile | None:
        """The sentence in which a language offers itself, by the name of its file; None: it is not spoken (yet), or
        this is the name of another sound."""
        if not SENTENCE_FILE.fullmatch(name):
            return None
        try:
            size = self._paths.path_of(name).stat().st_size
        except OSError:
            return None
        return PromptFile(name, (size - _HEADER_BYTES) // BYTES_PER_MS) if size > _HEADER_BYTES else None

    def find_piece(self, voice: str, name: str) -> PlayedFile | None:
        """Records do not name pieces."""
        try:
            path = self._paths.piece(voice, name)
            size = path.stat().st_size
        except (OSError, ValueError):
            return None
        return PlayedFile(path, "", (size - _HEADER_BYTES) // BYTES_PER_MS) if size > _HEADER_BYTES else None


def least_bytes(duration_ms: int) -> int:
    """The size below which a file of this length is damaged."""
    return duration_ms * BYTES_PER_MS - _TOLERANCE_BYTES


def is_whole(path: str, min_bytes: int) -> bool:
    # FreeSWITCH does not listen when it cannot open the file, so files are checked before a question.
    try:
        return os.stat(path).st_size >= min_bytes
    except OSError:
        return False
