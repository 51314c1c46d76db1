"""`digitree keys`: create, list and revoke API keys on the machine itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import fail, open_stores, print_table, read_settings

if TYPE_CHECKING:
    from ivr.ports.keys import ApiKey

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)
ACTOR = "command line"


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as it is shown in lists and in the audit log.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, write, dnc, calls or admin; may be given several times. Default: all."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="It works for so many days. Default: until it is revoked.")
    ] = None,
) -> None:
    """Create a key and print it; it cannot be shown again."""
    from ivr.domain.roles import SCOPES

    if unknown := set(scope or ()) - set(SCOPES):
        fail(f"no scope is called {', '.join(sorted(unknown))}; choose from {', '.join(SCOPES)}", 2)
    with open_stores(read_settings()) as stores:
        ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
        _, secret = stores.keys.create(name, tuple(scope or SCOPES), actor=ACTOR, expires_at=ends)
    typer.echo(secret)


@app.command("list")
def list_keys() -> None:
    """List all keys ever created, without their secrets."""
    with open_stores(read_settings()) as stores:
        keys = stores.keys.list()
    print_table(
        ("id", "name", "begins with", "scopes", "made", "by", "last used", "state"),
        [
            (
                key.key_id,
                key.name,
                key.prefix,
                " ".join(key.scopes),
                f"{key.created_at:%Y-%m-%d %H:%M}",
                key.created_by or "?",
                f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
                _state(key),
            )
            for key in keys
        ],
    )


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at:
        verb = "ended" if key.expires_at <= datetime.now(UTC) else "ends"
        return f"{verb} {key.expires_at:%Y-%m-%d}"
    return "in force"


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id of the key, from `digitree keys list`.")]) -> None:
    """Revoke a key, at once and for good."""
    with open_stores(read_settings()) as stores:
        if not stores.keys.revoke(key_id, actor=ACTOR):
            fail(f"no key in force has the id {key_id}; see `digitree keys list`")
    typer.echo(f"{key_id} is revoked")
