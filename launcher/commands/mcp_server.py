"""`digitree mcp`: the server for assistants, over standard input and output or over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from launcher.commands.common import EXIT_USAGE, fail, read_settings


def mcp(
    http: Annotated[
        str,
        typer.Option(help="Serve over HTTP at HOST:PORT, path /mcp, instead of standard input and output."),
    ] = "",
    name: Annotated[
        list[str] | None,
        typer.Option(help="With --http: a name by which clients reach it, such as mcp.example.com; may be repeated."),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="A file with the API key. Default: DIGITREE_API_KEY.")
    ] = None,
) -> None:
    """Serve an assistant by the Model Context Protocol: menus, drafts, tests, calls. It asks the REST API at
    DIGITREE_URL (default: DIGITREE_HTTP) with DIGITREE_API_KEY; over HTTP each request brings a key of its own."""
    from assistants.installation import Installation
    from assistants.server import make_server
    from assistants.tools import Desk
    from ivr.settings import reachable_host, split_host_port

    settings = read_settings()
    host, port = reachable_host(settings.http)
    installation = Installation(settings.url or f"http://{host}:{port}")
    if http:
        from assistants.over_http import serve

        try:
            own = split_host_port(http)
        except ValueError as error:
            fail(f"--http: {error}", EXIT_USAGE)
        serve(installation, *own, tuple(name or ()))
        return
    key = settings.api_key if key_file is None else _read(key_file)
    if not key:
        fail("no API key: set DIGITREE_API_KEY, or name a file that has one with --key-file", EXIT_USAGE)
    if sys.stdin.isatty():
        typer.echo("digitree mcp: an assistant starts this and speaks with it here; Ctrl-C ends it", err=True)
    make_server(Desk(installation, key)).run("stdio")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path} cannot be read: {error}", EXIT_USAGE)
