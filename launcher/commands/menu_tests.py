"""`digitree test`: run the tests of a menu over the real call server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launcher.commands.common import EXIT_USAGE, database_url, fail, print_table, read_settings

if TYPE_CHECKING:
    from ivr.domain.menu.given import Given
    from ivr.ports.menus import MenuStore
    from ivr.settings import Settings

EXIT_RED = 1
_PAGE = 200


def run_tests(
    menu: Annotated[str, typer.Argument(help="A menu's id, its number or its name.")],
    draft: Annotated[
        Path | None, typer.Option(help="A menu as JSON, as PUT /ivr/{id} takes it: test it without saving it.")
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option(
            help="What holds outside, as JSON, as `given` of POST /ivr/{id}/tests/run takes it, in tests that do not "
            "say it themselves."
        ),
    ] = None,
) -> None:
    """Run the tests of a menu over the running call server. Exit code 0: all passed; 1: one failed."""
    from admin.menu_tests.service import MenuTestService
    from admin.wiring import connect_stores, make_services
    from ivr.clients.phone import PhoneUnavailable
    from ivr.domain.errors import InvalidMenu, IvrError, StorageUnavailable
    from ivr.domain.menu.given import NOTHING_GIVEN
    from ivr.settings import reachable_host

    settings = complete(read_settings())
    document = _read(draft) if draft else None
    world = _given(given, settings.region) if given else NOTHING_GIVEN
    host, port = reachable_host(settings.phone)
    stores = connect_stores(settings.model_copy(update={"phone": f"{host}:{port}"}))
    try:
        ivr_id = find_menu(stores.postgres.menus, menu)
        tests = make_services(settings, stores).get(MenuTestService)
        if document is None:
            results: Sequence[Mapping[str, Any]] = tests.run(ivr_id, world).results
        else:
            results = [each.to_json() for each in tests.run_draft(ivr_id, document, world)]
    except InvalidMenu as error:
        fail(f"{draft} is not a valid menu: {error}", EXIT_USAGE)
    except (PhoneUnavailable, StorageUnavailable) as error:
        fail(f"{error} (is `digitree up` running on this DIGITREE_HOME?)")
    except IvrError as error:
        fail(str(error))
    finally:
        stores.close()
    if not results:
        typer.echo("the menu has no tests")
    print_table(("result", "test", "keys", "what happened"), map(_row, results))
    if any(not each["passed"] for each in results):
        raise typer.Exit(EXIT_RED)


def _row(result: Mapping[str, Any]) -> tuple[str, str, str, str]:
    happened = "; ".join(result["faults"]) or f"{result['outcome']}: {' > '.join(result['path'])}"
    return "passed" if result["passed"] else "FAILED", result["name"], result["script"], happened


def complete(settings: Settings) -> Settings:
    """The settings with the addresses of the embedded servers where no others are set."""
    from launcher.embedded.redis import redis_url

    redis = settings.redis_url or redis_url(settings.home / "redis")
    return settings.model_copy(update={"database_url": database_url(settings), "redis_url": redis})


def _given(path: Path, region: str) -> Given:
    from admin.http.problems import ApiError
    from admin.http.routing import parse_model
    from admin.menu_tests.given_schema import GivenWorld

    try:
        return parse_model(GivenWorld, _read(path)).given(region)
    except ApiError as error:
        faults = "; ".join(f"{_place(each.pointer)}{each.message}" for each in error.faults)
        fail(f"{path} does not say what tests can be given: {faults}", EXIT_USAGE)


def _place(pointer: str) -> str:
    """A JSON pointer for people."""
    place = pointer.removeprefix("/given").strip("/").replace("/", ", ")
    return f"{place}: " if place else ""


def _read(path: Path) -> Any:
    from admin.http.json_body import WrittenFloat

    try:
        return json.loads(path.read_text(), parse_float=WrittenFloat)
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be read as JSON: {error}", EXIT_USAGE)


def find_menu(menus: MenuStore, wanted: str) -> str:
    """The id of the one menu with this id, number or name."""
    from ivr.domain.menu.published import IVR_ID

    if IVR_ID.fullmatch(wanted):
        return wanted
    found, cursor = [], None
    while True:
        page = menus.list(limit=_PAGE, cursor=cursor)
        found += [each.ivr_id for each in page.items if wanted == each.name or wanted in each.dids]
        cursor = page.next_cursor
        if cursor is None:
            break
    if len(found) > 1:
        fail(f"{len(found)} menus are called {wanted}: {', '.join(found[:10])}", EXIT_USAGE)
    if not found:
        fail(f"no menu is called {wanted} or has that number", EXIT_USAGE)
    return found[0]
