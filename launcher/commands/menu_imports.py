"""`digitree import`: a menu from another system."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launcher.commands.common import EXIT_USAGE, fail, print_table, read_settings
from launcher.commands.menu_tests import complete
from launcher.commands.menus import ACTOR

if TYPE_CHECKING:
    from admin.http.services import Services
    from ivr.domain.imports.report import Imported

_STDIN = "-"
FATES = {"carried": "carried over", "changed": "CHANGED", "not_carried": "NOT CARRIED"}


def bring_in(
    file: Annotated[
        str,
        typer.Argument(
            help="A flow of Twilio Studio or Amazon Connect, TwiML, SWML or verbs of jambonz, ivr.conf.xml of "
            "FreeSWITCH or FusionPBX, or a backup of FreePBX. - reads standard input."
        ),
    ],
    name: Annotated[str, typer.Option(help="What to call the menu. Default: as the source does.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it, make nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the menu and the report as JSON.")] = False,
    fetch_sounds: Annotated[
        bool,
        typer.Option(
            "--fetch-sounds", help="Fetch the recordings that it names by an address; Digitree must be running."
        ),
    ] = False,
) -> None:
    """Make a menu from one of another system, and say what became of each part. The first line is the menu's id."""
    from ivr.domain.imports.report import NotReadable
    from ivr.domain.imports.sources import import_menu

    if dry_run and fetch_sounds:
        fail("--dry-run makes no menu that sounds could be fetched for", EXIT_USAGE)
    try:
        content = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
        imported = import_menu(content, name)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", EXIT_USAGE)
    except NotReadable as error:
        fail(f"{file}: {error}", EXIT_USAGE)
    ivr_id, fetched = (None, []) if dry_run else _make(imported, fetch_sounds)
    if as_json:
        more = {"fetched": fetched} if fetch_sounds or fetched else {}
        typer.echo(json.dumps({"id": ivr_id, **imported.to_json(), **more}, indent=2, ensure_ascii=False))
        return
    if ivr_id is not None:
        typer.echo(ivr_id)
    _print_report(imported, fetched)


def _make(imported: Imported, fetch_sounds: bool) -> tuple[str, list[Mapping[str, Any]]]:
    """The menu's id, and what came of its sounds."""
    from admin.imports.service import ImportDesk
    from admin.menus.saving import SaveOptions
    from admin.wiring import connect_stores, make_services
    from ivr.domain.errors import InvalidMenu, IvrError

    settings = complete(read_settings())
    stores = connect_stores(settings)
    try:
        services = make_services(settings, stores)
        ivr_id = services.get(ImportDesk).make(imported, SaveOptions(ACTOR)).ivr_id
        return ivr_id, _take_sounds(services, ivr_id, imported, fetch_sounds)
    except InvalidMenu as error:
        fail(f"what it says makes no menu: {error}")
    except IvrError as error:
        fail(str(error))
    finally:
        stores.close()


def _take_sounds(services: Services, ivr_id: str, imported: Imported, fetch: bool) -> list[Mapping[str, Any]]:
    """What came of each sound of the file, and if wanted of each with an address; they are in the menu when this
    returns."""
    from admin.imports.sounds import ImportSounds

    sounds = replace(services.get(ImportSounds), in_background=lambda work: work())
    taken = sounds.take(ivr_id, imported, actor=ACTOR)
    got = list(taken["sounds"]) if taken is not None else []
    return [*got, *(sounds.start(ivr_id, actor=ACTOR)["sounds"] if fetch else [])]


def _print_report(imported: Imported, fetched: list[Mapping[str, Any]]) -> None:
    from ivr.domain.imports.report import Fate
    from ivr.domain.imports.sources import SOURCES

    counts = {fate: imported.count(fate) for fate in Fate}
    typer.echo(
        f"{SOURCES[imported.source]}: {counts[Fate.CARRIED]} carried over, {counts[Fate.CHANGED]} changed, "
        f"{counts[Fate.NOT_CARRIED]} not carried"
    )
    rows = [(FATES[line.fate], line.part, line.node or "", line.why) for line in imported.lines]
    print_table(("", "there", "node here", "what is different"), rows)
    done = {each["audio"]: each for each in fetched}
    for sound in imported.sounds:
        got = done.get(sound.audio)
        if got is not None and got["state"] == "fetched":
            how = "came with the file" if sound.audio in imported.contents else "fetched"
            typer.echo(f"{how}: {sound.audio}, {got['duration_seconds']:g} s")
        elif got is None and sound.audio in imported.contents:
            typer.echo(f"comes with the file: {sound.audio}")
        else:
            why = f": {got['message']}" if got is not None else ""
            typer.echo(f"to be uploaded: {sound.audio}, there {sound.source}{why}")
    for service in imported.services:
        typer.echo(f"to be made: service {service.name}, {service.method} {service.url}")
    typer.echo("Its texts are to be spoken: on the page, or POST /ivr/{id}/speech.")
