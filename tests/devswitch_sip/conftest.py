"""`python -m devswitch` as a process of its own, in the place where tests/sip has a FreeSWITCH."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers import SWITCH_SECRET, wait_until
from tests.ports import free_address
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer


@pytest.fixture(scope="session")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    home = tmp_path_factory.mktemp("devswitch")
    prompts = home / "prompts"
    (prompts / "system").mkdir(parents=True)
    sip, esl = free_address(), free_address()
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")}
    env |= {
        "DIGITREE_HOME": str(home),
        "DIGITREE_SIP": sip,
        "DIGITREE_ESL": esl,
        "DIGITREE_FS_EVENT": free_address(),
        "DIGITREE_PROMPTS_DIR": str(prompts),
        "DIGITREE_ESL_SECRET": SWITCH_SECRET,
    }
    log = home / "log.txt"
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "devswitch"], env=env, stdout=output, stderr=output)
    try:
        wait_until(lambda: "SIP on" in log.read_text(), 20, "the development switch listens")
        yield Switch(_address(sip), _address(esl), ("127.0.0.1", 0), prompts, log, SWITCH_SECRET)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """Runs one side of a call beside the other."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield pool


@pytest.fixture
def server(switch: Switch) -> Iterator[ScriptedServer]:
    with ScriptedServer(switch.esl) as listening:
        yield listening
