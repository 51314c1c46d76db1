"""Makes a backup while calls go on.

The order makes it consistent. What signs or precedes the database comes before its snapshot: the witness file (it
must not know events that the database lacks) and the journal (a record leaves it only when it is in the database; one
that is in both is written once). Prompt files and sounds come after it, since a file is there before a
menu, or a row, names it.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, cast

from ivr.domain.errors import StorageError
from ivr.secrets import read_or_make_secret
from ivr.settings import Settings, SetupError
from ivr.storage.disk.segments import is_held
from ivr.storage.postgres.database import Database
from keeper.flush import Flusher
from launcher.backup.postgres_dump import dump, schema_revision
from launcher.backup.sealed_file import SealingWriter

# Directories of the home that are copied as they are.
DIRECTORIES = ("witness", "voices")
MARKERS = ("sample-loaded",)
_FLUSH_S = 30.0


def make_backup(settings: Settings, database_url: str, target: Path, passphrase: str | None) -> int:
    """Writes `target`, which must not exist; returns its bytes. SetupError when it cannot be made whole: then there
    is no `target`."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        if not target.parent.is_dir():
            raise SetupError(f"{target.parent} is not a directory: make it, or choose another one")
        if target.exists():
            raise SetupError(f"{target} exists already: choose another name")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as out:
                writer = SealingWriter(
                    out, made_at=_now(), made_by=f"Digitree {version('digitree')}", passphrase=passphrase
                )
                _fill(writer, settings, database_url)
                writer.close()
                out.flush()
                os.fsync(out.fileno())
            os.link(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)
        return target.stat().st_size
    except OSError as error:
        raise SetupError(f"{error.filename or target}: {error.strerror or error}") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _fill(writer: SealingWriter, settings: Settings, database_url: str) -> None:
    manifest = {"schema": schema_revision(database_url), "home": str(settings.home)}
    with tarfile.open(fileobj=cast("BinaryIO", writer), mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 16) as tar:
        _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
        _add_bytes(tar, "secret", read_or_make_secret(settings).encode() + b"\n")
        for name in MARKERS:
            if (settings.home / name).exists():
                _add_bytes(tar, name, b"")
        _drain_journal(settings, database_url)
        _add_journal(tar, settings.journal)
        for name in DIRECTORIES:
            _add_directory(tar, settings.home / name, name)
        for number, piece in enumerate(dump(database_url)):
            _add_bytes(tar, f"database/{number:08d}", piece)
        _add_directory(tar, settings.prompts, "prompts")
        _add_directory(tar, settings.sounds, "sounds")


def _drain_journal(settings: Settings, database_url: str) -> None:
    """What Postgres does not take now stays in the journal, which is copied."""
    database = Database(database_url, max_size=2, budget_s=_FLUSH_S, application="digitree-backup")
    try:
        with suppress(StorageError):
            Flusher(settings.journal, database, settings.rates).flush()
    finally:
        database.close()


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))


def _add_journal(tar: tarfile.TarFile, directory: Path) -> None:
    for path in _files(directory):
        # The keeper removes a segment when all of it is in Postgres.
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            if is_held(path):
                # The record that is being written right now is not there yet.
                data = data[: data.rfind(b"\n") + 1]
            _add_bytes(tar, f"journal/{path.relative_to(directory)}", data)


def _add_directory(tar: tarfile.TarFile, directory: Path, name: str) -> None:
    for path in _files(directory):
        with suppress(FileNotFoundError), open(path, "rb") as file:
            found = os.fstat(file.fileno())
            info = tarfile.TarInfo(f"{name}/{path.relative_to(directory)}")
            # A file that grows is copied up to the length that it has now.
            info.size, info.mode, info.mtime = found.st_size, found.st_mode & 0o777, int(found.st_mtime)
            tar.addfile(info, file)


def _files(directory: Path) -> Iterator[Path]:
    """Without those whose name begins with a dot: they are being written."""
    for parent, directories, names in os.walk(directory):
        directories.sort()
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))
