"""`digitree menu`: menus as files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import EXIT_USAGE, fail, read_settings
from launcher.commands.menu_tests import complete, find_menu

if TYPE_CHECKING:
    from ivr.domain.bundles.parts import Needs
    from ivr.ports.menus import StoredMenu

app = typer.Typer(help="Menus as files: take one out, bring one in.", no_args_is_help=True)
ACTOR = "command line"
_MENU = "A menu's id, its number or its name."
_KINDS = {
    "agents": "agent", "channels": "channel", "hours": "opening hours", "lists": "list", "services": "service",
    "voices": "voice",
}  # fmt: skip


class NoTrials:
    """This process ends before tests in its background would."""

    def require(self, ivr_id: str, document: object) -> None: ...

    def require_version(self, ivr_id: str, version: int) -> None: ...

    def after_save(self, stored: StoredMenu) -> None: ...


@app.command()
def export(
    menu: Annotated[str, typer.Argument(help=_MENU)],
    file: Annotated[Path, typer.Argument(help="The file to make; it must not exist.")],
) -> None:
    """Write a menu with its prompts and tests into a file, as GET /ivr/{id}/bundle does."""
    from admin.bundles.service import BundleService
    from admin.wiring import connect_stores, make_services
    from ivr.domain.errors import IvrError

    settings = complete(read_settings())
    stores = connect_stores(settings)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        ivr_id = find_menu(stores.postgres.menus, menu)
        with part.open("xb") as out:
            make_services(settings, stores).get(BundleService).pack(ivr_id, out)
        # Unlike a rename it overwrites nothing.
        os.link(part, file)
    except FileExistsError:
        fail(f"{file} exists already", EXIT_USAGE)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}", EXIT_USAGE)
    except IvrError as error:
        fail(str(error))
    finally:
        part.unlink(missing_ok=True)
        stores.close()
    typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(help="A file that `digitree menu export` or the page made.")],
    into: Annotated[str, typer.Option(help=f"{_MENU} It becomes what the file says. Default: a new menu.")] = "",
) -> None:
    """Make a menu from a file, or a new version of one. Prints the menu's id, and names what it needs beside.
    Its tests do not run: `digitree test` runs them."""
    from admin.bundles.reading import read_bundle
    from admin.bundles.service import BundleService
    from admin.menus.saving import SaveOptions
    from admin.wiring import connect_stores, make_services
    from ivr.domain.bundles.parts import InvalidBundle
    from ivr.domain.bundles.unpacking import open_bundle
    from ivr.domain.errors import IvrError

    settings = complete(read_settings())
    stores = connect_stores(settings)
    try:
        ivr_id = find_menu(stores.postgres.menus, into) if into else None
        with file.open("rb") as source, open_bundle(source) as bundle:
            read = read_bundle(bundle, settings.region)
            bundles = make_services(settings, stores).get(BundleService)
            bundles = replace(bundles, saver=replace(bundles.saver, trials=NoTrials()))
            stored, missing = bundles.bring(bundle, read, SaveOptions(ACTOR), ivr_id)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", EXIT_USAGE)
    except InvalidBundle as error:
        fail(f"{file}: {'; '.join(each.message for each in error.problems[:20])}", EXIT_USAGE)
    except IvrError as error:
        fail(str(error))
    finally:
        stores.close()
    typer.echo(stored.ivr_id)
    _say_missing(missing)


def _say_missing(missing: Needs) -> None:
    for kind, names in missing.to_json().items():
        for name in names:
            typer.echo(f"not here yet: {_KINDS[kind]} {name}", err=True)
