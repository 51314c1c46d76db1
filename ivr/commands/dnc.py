"""`digitree dnc`: the do-not-call list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ivr.commands.common import fail, open_stores, print_table, read_settings

if TYPE_CHECKING:
    from ivr.domain.numbers import E164

app = typer.Typer(help="The do-not-call list: list, add, check.", no_args_is_help=True)
ACTOR = "command line"
EXIT_NOT_LISTED = 1


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
) -> None:
    """The newest entries. All of them: GET /dnc.csv."""
    with open_stores(read_settings()) as stores:
        entries = stores.suppressions.list(limit=limit).items
    print_table(
        ("number", "source", "first", "last", "events"),
        [
            (
                entry.number or f"withheld ({entry.entry_id})",
                entry.source,
                f"{entry.first_at:%Y-%m-%d %H:%M:%S}",
                f"{entry.last_at:%Y-%m-%d %H:%M:%S}",
                str(entry.events),
            )
            for entry in entries
        ],
    )


@app.command()
def add(number: Annotated[str, typer.Argument(help="The number, as +14155550123.")]) -> None:
    """Put a number on the list by hand."""
    from datetime import UTC, datetime

    from ivr.domain.calls import new_id
    from ivr.domain.dnc import OptOut

    wanted = _number(number)
    opt_out = OptOut(new_id("optout"), wanted, number, "agent", datetime.now(UTC), actor=ACTOR)
    with open_stores(read_settings()) as stores:
        stores.suppressions.record(opt_out)
    typer.echo(f"{wanted} is on the list")


@app.command()
def check(number: Annotated[str, typer.Argument(help="The number, as +14155550123.")]) -> None:
    """Is a number on the list? Exit code 0: yes, 1: no."""
    wanted = _number(number)
    with open_stores(read_settings()) as stores:
        entry = stores.suppressions.find(wanted)
    if entry is None:
        typer.echo(f"{wanted} is not on the list")
        raise typer.Exit(EXIT_NOT_LISTED)
    typer.echo(f"{wanted} is on the list since {entry.first_at:%Y-%m-%d %H:%M:%S} UTC ({entry.source})")
