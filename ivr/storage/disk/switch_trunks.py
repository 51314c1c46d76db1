"""Trunks where FreeSWITCH reads them: a file of gateways beside its other state, with the passwords in the clear, as
it needs them. FreeSWITCH reads it when it starts and on a rescan."""

from __future__ import annotations

from pathlib import Path

from ivr.storage.disk.private_files import ensure_private, write_private

EMPTY = "<include>\n</include>\n"


def trunks_path(home: Path) -> Path:
    return home / "fs" / "trunks.xml"


def ensure_trunks(path: Path) -> None:
    """An empty file where there is none: FreeSWITCH includes it."""
    ensure_private(path, EMPTY)


def put_trunks(path: Path, text: str) -> bool:
    """True when the file has changed. OSError."""
    ensure_trunks(path)
    if path.read_text() == text:
        return False
    write_private(path, text)
    return True
