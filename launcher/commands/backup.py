"""`digitree backup` and `digitree restore`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import EXIT_USAGE, fail, read_settings

if TYPE_CHECKING:
    from ivr.settings import Settings

_VARIABLE = "DIGITREE_BACKUP_PASSPHRASE"
_SHORTEST_PASSPHRASE = 12

PassphraseFile = Annotated[
    Path | None, typer.Option(help=f"File with the passphrase; without one {_VARIABLE} counts.")
]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to make; it must not exist.")],
    passphrase_file: PassphraseFile = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for a passphrase.")] = False,
) -> None:
    """Write everything into one file: database, prompts, secret, voices, witness file, journal. Calls go on."""
    from ivr.settings import SetupError
    from launcher.backup.making import make_backup

    settings = read_settings()
    passphrase = _given(passphrase_file)
    if passphrase is None and ask:
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    if passphrase is not None and len(passphrase) < _SHORTEST_PASSPHRASE:
        fail(f"the passphrase is too short: it needs {_SHORTEST_PASSPHRASE} characters", EXIT_USAGE)
    try:
        with _database(settings) as url:
            size = make_backup(settings, url, file, passphrase)
    except SetupError as error:
        fail(str(error))
    typer.echo(f"{file}: {size / 1e6:.1f} MB, {'encrypted' if passphrase else 'not encrypted'}")
    if passphrase is None:
        typer.echo("it holds the secret and all numbers: keep it where only you can read it", err=True)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `digitree backup` made.")],
    passphrase_file: PassphraseFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Move aside what is in DIGITREE_HOME.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only read and check the file.")] = False,
) -> None:
    """Put a backup into an empty DIGITREE_HOME (and an empty database, if DATABASE_URL names one)."""
    from ivr.settings import SetupError
    from launcher.backup.restoring import check_backup
    from launcher.backup.restoring import restore as run
    from launcher.backup.sealed_file import Header

    settings = read_settings()
    try:
        try:
            with open(file, "rb") as raw:
                header = Header(raw)
        except OSError as error:
            fail(f"{file}: {error.strerror}", EXIT_USAGE)
        passphrase = None
        if header.encryption is not None:
            passphrase = _given(passphrase_file)
            if passphrase is None and sys.stdin.isatty():
                passphrase = typer.prompt("Passphrase", hide_input=True, err=True)
        if check:
            contents = check_backup(file, passphrase)
            typer.echo(f"{file} is whole: schema {contents.schema}, made by {header.made_by} at {header.made_at}")
            return
        run(settings, file, passphrase, replace=replace)
    except SetupError as error:
        fail(str(error))
    typer.echo(f"{settings.home} is as it was at {header.made_at}: start it with `digitree up`")


def _given(passphrase_file: Path | None) -> str | None:
    """The passphrase of the file or of the environment."""
    if passphrase_file is None:
        return os.environ.get(_VARIABLE) or None
    try:
        passphrase = passphrase_file.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{passphrase_file}: {error}", EXIT_USAGE)
    if not passphrase:
        fail(f"{passphrase_file} is empty", EXIT_USAGE)
    return passphrase


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The database's address; the embedded one is started for the while when nobody runs it."""
    from ivr.settings import SetupError
    from launcher.embedded.postgres import embedded_postgres, postgres_url
    from launcher.home_locks import find_supervisors, home_locks
    from launcher.services import POSTGRES

    directory = settings.home / "pg"
    if settings.database_url:
        yield settings.database_url
    elif POSTGRES in find_supervisors(settings.home):
        yield postgres_url(directory)
    elif not (directory / "PG_VERSION").exists():
        raise SetupError(f"{settings.home} has no database: there is nothing to back up")
    else:
        with home_locks(settings.home, [POSTGRES]), embedded_postgres(directory) as url:
            yield url
