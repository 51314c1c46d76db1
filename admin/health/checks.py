"""The checks of /readyz: what each dependency must answer."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from admin.health.service import Check, NotReady
from ivr.home import first_start_path
from ivr.settings import split_host_port
from ivr.storage.disk.keeper_status import STALE_AFTER_S, find_status
from tts.client.system_prompts import SYSTEM_PROMPTS

CONNECT_TIMEOUT_S = 1.0
JOURNAL_OLD_S = 60
RECENT = timedelta(days=7)
_SHOWN = 5


def answers(check: Callable[[], object], detail: str = "answers") -> Check:
    """A store whose own check raises when it does not answer."""

    def run() -> str:
        check()
        return detail

    return run


def call_server(address: str) -> Check:
    """A process of the call server greets every connection, as it greets FreeSWITCH.

    A listening socket alone proves nothing: the supervisor holds it while no process is there.
    """

    def run() -> str:
        try:
            with socket.create_connection(split_host_port(address), timeout=CONNECT_TIMEOUT_S) as sock:
                greeting = sock.recv(16)
        except OSError as error:
            raise NotReady(f"{address}: {error.strerror or 'no answer'}") from None
        if not greeting.startswith(b"connect"):
            raise NotReady(f"{address} closes at once: is this host's address in DIGITREE_ESL_ALLOW?")
        return f"answers on {address}"

    return run


def phone(address: str) -> Check:
    """The phone of test calls. Calls are taken without it, so its absence is only a warning."""

    def run() -> str:
        try:
            with socket.create_connection(split_host_port(address), timeout=CONNECT_TIMEOUT_S):
                return f"answers on {address}"
        except OSError as error:
            why = error.strerror or "no answer"
            return f"WARNING: {address}: {why}; test calls and tests of menus have to wait"

    return run


def keeper(path: Path) -> Check:
    """The keeper runs, the cache is in step, and no record has waited long in the journals."""

    def run() -> str:
        status = find_status(path)
        if status is None:
            raise NotReady("the keeper has not reported yet")
        waiting, age_s = status.backlog_records, status.backlog_oldest_age_s
        detail = f"{waiting} records wait" + (f", the oldest for {age_s:.0f} s" if waiting else "")
        if status.rejected_records:
            detail += f", {status.rejected_records} were refused and are kept aside"
        silent_s = time.time() - status.written_at
        if silent_s > STALE_AFTER_S:
            raise NotReady(f"the keeper was last heard {silent_s:.0f} s ago; {detail}")
        if waiting and age_s > JOURNAL_OLD_S:
            raise NotReady(detail)
        if not status.cache_in_step:
            raise NotReady(f"the cache is not in step with Postgres; {detail}")
        return detail

    return run


def opt_outs(unidentified: Callable[[datetime], int]) -> Check:
    """Opt-outs whose caller's number is unknown: a warning, so that a person looks for it. Calls are still taken."""

    def run() -> str:
        count = unidentified(datetime.now(UTC) - RECENT)
        if not count:
            return f"each of the last {RECENT.days} days has its number"
        return f"WARNING: {count} of the last {RECENT.days} days without a number, see GET /dnc?unidentified=true"

    return run


def prompts(directory: Path, home: Path) -> Check:
    """The prompt directory is writable, the system prompts are there, and the first start's sample is loaded."""

    def run() -> str:
        if not os.access(directory, os.W_OK | os.X_OK):
            raise NotReady("the prompt directory cannot be written")
        missing = [name for name in SYSTEM_PROMPTS if not (directory / "system" / f"{name}.wav").is_file()]
        if missing:
            more = "" if len(missing) <= _SHOWN else f" and {len(missing) - _SHOWN} more"
            raise NotReady(f"system prompts not spoken yet: {', '.join(missing[:_SHOWN])}{more}")
        if first_start_path(home).exists():
            raise NotReady("the sample menu of the first start is being loaded")
        return f"{len(SYSTEM_PROMPTS)} system prompts"

    return run
