"""`digitree trunk`: trunks from the machine itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from launcher.commands.common import EXIT_USAGE, fail, open_stores, print_table, read_settings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from admin.trunks.service import TrunkDesk
    from ivr.domain.trunks.model import Trunk

app = typer.Typer(help="Trunks: the ways by which carriers and PBXs send calls here.", no_args_is_help=True)
ACTOR = "command line"
_LISTS = ("hosts", "allowed", "numbers")
_NAME = "The name of a trunk."
_SETTINGS = "Fields as the API has them: transport=tls, allowed=192.0.2.1,192.0.2.2; nothing behind = empties one."
_PASSWORD = "Read the password from the first line of the standard input."  # noqa: S105

Name = Annotated[str, typer.Argument(help=_NAME)]
Fields = Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help=_SETTINGS)]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help=_PASSWORD)]


@app.command()
def add(
    name: Name,
    fields: Fields = None,
    preset: Annotated[str, typer.Option(help="As this carrier asks for; see `digitree trunk presets`.")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """Make a trunk."""
    from admin.trunks.schema import CreateTrunk

    given = _read(fields, password_stdin)
    if "name" in given:
        fail("name: the name of the trunk stands before its fields; leave name= out", EXIT_USAGE)
    if preset and "preset" in given:
        fail("preset: it is given twice; leave preset= or --preset out", EXIT_USAGE)
    body = _checked(CreateTrunk, {"name": name, **({"preset": preset} if preset else {}), **given})
    with _desk() as desk:
        desk.create(body.pop("name"), body, actor=ACTOR)
    typer.echo(f"{name} is made")


@app.command()
def change(name: Name, fields: Fields = None, password_stdin: FromStdin = False) -> None:
    """Change a trunk; what is not given stays."""
    from admin.trunks.schema import PatchTrunk

    body = _checked(PatchTrunk, _read(fields, password_stdin))
    with _desk() as desk:
        if desk.patch(name, body, actor=ACTOR) is None:
            _no_trunk(name)
    typer.echo(f"{name} is changed")


@app.command()
def remove(name: Name) -> None:
    """Delete a trunk."""
    with _desk() as desk:
        if not desk.delete(name, actor=ACTOR):
            _no_trunk(name)
    typer.echo(f"{name} is gone")


@app.command()
def show(name: Name) -> None:
    """Print a trunk as JSON, without its password."""
    import json

    with _desk() as desk:
        stored = desk.store.find(name)
        if stored is None:
            _no_trunk(name)
    typer.echo(json.dumps({"name": name, **stored.trunk.public_json()}, indent=2))


@app.command()
def test(name: Name) -> None:
    """Register now, or ask the hosts of a trunk by address whether they are there."""
    from admin.trunks.standing import TrunkStanding
    from ivr.clients.gateway_watch import GatewayWatch
    from ivr.clients.tls_peers import TlsCheck
    from ivr.secrets import event_password
    from ivr.storage.disk.trunk_states import trunk_states_path

    settings = read_settings()
    with _desk() as desk:
        stored = desk.store.find(name)
        if stored is None:
            _no_trunk(name)
    standing = TrunkStanding(
        trunk_states_path(settings.home),
        lambda: GatewayWatch(settings.freeswitch_event, event_password(settings)),
        TlsCheck.of_settings(settings),
    )
    trial = standing.test(stored.trunk)
    if not trial.works:
        fail(trial.said)
    typer.echo(trial.said)


@app.command("list")
def list_trunks() -> None:
    """List all trunks."""
    with _desk() as desk:
        trunks = desk.store.all()
    print_table(
        ("name", "kind", "other side", "transport", "numbers"),
        [(each.name, each.kind, _other_side(each), each.transport, ", ".join(each.numbers)) for each in trunks],
    )


@app.command()
def presets() -> None:
    """List what is known of carriers and PBXs, and what has to be given beside."""
    from ivr.domain.trunks.carriers import PRESETS

    print_table(
        ("preset", "carrier", "needs"), [(each.id, each.title, ", ".join(each.asks)) for each in PRESETS.values()]
    )


def _other_side(trunk: Trunk) -> str:
    if trunk.registration is not None:
        return str(trunk.registration.registrar)
    return ", ".join(map(str, trunk.allowed or trunk.hosts))


@contextmanager
def _desk() -> Iterator[TrunkDesk]:
    from admin.trunks.service import TrunkDesk
    from ivr.domain.errors import IvrError, StorageUnavailable
    from ivr.domain.trunks.errors import InvalidTrunk
    from ivr.secrets import Sealer, read_or_make_secret

    settings = read_settings()
    with open_stores(settings) as stores:
        try:
            yield TrunkDesk(stores.trunks, Sealer(lambda: read_or_make_secret(settings).encode()), settings.region)
        except InvalidTrunk as error:
            faults = [f"{each.pointer[1:].replace('/', '.')}: {each.message}" for each in error.problems]
            fail("; ".join(faults), EXIT_USAGE)
        except StorageUnavailable:
            raise
        except IvrError as error:
            fail(str(error))


def _read(fields: list[str] | None, password_stdin: bool) -> dict[str, Any]:
    """Fields as texts; None for one that is emptied."""
    import sys

    given: dict[str, Any] = {}
    for each in fields or ():
        field, equals, value = each.partition("=")
        if not equals or field == "password":
            fail(f"{field}: write it as FIELD=VALUE; a password is read with --password-stdin", EXIT_USAGE)
        given[field] = [part for part in value.split(",") if part] if field in _LISTS else value or None
    if password_stdin:
        given["password"] = sys.stdin.readline().rstrip("\r\n")
    return given


def _checked(model: type[BaseModel], given: dict[str, Any]) -> dict[str, Any]:
    """The body that a client of the API would send; ends the command with a line that names each fault."""
    from pydantic import ValidationError

    from admin.http.messages import message_of

    texts = {field: value for field, value in given.items() if isinstance(value, str)}
    others = {field: value for field, value in given.items() if field not in texts}
    try:
        read = model.model_validate_strings(texts, strict=False).model_dump(exclude_unset=True)
        return model.model_validate({**read, **others}).model_dump(exclude_unset=True)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    fail("; ".join(f"{'.'.join(map(str, each['loc']))}: {message_of(each)}" for each in faults), EXIT_USAGE)


def _no_trunk(name: str) -> NoReturn:
    fail(f"there is no trunk {name}; see `digitree trunk list`")
