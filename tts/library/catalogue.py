"""Piper's catalogue: the index `voices.json` of rhasspy/piper-voices, or of a mirror of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from tts.library.downloads import Wanted
from tts.library.places import VOICE_NAME, VoiceError

INDEX = "voices.json"
MAX_INDEX_BYTES = 20_000_000
_MAX_FILE_BYTES = 2_000_000_000


@dataclass(frozen=True)
class CatalogueVoice:
    """A voice that may be added. `files`: suffix of the voice's name (`.onnx`) -> where it is."""

    name: str
    language: str
    language_name: str
    quality: str
    speakers: int
    files: Mapping[str, Wanted]

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.files.values())


def read_catalogue(text: str, base_url: str) -> dict[str, CatalogueVoice]:
    """The voices of an index by name; entries of another form are left out. VoiceError if it is no index."""
    try:
        index = json.loads(text)
    except (ValueError, RecursionError):
        index = None
    if not isinstance(index, dict):
        raise VoiceError(f"{base_url}/{INDEX} is no catalogue of Piper voices; check DIGITREE_VOICES_URL")
    found = {}
    for name, entry in index.items():
        if VOICE_NAME.fullmatch(str(name)):
            try:
                found[name] = _read_voice(name, entry, base_url)
            except (KeyError, TypeError, ValueError, AttributeError):
                continue
    return found


def _read_voice(name: str, entry: Mapping[str, Any], base_url: str) -> CatalogueVoice:
    files = {}
    for path, facts in entry["files"].items():
        suffix = _suffix(name, path)
        if suffix is not None:
            files[suffix] = _read_file(path, facts, base_url)
    if not {".onnx", ".onnx.json"} <= files.keys():
        raise ValueError(f"{name} has no model")
    language = entry["language"]
    english = str(language.get("name_english", ""))
    country = str(language.get("country_english", ""))
    title = f"{english} ({country})" if country else english
    return CatalogueVoice(
        name, str(language["code"]), title, str(entry.get("quality", "")), int(entry.get("num_speakers", 1)), files
    )


def _suffix(name: str, path: str) -> str | None:
    file = PurePosixPath(path).name
    if file == "MODEL_CARD":
        return ".MODEL_CARD"
    return file.removeprefix(name) if file in (f"{name}.onnx", f"{name}.onnx.json") else None


def _read_file(path: str, facts: Mapping[str, Any], base_url: str) -> Wanted:
    pure, size = PurePosixPath(path), int(facts["size_bytes"])
    if pure.is_absolute() or ".." in pure.parts or not 0 < size <= _MAX_FILE_BYTES:
        raise ValueError(f"{path} is no file of a catalogue")
    return Wanted(f"{base_url}/{path}", size, str(facts["md5_digest"]))
