"""`digitree journal`: show what this machine's journals hold, or write it to Postgres."""

from __future__ import annotations

from typing import Annotated

import typer

from launcher.commands.common import database_url, fail, print_table, read_settings

app = typer.Typer(help="Opt-outs and call records on their way to Postgres: show, replay.", no_args_is_help=True)


@app.command()
def show() -> None:
    """Show every record in the journals, and those set aside. They may be in Postgres already."""
    import json
    from datetime import UTC, datetime

    from keeper.journal_tools import show as records

    rows = []
    for shown in records(read_settings().journal):
        record = shown.record
        where = shown.segment + (" (being written)" if shown.live else " (set aside)" if shown.set_aside else "")
        if record is None:
            rows.append((where, "", "damaged", ""))
        else:
            at = datetime.fromtimestamp(record.at_ms / 1000, UTC)
            rows.append((where, f"{at:%Y-%m-%d %H:%M:%S}", record.kind, json.dumps(record.document)))
    print_table(("segment", "time", "kind", "record"), rows)


@app.command()
def replay(
    rejected: Annotated[bool, typer.Option("--rejected", help="Also records that Postgres refused earlier.")] = False,
) -> None:
    """Write the journals to Postgres now, as the keeper does anyway. Doing it twice is harmless."""
    from ivr.domain.errors import StorageUnavailable
    from keeper.journal_tools import replay as write

    settings = read_settings()
    try:
        written = write(settings.journal, database_url(settings), rejected=rejected, rates=settings.rates)
    except StorageUnavailable as error:
        fail(f"{error}; nothing is lost, try again when Postgres answers")
    typer.echo(f"{written} records written")
