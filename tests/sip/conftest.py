"""A FreeSWITCH of its own for these tests, with our configuration, on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.settings import Settings, split_host_port
from ivr.stack.freeswitch import CONFIG_DIR, find_freeswitch, freeswitch_command, freeswitch_ready
from tests.helpers import wait_until
from tests.sip.scripted_server import ScriptedServer

NO_FREESWITCH = "no FreeSWITCH on this machine (FREESWITCH_BIN or PATH)"


@dataclass(frozen=True)
class Switch:
    sip: tuple[str, int]
    esl: tuple[str, int]
    prompts: Path
    log: Path


def free_address(kind: socket.SocketKind = socket.SOCK_STREAM) -> str:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="session")
def freeswitch_program() -> Path:
    program = find_freeswitch(Settings())
    if program is None:
        pytest.skip(NO_FREESWITCH)
    return program


@pytest.fixture(scope="session")
def switch(freeswitch_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    home = tmp_path_factory.mktemp("switch")
    given = {
        "DIGITREE_HOME": str(home),
        "DIGITREE_SIP": free_address(socket.SOCK_DGRAM),
        "DIGITREE_ESL": free_address(),
        "DIGITREE_FS_EVENT": free_address(),
        "DIGITREE_PROMPTS_DIR": str(home / "prompts"),
    }
    before = dict(os.environ)
    os.environ.update(given)
    try:
        settings = Settings()
    finally:
        os.environ.clear()
        os.environ.update(before)
    (settings.prompts / "system").mkdir(parents=True)
    argv, env = freeswitch_command(settings, freeswitch_program, CONFIG_DIR)
    log = home / "log.txt"
    with log.open("ab") as output:
        process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_until(lambda: freeswitch_ready(settings), 20, "FreeSWITCH listens")
        yield Switch(split_host_port(settings.sip), split_host_port(settings.esl), settings.prompts, log)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(switch: Switch) -> Iterator[ScriptedServer]:
    with ScriptedServer(switch.esl) as listening:
        yield listening
