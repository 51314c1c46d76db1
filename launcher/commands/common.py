"""What every command needs: settings with readable errors, the stores of a running Digitree, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from ivr.settings import Settings
    from ivr.storage.postgres.stores import PostgresStores

EXIT_FAILED = 1
EXIT_USAGE = 2


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    typer.echo(f"digitree: {message}", err=True)
    raise typer.Exit(code)


def read_settings() -> Settings:
    """The settings of this environment and its files; ends the command with a line for each wrong one."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from ivr.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            reason = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{fault['loc'][0] if fault['loc'] else ''}: {reason}")
        fail("; ".join(lines), EXIT_USAGE)
    except SettingsError as error:
        fail(str(error), EXIT_USAGE)


def database_url(settings: Settings) -> str:
    """DATABASE_URL, or the embedded server's address."""
    if settings.database_url:
        return settings.database_url
    from launcher.embedded.postgres import postgres_url

    return postgres_url(settings.home / "pg")


def database_owner_url(settings: Settings) -> str:
    """DATABASE_OWNER_URL, or the embedded server's address for the owner; empty: DATABASE_URL has its only role."""
    if settings.database_url:
        return settings.database_owner_url
    from launcher.embedded.postgres import owner_url

    return owner_url(settings.home / "pg")


@contextmanager
def open_stores(settings: Settings) -> Iterator[PostgresStores]:
    """The stores of the running Digitree; when Postgres is away, ends the command with what to do."""
    from ivr.domain.errors import StorageUnavailable
    from ivr.storage.postgres.stores import PostgresStores

    stores = PostgresStores(database_url(settings))
    try:
        yield stores
    except StorageUnavailable as error:
        advice = "check DATABASE_URL" if settings.database_url else "is `digitree up` running on this DIGITREE_HOME?"
        fail(f"{error} ({advice})")
    finally:
        stores.close()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, err: bool = False) -> None:
    """Print a table on a terminal, else tab-separated lines without a heading; `err`: to standard error."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=err)
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(row), err=err)
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console.print(table)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error; yields a function of done, total and perhaps the present stage."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, total, now=title: bar.update(task, completed=done, total=total or None, description=now)


@contextmanager
def known_list() -> Iterator[None]:
    from ivr.domain.errors import ListNotFound

    try:
        yield
    except ListNotFound as error:
        fail(str(error), 2)
