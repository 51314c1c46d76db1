"""The checks of /readyz, one per dependency."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from admin.health.service import Check, NotReady
from ivr.clients.switch import Switch, SwitchUnavailable
from ivr.domain.probe import PROBE
from ivr.home import first_start_path
from ivr.settings import split_host_port
from ivr.storage.disk.keeper_status import STALE_AFTER_S, find_status
from ivr.storage.disk.room import free_bytes, is_full
from ivr.storage.disk.trunk_states import read_states
from tts.client.system_prompts import SYSTEM_PROMPTS

CONNECT_TIMEOUT_S = 1.0
JOURNAL_OLD_S = 60
LITTLE_ROOM_MB = 500
RECENT = timedelta(days=7)
_SHOWN = 5


def answers(check: Callable[[], object], detail: str = "answers") -> Check:
    """The check of a store: `check` raises when the store does not answer."""

    def run() -> str:
        check()
        return detail

    return run


def call_server(address: str) -> Check:
    """The check of the call server, which sends a greeting on every connection as it does to FreeSWITCH.

    A listening socket alone proves nothing: the supervisor holds it even while no process runs.
    """

    def run() -> str:
        try:
            with socket.create_connection(split_host_port(address), timeout=CONNECT_TIMEOUT_S) as sock:
                greeting = sock.recv(16)
                sock.sendall(PROBE)
        except OSError as error:
            raise NotReady(f"{address}: {error.strerror or 'no answer'}") from None
        if not greeting.startswith(b"connect"):
            raise NotReady(f"{address} closes at once: is this host's address in DIGITREE_ESL_ALLOW?")
        return f"answers on {address}"

    return run


def phone(address: str) -> Check:
    """The check of the phone of test calls. Calls are taken without it, so its absence is only a warning."""

    def run() -> str:
        try:
            with socket.create_connection(split_host_port(address), timeout=CONNECT_TIMEOUT_S):
                return f"answers on {address}"
        except OSError as error:
            why = error.strerror or "no answer"
            return f"WARNING: {address}: {why}; test calls and tests of menus do not work until it runs"

    return run


def keeper(path: Path) -> Check:
    """The check that the keeper runs, the cache is up to date, and no record has waited long in the journals."""

    def run() -> str:
        status = find_status(path)
        if status is None:
            raise NotReady("the keeper has not reported yet")
        waiting, age_s = status.backlog_records, status.backlog_oldest_age_s
        detail = f"{waiting} records wait" + (f", the oldest for {age_s:.0f} s" if waiting else "")
        if status.rejected_records:
            detail += f", {status.rejected_records} were refused by Postgres and are kept"
        silent_s = time.time() - status.written_at
        if silent_s > STALE_AFTER_S:
            raise NotReady(f"the keeper last reported {silent_s:.0f} s ago; {detail}")
        if waiting and age_s > JOURNAL_OLD_S:
            raise NotReady(detail)
        if not status.cache_in_step:
            raise NotReady(f"the cache is behind Postgres; {detail}")
        return detail

    return run


def disk(home: Path) -> Check:
    """The check of the room under DIGITREE_HOME: calls go on without any, but nothing can be saved."""

    def run() -> str:
        free_mb = free_bytes(home) // 1_000_000
        if is_full(home):
            raise NotReady("the disk of DIGITREE_HOME is full: calls go on, but nothing can be saved")
        if free_mb < LITTLE_ROOM_MB:
            return f"WARNING: only {free_mb} MB are left on the disk of DIGITREE_HOME"
        return f"{free_mb} MB are left"

    return run


def opt_outs(unidentified: Callable[[datetime], int]) -> Check:
    """The check for opt-outs without a caller's number: a warning, so that a person looks for it. Calls are still
    taken."""

    def run() -> str:
        count = unidentified(datetime.now(UTC) - RECENT)
        if not count:
            return f"all opt-outs of the last {RECENT.days} days have a number"
        return f"WARNING: {count} of the last {RECENT.days} days have no number; see GET /dnc?unidentified=true"

    return run


def messages(given_up: Callable[[datetime], int]) -> Check:
    """The check for messages by channels that were given up: a warning, so that a person looks for it."""

    def run() -> str:
        count = given_up(datetime.now(UTC) - timedelta(days=1))
        if not count:
            return "no message of the last day was given up"
        return f"WARNING: {count} messages of the last day were given up; the pages of channels say why"

    return run


def trunks(states: Path) -> Check:
    """The check of trunks: one that is away is a warning, since calls come by the others. Who asks need not be known
    here, so it names none."""

    def run() -> str:
        known = read_states(states)
        away = sum(each.standing in ("refused", "silent") for each in known.values())
        if away:
            return f"WARNING: {away} of {len(known)} trunks refused us, or do not answer: their pages say why"
        return f"{len(known)} trunks"

    return run


def conferences(switch: Switch, with_talks_of_all: Callable[[], int]) -> Check:
    """The check that the switch can do what menus with `join: all` want: a warning, since the call goes on without.
    A switch that answers nobody here may do it all the same."""

    def run() -> str:
        try:
            if switch.has_conferences():
                return "the switch has mod_conference"
        except SwitchUnavailable:
            return "not known: the event socket of the switch does not answer"
        count = with_talks_of_all()
        if not count:
            return "no menu has a talk of all who answer; the switch has no mod_conference, which that needs"
        return (
            f"WARNING: {count} menus have talks of all who answer, but the switch has no mod_conference: only the "
            "first who answers joins. Load mod_conference in FreeSWITCH (switch.xml or modules.conf.xml)"
        )

    return run


def prompts(directory: Path, home: Path) -> Check:
    """The check that the prompt directory is writable, the system prompts exist and the first start's sample is
    loaded."""

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
