"""The program `digitree`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from launcher.commands import (
    audit,
    backup,
    dnc,
    journal,
    keys,
    mcp_server,
    menu_exports,
    menu_imports,
    menu_tests,
    menus,
    privacy,
    retention,
    trunks,
    users,
    voices,
)
from launcher.commands.call import call
from launcher.commands.common import database_owner_url, database_url, fail, print_table, read_settings
from launcher.commands.report import report

_RUN, _TRY, _KEEP = "Run it", "Try menus", "Records, lists and who may log in"

app = typer.Typer(
    help="Digitree: keypress menus in front of AI voice agents, self-hosted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Everything is set by environment variables: `digitree settings` lists them.",
)


@app.command(rich_help_panel=_RUN)
def up(
    only: Annotated[
        str,
        typer.Option(help="Start only these, comma-separated: postgres redis tts freeswitch keeper phone admin esl."),
    ] = "",
    user: Annotated[
        str, typer.Option(help="The account of all processes when root starts them (DIGITREE_USER).")
    ] = "",
) -> None:
    """Start everything and stay in the foreground. Ctrl-C stops it; a second one kills it."""
    from ivr.settings import SetupError
    from launcher.up import up as run

    settings = read_settings()
    if user:
        settings = settings.model_copy(update={"user": user})
    try:
        code = run(settings, only)
    except SetupError as error:
        fail(str(error))
    raise typer.Exit(code)


@app.command(rich_help_panel=_RUN)
def down(
    timeout: Annotated[float, typer.Option(help="Seconds to wait until it has stopped.")] = 60,
    only: Annotated[str, typer.Option(help="Stop the `digitree up` that runs one of these, and no other.")] = "",
    now: Annotated[
        bool, typer.Option("--now", help="Kill it as a second Ctrl-C would: what starts next takes the calls over.")
    ] = False,
) -> None:
    """Stop the `digitree up` of this DIGITREE_HOME as Ctrl-C would, and wait until it has ended."""
    import select
    import signal

    from ivr.settings import SetupError
    from launcher.services import chosen_names

    try:
        names = chosen_names(only)
    except SetupError as error:
        fail(str(error))
    pids = {pid for name, pid in _supervisors().items() if name.partition(".")[0] in names}
    if not pids:
        fail(f"no `digitree up` on this home runs {only}")
    for pid in pids:
        gone = os.pidfd_open(pid)
        # Two of one kind might arrive as one.
        for number in (signal.SIGTERM, signal.SIGINT) if now else (signal.SIGTERM,):
            signal.pidfd_send_signal(gone, number)
        if not select.select([gone], [], [], timeout)[0]:
            fail(f"process {pid} still runs after {timeout:g} s: it waits for live calls. To kill it: kill -9 {pid}")
    typer.echo("stopped")


@app.command(rich_help_panel=_RUN)
def reload() -> None:
    """Replace the call server's processes one by one while calls go on."""
    import signal

    pids = [pid for name, pid in _supervisors().items() if name.partition(".")[0] == "esl"]
    if not pids:
        fail("the `digitree up` on this home runs no call server")
    for pid in pids:
        os.kill(pid, signal.SIGHUP)
        typer.echo(f"process {pid} replaces them; its log says when it is done")


def _supervisors() -> dict[str, int]:
    from launcher.home_locks import find_supervisors

    home = read_settings().home
    found = find_supervisors(home)
    if not found:
        fail(f"no `digitree up` runs on {home}")
    return found


@app.command(rich_help_panel=_RUN)
def settings() -> None:
    """List every setting: its variable, the value in force, its meaning."""
    from ivr.settings import describe_settings

    rows = [
        (name, value or "(empty)", f"{meaning} [{default}]" if default else meaning)
        for name, value, default, meaning in describe_settings(read_settings())
    ]
    print_table(("variable", "value", "meaning"), rows)


