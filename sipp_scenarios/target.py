"""The Digitree to call: one started in a fresh directory, or one that is running already."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ivr.settings import Settings

# The first start speaks every prompt.
_START_S = 240
_STOP_S = 60


class TargetError(Exception):
    """There is nothing to call; the text gives the reason."""


@dataclass(frozen=True)
class Target:
    """`agent` is the HOST:PORT where SIPp may play the agent; None if this run cannot choose the agent.

    `supervisor` is the process id of `digitree up`; None if this run has not started it.
    """

    sip: str
    agent: str | None
    http: httpx.Client
    supervisor: int | None = None

    def find_call(self, ani: str) -> dict[str, Any] | None:
        """The newest call record of this caller."""
        answer = self.http.get("/calls", params={"ani": ani, "limit": 1}).raise_for_status()
        items = answer.json()["items"]
        return items[0] if items else None

    def is_suppressed(self, number: str) -> bool:
        answer = self.http.get(f"/dnc/{number}")
        if answer.status_code == 404:
            return False
        answer.raise_for_status()
        return bool(answer.json()["number"] == number)


def free_addresses(number: int) -> list[str]:
    """HOST:PORT on loopback, free a moment ago for TCP and for UDP."""
    probes: list[socket.socket] = []
    addresses: list[str] = []
    try:
        while len(addresses) < number:
            tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            probes += [tcp, udp]
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            addresses.append(f"127.0.0.1:{tcp.getsockname()[1]}")
    finally:
        for probe in probes:
            probe.close()
    return addresses


@contextmanager
def running_target(settings: Settings) -> Iterator[Target]:
    """The running Digitree at DIGITREE_HTTP and DIGITREE_SIP, with the key in DIGITREE_API_KEY."""
    if not settings.api_key:
        raise TargetError("set DIGITREE_API_KEY to a key of the Digitree that is running")
    with _client(settings.http, settings.api_key) as http:
        try:
            http.get("/calls", params={"limit": 1}).raise_for_status()
        except httpx.HTTPError as error:
            raise TargetError(f"no Digitree to ask at {settings.http}: {error}") from error
        yield Target(settings.sip, None, http)


@contextmanager
def own_target(
    freeswitch: Path | None,
    directory: Path,
    settings: Mapping[str, str] | None = None,
    choose_addresses: Callable[[int], list[str]] = free_addresses,
) -> Iterator[Target]:
    """`digitree up` in `directory` on free ports, with the sample menu; its log is `directory`/digitree.log.

    `freeswitch` None: on the development switch. `settings` are further variables. `choose_addresses` gives so many
    free addresses.
    """
    names = ("DIGITREE_HTTP", "DIGITREE_ESL", "DIGITREE_SIP", "DIGITREE_TTS", "DIGITREE_PHONE", "DIGITREE_FS_EVENT")
    *addresses, agent = choose_addresses(len(names) + 1)
    key = secrets.token_urlsafe(32)
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DIGITREE_") and name not in ("DATABASE_URL", "REDIS_URL")
    }
    env |= dict(zip(names, addresses, strict=True))
    env |= {
        "DIGITREE_HOME": str(directory / "home"),
        "DIGITREE_API_KEY": key,
        "DIGITREE_AGENT_URI": f"sip:agent@{agent}",
        "DIGITREE_SWITCH": "freeswitch" if freeswitch else "devswitch",
        "FREESWITCH_BIN": str(freeswitch or ""),
        **(settings or {}),
    }
    log = directory / "digitree.log"
    program = Path(sys.executable).with_name("digitree")
    with log.open("wb") as output:
        process = subprocess.Popen([program, "up"], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        with _client(env["DIGITREE_HTTP"], key) as http:
            _wait_ready(process, log)
            yield Target(env["DIGITREE_SIP"], agent, http, process.pid)
    finally:
        _stop(process)


def _client(address: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=f"http://{address}", headers={"Authorization": f"Bearer {key}"}, timeout=60)


def _wait_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while b"Digitree is ready" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise TargetError(f"`digitree up` did not become ready:\n{last}")
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
