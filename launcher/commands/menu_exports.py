"""`digitree export`: a menu as a document of another system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import EXIT_USAGE, fail, print_table, read_settings
from launcher.commands.menu_imports import FATES
from launcher.commands.menu_tests import complete, find_menu

if TYPE_CHECKING:
    from admin.exports.service import Wanted
    from ivr.domain.exports.report import Exported


def take_out(
    menu: Annotated[str, typer.Argument(help="A menu's id, its number or its name.")],
    target: Annotated[str, typer.Option("--as", help="studio: Twilio Studio. swml: SignalWire SWML.")],
    version: Annotated[
        int | None, typer.Option(help="An earlier version. Default: the menu as it is.", min=1)
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="The menu's draft.")] = False,
    sounds: Annotated[
        str,
        typer.Option(help="Base URL of its sounds. Default: the voices there speak its texts."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print document and report as one JSON.")] = False,
) -> None:
    """Write a menu as a document of Twilio Studio or SignalWire; the report goes to standard error."""
    from admin.exports.service import Wanted
    from ivr.domain.exports.targets import TARGETS

    if target not in TARGETS:
        fail(f"--as is one of {', '.join(TARGETS)}", EXIT_USAGE)
    if draft and version is not None:
        fail("give --draft or --version, not both", EXIT_USAGE)
    exported = _export(menu, Wanted(target, version, draft, sounds))
    if as_json:
        typer.echo(json.dumps(exported.to_json(), indent=2, ensure_ascii=False))
        return
    typer.echo(json.dumps(exported.document, indent=2, ensure_ascii=False))
    _print_report(exported, TARGETS[target].label)


def _export(menu: str, wanted: Wanted) -> Exported:
    from admin.exports.service import ExportService
    from admin.wiring import connect_stores, make_services
    from ivr.domain.errors import IvrError

    settings = complete(read_settings())
    stores = connect_stores(settings)
    try:
        ivr_id = find_menu(stores.postgres.menus, menu)
        return make_services(settings, stores).get(ExportService).export(ivr_id, wanted)
    except IvrError as error:
        fail(str(error))
    finally:
        stores.close()


def _print_report(exported: Exported, label: str) -> None:
    from ivr.domain.conversions import Fate

    counts = {fate: exported.count(fate) for fate in Fate}
    typer.echo(
        f"{label}: {counts[Fate.CARRIED]} carried over, {counts[Fate.CHANGED]} changed, "
        f"{counts[Fate.NOT_CARRIED]} not carried",
        err=True,
    )
    rows = [(FATES[line.fate], line.part, line.node or "", line.why) for line in exported.lines]
    print_table(("", "here", "there", "what is different"), rows, err=True)
