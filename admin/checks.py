"""The checks of /readyz: what each dependency must answer."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from admin.services.readiness import Check, NotReady
from ivr.settings import Settings, split_host_port
from tts.system_prompts import SYSTEM_PROMPTS

CONNECT_TIMEOUT_S = 1.0
# The keeper writes its state every few seconds.
KEEPER_SILENT_S = 30
JOURNAL_OLD_S = 60
_SHOWN = 5


def answers(check: Callable[[], object], detail: str = "answers") -> Check:
    """A store whose own check raises when it is not there."""

    def run() -> str:
        check()
        return detail

    return run


def tcp(address: str) -> Check:
    """Somebody listens there. The connection is closed at once, which the ESL server takes for a caller gone."""

    def run() -> str:
        try:
            with socket.create_connection(split_host_port(address), timeout=CONNECT_TIMEOUT_S):
                return f"listens on {address}"
        except OSError as error:
            raise NotReady(f"{address}: {error.strerror or 'no answer'}") from None

    return run


def keeper(path: Path) -> Check:
    """The keeper lives, and what waits in the journals is not old."""

    def run() -> str:
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            silent_s = time.time() - path.stat().st_mtime
        except (OSError, ValueError):
            raise NotReady("the keeper has not reported yet") from None
        backlog, oldest_s = int(state.get("backlog", 0)), float(state.get("oldest_s") or 0)
        detail = f"{backlog} waiting" + (f", the oldest for {oldest_s:.0f} s" if backlog else "")
        if silent_s > KEEPER_SILENT_S:
            raise NotReady(f"the keeper was last heard {silent_s:.0f} s ago; {detail}")
        if backlog and oldest_s > JOURNAL_OLD_S:
            raise NotReady(detail)
        return detail

    return run


def prompts(directory: Path) -> Check:
    """Prompts can be written, and those of the system are there."""

    def run() -> str:
        if not os.access(directory, os.W_OK | os.X_OK):
            raise NotReady("the prompt directory cannot be written")
        missing = [name for name in SYSTEM_PROMPTS if not (directory / "system" / f"{name}.wav").is_file()]
        if missing:
            more = "" if len(missing) <= _SHOWN else f" and {len(missing) - _SHOWN} more"
            raise NotReady(f"system prompts not spoken yet: {', '.join(missing[:_SHOWN])}{more}")
        return f"{len(SYSTEM_PROMPTS)} system prompts"

    return run


def keeper_file(settings: Settings) -> Path:
    return settings.home / "run" / "keeper.json"
