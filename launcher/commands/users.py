"""`digitree user`: manage the users who log in on the page with a name and a password."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from launcher.commands.common import fail, open_stores, print_table, read_settings

app = typer.Typer(help="Users of the page: add, list, disable, enable, set a password.", no_args_is_help=True)
ACTOR = "command line"
Name = Annotated[str, typer.Argument(help="The name to log in with.")]
Stdin = Annotated[bool, typer.Option(help="Read the password from standard input, without asking.")]


@app.command()
def add(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, write, dnc, calls, people or admin; may be given several times. Default: all."),
    ] = None,
    role: Annotated[str, typer.Option(help="In place of scopes: owner, editor, viewer or supervisor.")] = "",
    password_stdin: Stdin = False,
) -> None:
    """Add a user; asks for a password."""
    from ivr.domain.errors import UserTaken
    from ivr.domain.roles import ROLES, SCOPES
    from ivr.domain.users import LOGIN_NAME

    if not LOGIN_NAME.fullmatch(name):
        fail("a name is 1 to 64 letters, digits and _ . @ + -", 2)
    if unknown := set(scope or ()) - set(SCOPES):
        fail(f"no scope is called {', '.join(sorted(unknown))}; choose from {', '.join(SCOPES)}", 2)
    scopes = next((has for each, has in ROLES.items() if each == role), None)
    if role and (scopes is None or scope):
        fail(f"choose one role of {', '.join(ROLES)}, or scopes", 2)
    password = _password(password_stdin)
    with open_stores(read_settings()) as stores:
        try:
            user = stores.users.create(name, password, scopes or tuple(scope or SCOPES), actor=ACTOR)
        except UserTaken as error:
            fail(str(error))
    typer.echo(user.user_id)


@app.command("list")
def list_users() -> None:
    """List the users."""
    from ivr.domain.roles import role_of

    with open_stores(read_settings()) as stores:
        users = stores.users.list()
    print_table(
        ("name", "id", "role", "scopes", "last log-in", "state"),
        [
            (
                user.name,
                user.user_id,
                role_of(user.scopes),
                " ".join(user.scopes),
                f"{user.last_login_at:%Y-%m-%d %H:%M}" if user.last_login_at else "never",
                f"disabled {user.disabled_at:%Y-%m-%d}" if user.disabled_at else "may log in",
            )
            for user in users
        ],
    )


@app.command()
def password(name: Name, password_stdin: Stdin = False) -> None:
    """Set a user's password and end the user's sessions."""
    wanted = _password(password_stdin)
    _change(name, password=wanted)
    typer.echo(f"{name} has a new password")


@app.command()
def disable(name: Name) -> None:
    """Disable a user and end the user's sessions."""
    _change(name, disabled=True)
    typer.echo(f"{name} is disabled")


@app.command()
def enable(name: Name) -> None:
    """Enable a user again."""
    _change(name, disabled=False)
    typer.echo(f"{name} is enabled")


@app.command()
def remove_second_factor(name: Name) -> None:
    """Let a user log in with the password alone, who has lost the phone and the recovery codes."""
    with open_stores(read_settings()) as stores:
        user = next((each for each in stores.users.list() if each.name.lower() == name.lower()), None)
        if user is None or not stores.second_factors.remove(user.user_id, actor=ACTOR):
            fail(f"there is no user {name} with a second factor; see `digitree user list`")
    typer.echo(f"{name} logs in with the password alone")


def _change(name: str, *, password: str | None = None, disabled: bool | None = None) -> None:
    from ivr.domain.errors import LastOwner

    with open_stores(read_settings()) as stores:
        user = next((each for each in stores.users.list() if each.name.lower() == name.lower()), None)
        if user is None:
            fail(f"there is no user {name}; see `digitree user list`")
        try:
            stores.users.change(user.user_id, actor=ACTOR, password=password, disabled=disabled)
        except LastOwner as error:
            fail(str(error))


def _password(from_stdin: bool) -> str:
    from ivr.domain.users import MAX_PASSWORD, MIN_PASSWORD

    if from_stdin:
        given = sys.stdin.readline().rstrip("\n")
    else:
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not MIN_PASSWORD <= len(given) <= MAX_PASSWORD:
        fail(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters", 2)
    return str(given)
