"""Recordings by their numbers, and the words that FreePBX has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.imports.building import MenuBuilder
from ivr.domain.imports.freepbx.settings import Settings, text

RETRY_WORDS = "We did not get a valid response. Please try again."
TRANSFER_WORDS = "We did not get a valid response. One moment, please."
PROBLEM_WORDS = "Sorry, you seem to have problems. Goodbye."
STANDARD = "default"
_NONE = ("", "0", "none")
_OWN_SOUNDS = "its own words stand for a sound that every FreePBX has"


class Sounds:
    """What menus and destinations play. `contents`: recordings that the backup has, by their audio names here."""

    def __init__(self, settings: Settings, builder: MenuBuilder) -> None:
        self.settings = settings
        self.builder = builder
        self.contents: dict[str, bytes] = {}

    def of(self, prefix: str, recording: str, standard: str, notes: list[str]) -> dict[str, Any]:
        """The prompt field for this recording; `standard`: the words of the one that FreePBX has for this."""
        if recording in _NONE:
            return {}
        if recording == STANDARD:
            if standard:
                notes.append(_OWN_SOUNDS)
            return {f"{prefix}text": standard} if standard else {}
        sources = self._sources(recording)
        audio = [self._audio(each) for each in sources]
        missing = [each for each, name in zip(sources, audio, strict=True) if name not in self.contents]
        if missing:
            what = f"recording {recording}" if missing[0].startswith("recording_") else f"recording {missing[0]}"
            notes.append(f"{what} is to be uploaded")
        return {f"{prefix}audio": audio[0] if len(audio) == 1 else audio[:16]}

    def _sources(self, recording: str) -> list[str]:
        row = self.settings.recordings.get(recording)
        files = [each for each in text(row, "filename").split("&") if each] if row is not None else []
        return files or [f"recording_{recording}.wav" if recording.isdigit() else recording]

    def _audio(self, source: str) -> str:
        name = self.builder.sound(source)
        found = _find(self.settings.sounds, source)
        if found is not None:
            self.contents[name] = found
        return name


def _find(sounds: Mapping[str, bytes], source: str) -> bytes | None:
    """The recording in the backup: without a language, in English, in any other; as WAV before others."""
    ways = [path for path in sounds if path.rpartition(".")[0] in (source, f"{path.partition('/')[0]}/{source}")]
    marks = {each: (each.startswith("custom/"), each.startswith("en/"), each.endswith(".wav")) for each in ways}
    best = max(marks, key=lambda each: marks[each], default=None)
    return sounds[best] if best is not None else None
