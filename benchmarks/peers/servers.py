"""Starts one of the peers in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import dies_with_us
from benchmarks.product import ROOT, stop

PEERS_PYTHON = Path(sys.prefix) / "peers" / "bin" / "python"
FLOOR, GREENSWITCH, GENESIS = "bare gevent handler", "greenswitch 0.0.19", "genesis 2026.10"
_MODULES = {FLOOR: "bare_gevent", GREENSWITCH: "greenswitch_menu", GENESIS: "genesis_menu"}
SIDE = {FLOOR: "sync", GREENSWITCH: "async", GENESIS: "async"}


def available() -> list[str]:
    return [name for name in _MODULES if name != GENESIS or PEERS_PYTHON.exists()]


@contextmanager
def peer(name: str, prompts: str = "/srv/ivr/prompts") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """(process, port) of a peer that accepts connections."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    python = PEERS_PYTHON if name == GENESIS else Path(sys.executable)
    script = ROOT / "benchmarks" / "peers" / f"{_MODULES[name]}.py"
    env = os.environ | {"GENESIS_LOG_LEVEL": "ERROR", "OTEL_SDK_DISABLED": "true"}
    process = subprocess.Popen(
        [python, script, "127.0.0.1", str(port), prompts], env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=dies_with_us(),
    )  # fmt: skip
    try:
        _wait_listening(process, port)
        yield process, port
    finally:
        stop(process)


def _wait_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise RuntimeError(f"the peer on port {port} did not start")
