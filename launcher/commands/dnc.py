"""`digitree dnc`: the do-not-call list."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import fail, open_stores, print_table, read_settings

if TYPE_CHECKING:
    from ivr.domain.numbers import E164

app = typer.Typer(help="The do-not-call lists: list, add, import, release, check, verify.", no_args_is_help=True)
ACTOR = "command line"
EXIT_NOT_LISTED = 1
EXIT_BROKEN = 1
MAX_REASON = 500

ListOption = Annotated[str, typer.Option("--list", help="The id of the list.")]


def _number(text: str) -> E164:
    from ivr.domain.errors import InvalidNumber
    from ivr.domain.numbers import parse_e164

    try:
        return parse_e164(text)
    except InvalidNumber as error:
        fail(f"{error}; write it as +14155550123", 2)


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1, max=500)] = 50,
    list_id: ListOption = "default",
) -> None:
    """The newest entries. All of them: GET /dnc.csv."""
    from ivr.ports.dnc import DncFilter

    with open_stores(read_settings()) as stores, _known_list():
        entries = stores.dnc.list(DncFilter(list_id=list_id), limit=limit).items
    print_table(
        ("number", "source", "first", "last", "events", "released"),
        [
            (
                entry.number or f"withheld ({entry.entry_id})",
                entry.source,
                f"{entry.first_at:%Y-%m-%d %H:%M:%S}",
                f"{entry.last_at:%Y-%m-%d %H:%M:%S}",
                str(entry.events),
                f"{entry.released_at:%Y-%m-%d %H:%M:%S}" if entry.released_at else "",
            )
            for entry in entries
        ],
    )


@app.command()
def add(number: Annotated[str, typer.Argument(help="The number, as +14155550123.")]) -> None:
    """Put a number on the list."""
    from datetime import UTC, datetime

    from ivr.domain.call_records import new_id
    from ivr.domain.dnc.events import OptOut

    wanted = _number(number)
    opt_out = OptOut(new_id("optout"), wanted, number, "agent", datetime.now(UTC), actor=ACTOR)
    with open_stores(read_settings()) as stores:
        stores.dnc.record(opt_out)
    typer.echo(f"{wanted} is on the list")


@app.command()
def release(
    number: Annotated[str, typer.Argument(help="The number, as +14155550123.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept forever.")],
    list_id: ListOption = "default",
) -> None:
    """Take a number off the list: adds an event with the reason, deletes nothing."""
    wanted = _number(number)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        fail(f"a reason is 1 to {MAX_REASON} characters", 2)
    with open_stores(read_settings()) as stores, _known_list():
        released = stores.dnc.release(wanted, actor=ACTOR, reason=reason.strip(), list_id=list_id)
    if not released:
        typer.echo(f"{wanted} is not on the list")
        raise typer.Exit(EXIT_NOT_LISTED)
    typer.echo(f"{wanted} is released")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV of numbers, - for the standard input.", allow_dash=True)],
    list_id: ListOption = "default",
) -> None:
    """Put the numbers of a file on a list: all of them, or none when a line is bad. Exit code 1: none."""
    from ivr.domain.errors import ImportRefused

    settings = read_settings()
    try:
        lines = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        fail(f"{file}: {error.strerror}", 2)
    size = 0 if lines is sys.stdin.buffer else file.stat().st_size
    with lines, open_stores(settings) as stores, _known_list(), _progress("read") as progress:
        try:
            done = stores.dnc.import_csv(
                lines,
                actor=ACTOR,
                list_id=list_id,
                region=settings.region,
                progress=lambda stage, done, total: progress(done, total or size, stage),
            )
        except ImportRefused as refused:
            for line, reason in refused.bad:
                typer.echo(f"line {line}: {reason}", err=True)
            fail(str(refused))
    there = done.numbers - done.added
    typer.echo(f"{done.added} numbers added, {there} already listed or repeated, {done.passed_over} passed over")


@app.command()
def verify(
    expect: Annotated[
        list[str] | None,
        typer.Option(help="LIST:EVENTS:HASH as an earlier run printed it: that event must still be the same."),
    ] = None,
) -> None:
    """Check the chain of every list, event by event. Exit code 0: nothing was changed, 1: something was."""
    from ivr.storage.postgres.dnc_verify import verify_list

    broken = False
    known = dict(_anchor(text) for text in expect or [])
    with open_stores(read_settings()) as stores:
        lists = stores.dnc.lists()
        for each in lists:
            with _progress(each.list_id) as progress:
                report = verify_list(
                    stores.database,
                    each.list_id,
                    anchors=known.get(each.list_id, {}),
                    progress=progress,
                )
            if report.fault is None:
                noted = f"{each.list_id}:{report.events}:{report.head_hash}"
                typer.echo(f"{each.list_id}: {report.events} events are right; {noted}")
            else:
                broken = True
                typer.echo(f"{each.list_id}: BROKEN after {report.events} events: {report.fault}", err=True)
    seen = {each.list_id for each in lists}
    for list_id in sorted({"default", *known} - seen):
        broken = True
        typer.echo(f"{list_id}: BROKEN: there is no such list", err=True)
    if broken:
        raise typer.Exit(EXIT_BROKEN)


def _anchor(text: str) -> tuple[str, dict[int, str]]:
    list_id, _, rest = text.partition(":")
    seq, _, value = rest.partition(":")
    if not seq.isdecimal() or len(value) != 64:
        fail(f"{text!r} is not LIST:EVENTS:HASH, as `digitree dnc verify` prints it", 2)
    return list_id, {int(seq): value}


@contextmanager
def _progress(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error; yields a function of done, total and perhaps the present stage."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, total, now=title: bar.update(task, completed=done, total=total or None, description=now)


@contextmanager
def _known_list() -> Iterator[None]:
    from ivr.domain.errors import ListNotFound

    try:
        yield
    except ListNotFound as error:
        fail(str(error), 2)


@app.command()
def check(
    number: Annotated[str, typer.Argument(help="The number, as +14155550123.")],
    list_id: ListOption = "default",
) -> None:
    """Is a number on the list? Exit code 0: yes, 1: no."""
    wanted = _number(number)
    with open_stores(read_settings()) as stores, _known_list():
        entry = stores.dnc.find(wanted, list_id)
    if entry is None or entry.released_at is not None:
        released = f"; it was released on {entry.released_at:%Y-%m-%d}" if entry and entry.released_at else ""
        typer.echo(f"{wanted} is not on the list{released}")
        raise typer.Exit(EXIT_NOT_LISTED)
    typer.echo(f"{wanted} is on the list since {entry.first_at:%Y-%m-%d %H:%M:%S} UTC ({entry.source})")
