"""Records that Postgres refuses: set aside and logged, so that they neither block others nor get lost."""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = "rejected"


def reject(directory: Path, name: str, raw: bytes, reason: str) -> Path:
    """Keeps `raw` as `<journal>/rejected/<name>-<hash>`; the same bytes go to the same file. Raises OSError when the
    disk does not take it: then the record must stay where it is."""
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(raw).hexdigest()[:12]}.log"
    if not path.exists():
        temporary = folder / f".{path.name}.{os.getpid()}"
        try:
            with open(temporary, "wb") as out:
                out.write(raw)
                out.flush()
                os.fsync(out.fileno())
            os.rename(temporary, path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
        log.critical("a record was REJECTED and set aside as %s: %s", path, reason)
    return path


def rejected_files(directory: Path) -> list[Path]:
    folder = directory / FOLDER
    return sorted(path for path in folder.glob("*.log")) if folder.is_dir() else []
