"""`digitree call --trunk`: ring a verified telephone, which hears a menu."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from launcher.commands.common import EXIT_USAGE, fail, read_settings
from launcher.commands.menu_tests import complete, find_menu

if TYPE_CHECKING:
    from admin.telephones.service import TelephoneDesk
    from ivr.domain.telephones.model import Ring

ACTOR = "command line"
EXIT_NOT_ANSWERED = 1
_LOOK_S = 0.3
_STATES = {"dialling": "dialling", "ringing": "it rings", "answered": "answered"}


def ring_telephone(number: str, trunk: str, menu: str) -> None:
    """Ring it and follow the call to its end; Ctrl-C hangs up. Exit code 0: it was answered."""
    from admin.telephones.service import TelephoneDesk
    from admin.test_calls.service import TestCallService
    from admin.wiring import connect_stores, make_services
    from ivr.domain.errors import IvrError, StorageUnavailable
    from ivr.domain.numbers import read_number

    if not menu:
        fail("say with --menu which menu is heard: its id, its number or its name", EXIT_USAGE)
    settings = complete(read_settings())
    stores = connect_stores(settings)
    try:
        services = make_services(settings, stores)
        desk = services.get(TelephoneDesk)
        callee = services.get(TestCallService).saved(find_menu(stores.postgres.menus, menu))
        made = desk.ring(read_number(number, settings.region), trunk, callee, actor=ACTOR)
        over = _follow(desk, made.order.ring_id)
    except StorageUnavailable as error:
        fail(f"{error} (is `digitree up` running on this DIGITREE_HOME?)")
    except IvrError as error:
        fail(str(error))
    finally:
        stores.close()
    typer.echo(f"{over.reason}; it counts as ${over.usd:.2f}")
    if over.result != "answered":
        raise typer.Exit(EXIT_NOT_ANSWERED)


def _follow(desk: TelephoneDesk, ring_id: str) -> Ring:
    said = ""
    while True:
        try:
            ring, _ = desk.get(ring_id)
            if ring.state in ("ended", "lost"):
                return ring
            if ring.state != said:
                said = ring.state
                typer.echo(_STATES[said])
            time.sleep(_LOOK_S)
        except KeyboardInterrupt:
            desk.hang_up(ring_id, actor=ACTOR)
