"""Puts a backup into a home. The whole file is read and checked first; nothing is touched before.

What was there (`replace`) is moved aside, never removed. From the first change to the last one the file
`run/restoring` exists, and `digitree up` refuses such a home.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

import psycopg

from ivr.domain.errors import StorageError
from ivr.home import prepare_home, restoring_path
from ivr.settings import Settings, SetupError
from ivr.storage.postgres.migrate import known_revisions, upgrade
from launcher.backup.making import DIRECTORIES, MARKERS
from launcher.backup.postgres_dump import is_empty, load
from launcher.backup.sealed_file import SealedReader
from launcher.embedded.postgres import embedded_postgres, owner_url
from launcher.home_locks import home_locks
from launcher.services import NAMES

_PIECE = re.compile(r"database/[0-9]{8}", re.ASCII)
_LONGEST_MANIFEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup file has. `schema` is the revision of its database."""

    schema: str
    secret: str
    files: int


def check_backup(source: Path, passphrase: str | None) -> Contents:
    """Read the whole file. SetupError says what is wrong with it, or that this release is too old for it."""
    manifest, secret, files, pieces = {}, "", 0, 0
    for member, file in _members(source, passphrase):
        if member == "manifest.json":
            manifest = json.loads(file.read(_LONGEST_MANIFEST))
        elif member == "secret":
            secret = file.read(_LONGEST_MANIFEST).decode().strip()
        elif _PIECE.fullmatch(member):
            pieces += 1
        else:
            files += 1
    if not manifest or not secret or not pieces:
        raise SetupError("this backup lacks a part: it was not made by `digitree backup`")
    schema = str(manifest.get("schema"))
    if schema not in known_revisions():
        raise SetupError(f"this backup has the schema {schema} of a later release: restore it with that one")
    return Contents(schema, secret, files)


def restore(settings: Settings, source: Path, passphrase: str | None, *, replace: bool) -> Contents:
    """SetupError: nothing was changed, or the text says what is left."""
    contents = check_backup(source, passphrase)
    if settings.secret and settings.secret != contents.secret:
        raise SetupError("DIGITREE_SECRET is not the secret of this backup: without it no sealed password opens")
    if settings.database_url and not is_empty(settings.database_url):
        raise SetupError("the database of DATABASE_URL has tables already: restore into an empty one (createdb)")
    if not replace and settings.home.exists() and any(settings.home.iterdir()):
        raise SetupError(f"{settings.home} is not empty: choose another DIGITREE_HOME, or --replace moves it aside")
    prepare_home(settings)
    with home_locks(settings.home, NAMES):
        marker = restoring_path(settings.home)
        marker.touch()
        try:
            _move_aside(settings.home)
            prepare_home(settings)
            _fill(settings, source, passphrase)
        except (OSError, SetupError, StorageError, psycopg.Error) as error:
            raise SetupError(f"{error}; the restore is not finished: do it again with --replace") from error
        marker.unlink()
    return contents


def _move_aside(home: Path) -> None:
    aside = home / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for directory, kept in ((home / "run", aside / "run"), (home, aside)):
        for path in sorted(directory.iterdir()):
            stays = path.name.startswith("replaced-") or path.suffix == ".lock"
            if stays or path.name in ("run", restoring_path(home).name):
                continue
            if path.is_dir() and all(each.is_dir() for each in path.rglob("*")):
                continue
            kept.mkdir(parents=True, mode=0o700, exist_ok=True)
            path.rename(kept / path.name)


def _fill(settings: Settings, source: Path, passphrase: str | None) -> None:
    with ExitStack() as stack:
        if settings.database_url:
            url, owner = settings.database_url, settings.database_owner_url
        else:
            directory = settings.home / "pg"
            url, owner = stack.enter_context(embedded_postgres(directory)), owner_url(directory)
        members = _members(source, passphrase)
        load(owner or url, _unpack(settings, members))
        upgrade(url, owner)
        with psycopg.connect(url) as connection:
            # A Redis that knows this database's last state does not know this one.
            connection.execute("delete from cache_state")
    os.sync()


def _unpack(settings: Settings, members: Iterator[tuple[str, IO[bytes]]]) -> Iterator[bytes]:
    """Writes the files where they belong; yields the pieces of the database."""
    places = {"prompts": settings.prompts, "sounds": settings.sounds}
    for member, file in members:
        if _PIECE.fullmatch(member):
            yield file.read()
        elif member != "manifest.json":
            first, _, rest = member.partition("/")
            path = places[first] / rest if first in places else settings.home / member
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o644 if first == "prompts" else 0o600
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
                shutil.copyfileobj(file, out)


def _members(source: Path, passphrase: str | None) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with open(source, "rb") as raw:
            reader = SealedReader(raw, passphrase)
            with tarfile.open(fileobj=cast("BinaryIO", reader), mode="r|") as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.isreg() else None
                    if file is None or not _is_ours(member.name):
                        raise SetupError(f"this backup has a part that is none: {member.name}")
                    yield member.name, file
            reader.drain()
    except tarfile.TarError as error:
        raise SetupError(f"this backup is damaged: {error}") from error
    except OSError as error:
        raise SetupError(f"{source}: {error.strerror or error}") from error


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return False
    if len(path.parts) == 1:
        return name in ("manifest.json", "secret", *MARKERS)
    return path.parts[0] in ("journal", "prompts", "sounds", *DIRECTORIES) or _PIECE.fullmatch(name) is not None
