"""`digitree dnc`: the do-not-call list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.chains import (
    EXIT_BROKEN,
    KeyOption,
    RootsOption,
    WitnessOption,
    expected,
    known_heads,
    say,
    say_known,
)
from launcher.commands.common import fail, known_list, open_stores, print_table, progress_bar, read_settings
from launcher.commands.dnc_import import ACTOR, import_file

if TYPE_CHECKING:
    from ivr.domain.numbers import E164

app = typer.Typer(help="The do-not-call lists: add, import, release, check, verify, doctor.", no_args_is_help=True)
EXIT_NOT_LISTED = 1
EXIT_DOUBTFUL = 1
MAX_REASON = 500

ListOption = Annotated[str, typer.Option("--list", help="The id of the list.")]


def _number(text: str) -> E164:
    from ivr.domain.errors import InvalidNumber
    from ivr.domain.numbers import read_number

    try:
        return read_number(text, read_settings().region)
    except InvalidNumber as error:
        fail(str(error), 2)


def _listed_number(text: str) -> E164:
    """Also one that cannot exist: it may have been listed by an earlier release."""
    from ivr.domain.numbers import E164, is_e164_form

    return E164(text) if is_e164_form(text) else _number(text)


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1, max=500)] = 50,
    list_id: ListOption = "default",
) -> None:
    """The newest entries. All of them: GET /dnc.csv."""
    from ivr.ports.dnc import DncFilter

    with open_stores(read_settings()) as stores, known_list():
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
def add(number: Annotated[str, typer.Argument(help="The number, as +14155550123 or as in your region.")]) -> None:
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
    number: Annotated[str, typer.Argument(help="The number, as +14155550123 or as in your region.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept forever.")],
    list_id: ListOption = "default",
) -> None:
    """Take a number off the list: adds an event with the reason, deletes nothing."""
    wanted = _listed_number(number)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        fail(f"a reason is 1 to {MAX_REASON} characters", 2)
    with open_stores(read_settings()) as stores, known_list():
        released = stores.dnc.release(wanted, actor=ACTOR, reason=reason.strip(), list_id=list_id)
    if not released:
        typer.echo(f"{wanted} is not on the list")
        raise typer.Exit(EXIT_NOT_LISTED)
    typer.echo(f"{wanted} is released")


app.command("import")(import_file)


@app.command()
def doctor() -> None:
    """Name listed numbers that cannot exist, or that were received as another number. Changes nothing.

    Exit code 0: there is none, 1: there are some. To put one right, add the number that was meant and release this.
    """
    from ivr.storage.postgres.dnc_doubts import list_doubtful, list_doubtful_dids

    settings, count = read_settings(), 0
    with open_stores(settings) as stores:
        for entry in list_doubtful(stores.database, settings.region):
            count += 1
            typer.echo(f"{entry.list_id} {entry.number} ({entry.source}, {entry.first_at:%Y-%m-%d}): {entry.doubt}")
        with stores.database.transaction() as connection:
            dids = list_doubtful_dids(connection)
    for did in dids:
        typer.echo(f"menu {did.ivr_id} {did.did}: {did.doubt}")
    if count or dids:
        raise typer.Exit(EXIT_DOUBTFUL)
    typer.echo("every listed number can exist and is what was received")


@app.command()
def verify(
    expect: Annotated[
        list[str] | None,
        typer.Option(help="LIST:EVENTS:HASH, or the line that an earlier run printed: that event must be the same."),
    ] = None,
    witness: WitnessOption = None,
    key: KeyOption = None,
    tsa_roots: RootsOption = None,
) -> None:
    """Check the chain of every list, event by event, also against its signed heads. Exit code 0: nothing was changed,
    1: something was."""
    from ivr.domain.signed_heads import chain_of_list
    from ivr.storage.postgres.dnc_verify import verify_list

    settings = read_settings()
    given = [expected(text) for text in expect or []]
    with open_stores(settings) as stores:
        names = [each.list_id for each in stores.dnc.lists()]
        known = known_heads(settings, stores, map(chain_of_list, names), witness=witness, keys=key, roots=tsa_roots)
        for list_id, anchor in given:
            known.add(chain_of_list(list_id), anchor)
        right = say_known(known)
        for list_id in names:
            anchors = known.of(chain_of_list(list_id))
            with progress_bar(list_id) as progress:
                report = verify_list(stores.database, list_id, anchors=anchors, progress=progress)
            right &= say(list_id, report, anchors)
    prefix = chain_of_list("")
    told_of = {chain.removeprefix(prefix) for chain in known.anchors if chain.startswith(prefix)}
    for list_id in sorted({"default", *told_of} - set(names)):
        right = False
        typer.echo(f"{list_id}: BROKEN: there is no such list", err=True)
    if not right:
        raise typer.Exit(EXIT_BROKEN)


@app.command()
def check(
    number: Annotated[str, typer.Argument(help="The number, as +14155550123 or as in your region.")],
    list_id: ListOption = "default",
) -> None:
    """Is a number on the list? Exit code 0: yes, 1: no."""
    wanted = _listed_number(number)
    with open_stores(read_settings()) as stores, known_list():
        entry = stores.dnc.find(wanted, list_id)
    if entry is None or entry.released_at is not None:
        released = f"; it was released on {entry.released_at:%Y-%m-%d}" if entry and entry.released_at else ""
        typer.echo(f"{wanted} is not on the list{released}")
        raise typer.Exit(EXIT_NOT_LISTED)
    typer.echo(f"{wanted} is on the list since {entry.first_at:%Y-%m-%d %H:%M:%S} UTC ({entry.source})")
