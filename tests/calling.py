"""The call server, the keeper and the phone as processes beside a test, for what goes all the way to the record."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ivr.clients.phone import PhoneClient, PhoneUnavailable
from tests.helpers import wait_until
from tests.ports import free_address
from tests.rig import write_system_prompts

SECRET = "0123456789abcdef0123456789abcdef"
# With both cores busy with other tests.
_START_S = 60


@contextmanager
def call_processes(home: Path, database_url: str, redis_url: str) -> Iterator[dict[str, str]]:
    """The environment of the three, all of them ready; everything is ended afterwards."""
    for name in ("prompts", "journal", "run", "metrics"):
        (home / name).mkdir(parents=True, exist_ok=True)
    write_system_prompts(home / "prompts" / "system")
    own = {
        "DIGITREE_HOME": str(home),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DIGITREE_SECRET": SECRET,
        "DIGITREE_ESL": free_address(),
        "DIGITREE_PHONE": free_address(),
        "PROMETHEUS_MULTIPROC_DIR": str(home / "metrics"),
    }
    with ExitStack() as processes:
        for module in ("esl_server", "keeper", "devswitch.phone"):
            process = subprocess.Popen([sys.executable, "-m", module], env={**os.environ, **own})
            processes.callback(_end, process)
        client = PhoneClient(f"http://{own['DIGITREE_PHONE']}", lambda: SECRET)
        wait_until(lambda: _listens(own["DIGITREE_ESL"]), _START_S, "the call server listens")
        wait_until(lambda: _answers(client), _START_S, "the phone answers")
        client.close()
        yield own


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as sock:
        return sock.connect_ex((host, int(port))) == 0


def _answers(client: PhoneClient) -> bool:
    try:
        client.check()
    except PhoneUnavailable:
        return False
    return True
