"""`digitree audit`: the audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from launcher.commands.chains import (
    EXIT_BROKEN,
    KeyOption,
    RootsOption,
    WitnessOption,
    expected,
    known_heads,
    say,
    say_known,
)
from launcher.commands.common import open_stores, read_settings

app = typer.Typer(help="The audit log: verify.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `verify` a command of its own, though it is the only one."""


@app.command()
def verify(
    expect: Annotated[
        list[str] | None,
        typer.Option(help="audit:EVENTS:HASH, or the line that an earlier run printed: that event must be the same."),
    ] = None,
    witness: WitnessOption = None,
    key: KeyOption = None,
    tsa_roots: RootsOption = None,
) -> None:
    """Check the chain of the audit log, entry by entry. Exit code 0: nothing was changed, 1: something was."""
    from ivr.domain.signed_heads import AUDIT_CHAIN
    from ivr.storage.postgres.audit_chain import chain_audit_entries, verify_audit_log

    settings = read_settings()
    given = [expected(text)[1] for text in expect or []]
    with open_stores(settings) as stores:
        known = known_heads(settings, stores, [AUDIT_CHAIN], witness=witness, keys=key, roots=tsa_roots)
        chain_audit_entries(stores.database)
        anchors = [*known.of(AUDIT_CHAIN), *given]
        right = say(AUDIT_CHAIN, verify_audit_log(stores.database, anchors=anchors), anchors)
    if not (say_known(known) and right):
        raise typer.Exit(EXIT_BROKEN)
