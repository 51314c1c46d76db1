"""`digitree keys`: create, list and revoke API keys on the machine itself."""

from __future__ import annotations

from typing import Annotated

import typer

from launcher.commands.common import fail, open_stores, print_table, read_settings

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)
ACTOR = "command line"


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as it is shown in lists and in the audit log.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="read, write or calls; may be given several times. Default: all three.")
    ] = None,
) -> None:
    """Create a key and print it; it cannot be shown again."""
    from ivr.ports.keys import SCOPES

    if unknown := set(scope or ()) - set(SCOPES):
        fail(f"no scope is called {', '.join(sorted(unknown))}; choose from {', '.join(SCOPES)}", 2)
    with open_stores(read_settings()) as stores:
        _, secret = stores.keys.create(name, tuple(scope or SCOPES), actor=ACTOR)
    typer.echo(secret)


@app.command("list")
def list_keys() -> None:
    """List all keys ever created, without their secrets."""
    with open_stores(read_settings()) as stores:
        keys = stores.keys.list()
    print_table(
        ("id", "name", "begins with", "scopes", "made", "last used", "state"),
        [
            (
                key.key_id,
                key.name,
                key.prefix,
                " ".join(key.scopes),
                f"{key.created_at:%Y-%m-%d %H:%M}",
                f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
                f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "in force",
            )
            for key in keys
        ],
    )


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id of the key, from `digitree keys list`.")]) -> None:
    """Revoke a key, at once and for good."""
    with open_stores(read_settings()) as stores:
        if not stores.keys.revoke(key_id, actor=ACTOR):
            fail(f"no key in force has the id {key_id}; see `digitree keys list`")
    typer.echo(f"{key_id} is revoked")
