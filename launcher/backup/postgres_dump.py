"""The database as one stream: pg_dump's custom format, of a single snapshot, while everything goes on."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ivr.settings import SetupError
from launcher.embedded.postgres import postgres_program

_PIECE_BYTES = 4 << 20
_ITS_TABLES = """
    select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
"""


def dump(database_url: str) -> Iterator[bytes]:
    """The dump in pieces of at most 4 MiB. SetupError when it cannot be made whole."""
    argv = [str(postgres_program("pg_dump")), "--format=custom", "--no-owner", "--no-acl", "--lock-wait-timeout=30s"]
    with _errors_of("pg_dump", "the database cannot be read") as errors:
        process = subprocess.Popen(
            argv, env=_environment(database_url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            yield from iter(partial(cast("IO[bytes]", process.stdout).read, _PIECE_BYTES), b"")
            _check(process.wait())
        finally:
            process.kill()
            process.wait()


def load(database_url: str, pieces: Iterable[bytes]) -> None:
    """Fill an empty database, all or nothing. SetupError says why it was refused."""
    name = conninfo_to_dict(database_url).get("dbname") or "digitree"
    argv = [str(postgres_program("pg_restore")), "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction"]
    with _errors_of("pg_restore", "the database cannot be restored") as errors:
        process = subprocess.Popen(
            [*argv, f"--dbname={name}"],
            env=_environment(database_url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
        try:
            # When it has ended its own words say why.
            with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as into:
                for piece in pieces:
                    into.write(piece)
            _check(process.wait())
        finally:
            process.kill()
            process.wait()


def is_empty(database_url: str) -> bool:
    """Whether nobody has made a table there. SetupError when it does not answer."""
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            row = connection.execute(_ITS_TABLES).fetchone()
    except psycopg.OperationalError as error:
        raise SetupError(f"the database does not answer: {str(error).strip()}") from error
    return row is not None and row[0] == 0


def schema_revision(database_url: str) -> str:
    """The migration that the database is at. SetupError when it has none, or does not answer."""
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            row = connection.execute("select version_num from alembic_version").fetchone()
    except psycopg.OperationalError as error:
        raise SetupError(f"the database does not answer: {str(error).strip()}") from error
    except psycopg.errors.UndefinedTable:
        row = None
    if row is None:
        raise SetupError("the database has no tables of Digitree yet: there is nothing to back up")
    return str(row[0])


class _Failed(Exception):
    pass


def _check(code: int) -> None:
    if code != 0:
        raise _Failed


@contextmanager
def _errors_of(program: str, what: str) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as errors:
        try:
            yield errors
        except _Failed:
            errors.seek(0)
            said = errors.read()[-2000:].decode(errors="replace").strip().removeprefix(f"{program}: ")
            raise SetupError(f"{what}: {said}") from None


def _environment(database_url: str) -> dict[str, str]:
    """libpq's variables: a password on a command line can be read by every user of the machine."""
    given = conninfo_to_dict(database_url)
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    for option in psycopg.pq.Conninfo.get_defaults():
        value = given.get(option.keyword.decode())
        if option.envvar and value is not None:
            env[option.envvar.decode()] = str(value)
    return env
