"""Services and people on this machine's disk, which calls read while Redis cannot say. Secrets in it are sealed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ivr.domain.errors import StorageUnavailable

# Beside the snapshot of menus.
SERVICES_NAME, PEOPLE_NAME = "services.json", "people.json"


def read_text(path: Path) -> bytes:
    """The text that `write_text` wrote; raises StorageUnavailable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageUnavailable(f"snapshot {path.name}: {error.strerror or error}") from error


def write_text(path: Path, text: str) -> None:
    """Replace the file as a whole, unless it has this text; raises OSError."""
    data = text.encode()
    with suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise
