"""Lets go what is older than it is to be kept, once an hour, and says what went."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.domain.menu.published import PROMPT_FILE
from ivr.domain.retention import Retention, cut_off
from ivr.storage.disk.once_sounds import OnceSounds
from ivr.storage.postgres.bin import prune_bin
from ivr.storage.postgres.callbacks import prune_callbacks
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import NoticeOutbox
from ivr.storage.postgres.outgoing import prune_outgoing
from ivr.storage.postgres.retention import prune_audit, prune_calls, prune_checks, unplayed_prompts
from ivr.storage.postgres.webhook_outbox import WebhookOutbox

log = logging.getLogger(__name__)

EVERY_S = 3600.0
FIRST_S = 60.0
# A file that was spoken or asked for a moment ago: the menu that plays it may be in the making.
_YOUNG_S = 3600.0
# A call that hears a sound of its own is over by then.
_ONCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many went, or would go; `outgoing`: calls that were ordered; `webhooks`:
    messages of webhooks, and notices for services."""

    calls: int = 0
    audit: int = 0
    checks: int = 0
    outgoing: int = 0
    callbacks: int = 0
    bin: int = 0
    webhooks: int = 0
    prompts: int = 0


def prune(database: Database, prompts: Path, keep: Retention, now: datetime, *, dry: bool = False) -> Pruned:
    """Raises StorageError; what went before stays gone."""
    counts = {}
    kinds: dict[str, tuple[int, Callable[..., int]]] = {
        "calls": (keep.calls, prune_calls),
        "audit": (keep.audit, prune_audit),
        "checks": (keep.checks, prune_checks),
        "outgoing": (keep.calls, prune_outgoing),
        "callbacks": (keep.callbacks, prune_callbacks),
        # Before the prompts, which it may be the last to keep.
        "bin": (keep.bin, prune_bin),
    }
    for name, (days, work) in kinds.items():
        before = cut_off(days, now)
        counts[name] = work(database, before, dry=dry) if before is not None else 0
    outboxes = (WebhookOutbox(database), NoticeOutbox(database))
    webhooks = sum(_prune_outbox(each, keep.webhooks, dry=dry) for each in outboxes)
    files = _prune_prompts(database, prompts, keep.prompts, dry=dry) if keep.prompts else 0
    return Pruned(**counts, webhooks=webhooks, prompts=files)


def _prune_outbox(outbox: WebhookOutbox | NoticeOutbox, days: int, *, dry: bool) -> int:
    count = outbox.prune(days, dry=dry)
    while not dry and (more := outbox.prune(days)):
        count += more
    return count


def _prune_prompts(database: Database, directory: Path, days: int, *, dry: bool) -> int:
    """The names are looked at before the database is: a file that comes later is not among them."""
    old = time.time() - _YOUNG_S
    files = []
    for path in directory.glob("*.wav"):
        with suppress(OSError):
            if PROMPT_FILE.fullmatch(path.name) and path.stat().st_mtime < old:
                files.append(path.name)
    gone = unplayed_prompts(database, files, days, dry=dry)
    for file in [] if dry else gone:
        with suppress(OSError):
            (directory / file).unlink(missing_ok=True)
    return len(gone)


class RetentionKeeper:
    def __init__(self, database: Database, prompts: Path, keep: Retention) -> None:
        self._database = database
        self._prompts = prompts
        self._keep = keep

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = FIRST_S
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            if swept := OnceSounds(self._prompts).sweep(_ONCE_S):
                log.info("sounds for one call that were left lying: %d", swept)
            try:
                gone = prune(self._database, self._prompts, self._keep, utc_now())
            except StorageError as error:
                log.warning("what is too old could not be let go: %s", error)
                continue
            if gone != Pruned():
                log.info("too old: %s", gone)
