"""Voices added and removed in DIGITREE_HOME/voices. A voice is there with all its files or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tts.library import places
from tts.library.catalogue import INDEX, MAX_INDEX_BYTES, CatalogueVoice, read_catalogue
from tts.library.downloads import fetch, fetch_text, open_client
from tts.library.places import VoiceError

# The model comes last: a voice is one as soon as its model is there.
_ORDER = (".MODEL_CARD", ".onnx.json", ".onnx")
_ROOM_TO_SPARE_BYTES = 100_000_000

# (bytes that are there, bytes of the whole)
Progress = Callable[[int, int], None]


def fetch_catalogue(base_url: str) -> dict[str, CatalogueVoice]:
    """Piper's voices by name. VoiceError."""
    base = base_url.rstrip("/")
    with open_client() as client:
        return read_catalogue(fetch_text(client, f"{base}/{INDEX}", MAX_INDEX_BYTES), base)


def add_piper_voice(voices_dir: Path, voice: CatalogueVoice, progress: Progress) -> None:
    """Fetch a voice of the catalogue. VoiceError: nothing was changed; what has come is kept for the next time."""
    make_directory(voices_dir)
    if shutil.disk_usage(voices_dir).free < voice.size_bytes + _ROOM_TO_SPARE_BYTES:
        size_mb = voice.size_bytes // 1_000_000
        raise VoiceError(f"{voice.name} needs {size_mb} MB, and {voices_dir} has not so much room")
    parts: dict[str, Path] = {}
    try:
        with open_client() as client:
            for suffix in (each for each in _ORDER if each in voice.files):
                done = sum(voice.files[each].size_bytes for each in parts)
                parts[suffix] = voices_dir / f".{voice.name}{suffix}.part"
                counted = partial(_count, progress, done, voice.size_bytes)
                fetch(client, voice.files[suffix], parts[suffix], counted)
        put_in_place({parts[suffix]: voices_dir / f"{voice.name}{suffix}" for suffix in parts})
    except OSError as error:
        raise VoiceError(f"{voices_dir}: {error.strerror or error}") from error


def _count(progress: Progress, before: int, total: int, there: int) -> None:
    progress(before + there, total)


def make_directory(directory: Path) -> None:
    """VoiceError. As its parent, it belongs to the account that Digitree runs under."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        give_to_owner(directory, directory.parent)
    except OSError as error:
        raise VoiceError(f"{directory} cannot be made: {error.strerror}") from error


def put_in_place(moves: Mapping[Path, Path]) -> None:
    """Rename them in this order; each belongs to the owner of its directory. OSError."""
    for part, path in moves.items():
        part.chmod(0o644)
        give_to_owner(part, path.parent)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)


def give_to_owner(path: Path, directory: Path) -> None:
    """Root adds voices for the account that Digitree runs under. OSError."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def remove_voice(voices_dir: Path, name: str) -> bool:
    """Delete a Piper voice or a remote one; False if it is not there. Prompts that it spoke stay. VoiceError."""
    places.check_name(name)
    paths = [
        places.model_path(voices_dir, name),
        places.config_path(voices_dir, name),
        places.card_path(voices_dir, name),
        places.remote_path(voices_dir, name),
    ]
    there = [path for path in paths if path.is_file()]
    try:
        for path in [*there, *voices_dir.glob(f".{name}.*.part")]:
            path.unlink()
    except OSError as error:
        raise VoiceError(f"{error.filename} cannot be deleted: {error.strerror}") from error
    return bool(there)
