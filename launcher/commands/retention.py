"""`digitree retention`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from launcher.commands.common import open_stores, print_table, read_settings

_NAMES = {
    "calls": ("call records", "DIGITREE_KEEP_CALLS_DAYS"),
    "audit": ("entries of the audit log", "DIGITREE_KEEP_AUDIT_DAYS"),
    "checks": ("checks of do-not-call lists", "DIGITREE_KEEP_CHECKS_DAYS"),
    "outgoing": ("calls that were ordered", "DIGITREE_KEEP_CALLS_DAYS"),
    "callbacks": ("call-backs that are done or dropped", "DIGITREE_KEEP_CALLBACKS_DAYS"),
    "bin": ("menus and agents in the bin", "DIGITREE_KEEP_BIN_DAYS"),
    "webhooks": ("webhook messages", "DIGITREE_KEEP_WEBHOOKS_DAYS"),
    "prompts": ("prompt files that nothing plays", "DIGITREE_KEEP_PROMPTS_DAYS"),
}


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
) -> None:
    """Let go what is older than it is to be kept. The keeper does so every hour. Opt-outs are never among it."""
    from ivr.domain.call_records import utc_now
    from keeper.retention import prune

    settings = read_settings()
    keep = {**asdict(settings.retention), "outgoing": settings.retention.calls}
    with open_stores(settings) as stores:
        gone = asdict(prune(stores.database, settings.prompts, settings.retention, utc_now(), dry=dry_run))
    rows = [
        (what, f"{keep[name]} days" if keep[name] else "for good", str(gone[name]), setting)
        for name, (what, setting) in _NAMES.items()
    ]
    print_table(("what", "kept", "would go" if dry_run else "gone", "setting"), [*rows, _OPT_OUTS])


_OPT_OUTS = ("opt-outs and their proofs", "for good", "0", "(the database refuses to delete them)")