@app.command(rich_help_panel=_RUN)
def openapi() -> None:
    """Print the OpenAPI document of the API, which a running Digitree also serves at /openapi.json."""
    from admin.wiring import API_DOCUMENT

    typer.echo(API_DOCUMENT.text)


@app.command("switch-secret", rich_help_panel=_RUN)
def switch_secret() -> None:
    """Print the secret that a FreeSWITCH of your own needs, for dialplan/digitree.xml."""
    from ivr.secrets import switch_secrets

    typer.echo(switch_secrets(read_settings())[0])


@app.command(rich_help_panel=_RUN)
def migrate() -> None:
    """Bring the database to the newest schema. `digitree up` does this at its start."""
    from ivr.domain.errors import StorageError
    from ivr.storage.postgres.migrate import upgrade

    now = read_settings()
    try:
        upgrade(database_url(now), database_owner_url(now))
    except StorageError as error:
        fail(f"{error} ({'check DATABASE_URL' if now.database_url else 'is the embedded Postgres running?'})")
    typer.echo("the database has the newest schema")


@app.command(rich_help_panel=_RUN)
def doctor() -> None:
    """Show what this machine has, and what /readyz of a running Digitree says. Exit code 0: ready."""
    import platform

    from ivr.settings import SetupError
    from launcher.freeswitch import find_freeswitch
    from launcher.home_locks import find_supervisors
    from launcher.probes import http_status

    now = read_settings()
    try:
        switch = str(find_freeswitch(now) or "none; the development switch serves `digitree call`")
    except SetupError as error:
        switch = str(error)
    pids = sorted(set(find_supervisors(now.home).values()))
    for name, value in (
        ("python", platform.python_version()),
        ("home", str(now.home)),
        ("postgres", "DATABASE_URL" if now.database_url else "embedded"),
        ("redis", "REDIS_URL" if now.redis_url else "embedded"),
        ("freeswitch", switch),
        ("supervisor", f"process {', '.join(map(str, pids))}" if pids else "not running"),
    ):
        typer.echo(f"{name:<11} {value}")
    answer = http_status(now.http, "/readyz")
    if answer is None:
        fail(f"nothing answers on {now.http}: `digitree up` starts it")
    typer.echo(answer[1].rstrip())
    raise typer.Exit(0 if answer[0] == 200 else 1)


app.command(rich_help_panel=_TRY)(call)
app.command(rich_help_panel=_KEEP)(backup.backup)
app.command(rich_help_panel=_KEEP)(backup.restore)
app.command(rich_help_panel=_KEEP)(retention.retention)
app.command("test", rich_help_panel=_TRY)(menu_tests.run_tests)
app.command("export", rich_help_panel=_TRY)(menu_exports.take_out)
app.command("import", rich_help_panel=_TRY)(menu_imports.bring_in)
app.command("mcp", rich_help_panel=_TRY)(mcp_server.mcp)
app.command(rich_help_panel=_KEEP)(report)
app.add_typer(audit.app, name="audit", rich_help_panel=_KEEP)
app.add_typer(dnc.app, name="dnc", rich_help_panel=_KEEP)
app.add_typer(journal.app, name="journal", rich_help_panel=_KEEP)
app.add_typer(keys.app, name="keys", rich_help_panel=_KEEP)
app.add_typer(menus.app, name="menu", rich_help_panel=_TRY)
app.add_typer(privacy.app, name="privacy", rich_help_panel=_KEEP)
app.add_typer(trunks.app, name="trunk", rich_help_panel=_KEEP)
app.add_typer(users.app, name="user", rich_help_panel=_KEEP)
app.add_typer(voices.app, name="voices", rich_help_panel=_TRY)


def main() -> None:
    """The console script's entry: an error is one line; DIGITREE_LOG_LEVEL=DEBUG shows where it came from."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("DIGITREE_LOG_LEVEL") == "DEBUG":
            raise
        sys.stderr.write(f"digitree: {type(error).__name__}: {error} (DIGITREE_LOG_LEVEL=DEBUG shows where)\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
