"""Recordings that are known by a name, such as `goodbye`: made by a voice, and again where their wording changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Protocol

from tts.client.naming import FORMAT_VERSION
from tts.client.results import Speech
from tts.client.wav_files import find_duration_ms, write_atomically

_MANIFEST = "manifest.json"

Progress = Callable[[str, int, int], None]


class Speak(Protocol):
    """`TtsClient.speak`, or the speech process's own."""

    def __call__(self, text: str, voice: str, fragment: bool = False) -> Speech: ...


def no_progress(name: str, done: int, total: int) -> None:
    """Tell nobody."""


class Recordings:
    """Those of one voice in one directory, with a manifest of their wordings. `model` is named where the voice's name
    may come to stand for another model."""

    def __init__(self, speak: Speak, prompts_dir: Path, directory: Path, voice: str, model: str = "") -> None:
        self._speak = speak
        self._prompts_dir = prompts_dir
        self._directory = directory
        self._voice = voice
        self._wording_of = f"{FORMAT_VERSION} {voice} {model}" if model else f"{FORMAT_VERSION} {voice}"

    def ensure(self, wanted: Mapping[str, str], fragments: Container[str], progress: Progress) -> list[str]:
        """Make those of `wanted` (name -> text) that are missing, damaged or of another wording; returns their names.
        `fragments` are joined to others. What is made stays when a later one fails (TtsError)."""
        directory = self._directory
        directory.mkdir(parents=True, exist_ok=True)
        outdated, manifest = self.outdated(wanted), _read_manifest(directory)
        for done, name in enumerate(outdated, start=1):
            text = wanted[name]
            speech = self._speak(text, self._voice, fragment=name in fragments)
            write_atomically(directory / f"{name}.wav", (self._prompts_dir / speech.file).read_bytes())
            manifest[name] = self._wording(text)
            write_atomically(directory / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
            progress(name, done, len(outdated))
        return outdated

    def outdated(self, wanted: Mapping[str, str]) -> list[str]:
        """The names of those that are missing, damaged, of another wording or of another voice."""
        directory, manifest = self._directory, _read_manifest(self._directory)
        return [
            name
            for name, text in wanted.items()
            if manifest.get(name) != self._wording(text) or find_duration_ms(directory / f"{name}.wav") is None
        ]

    def _wording(self, text: str) -> str:
        return hashlib.sha256(f"{self._wording_of} {text}".encode()).hexdigest()[:32]


def _read_manifest(directory: Path) -> dict[str, str]:
    try:
        manifest = json.loads((directory / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
