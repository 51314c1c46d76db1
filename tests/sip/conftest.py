"""A switch of its own for these tests, on free ports: FreeSWITCH with our configuration or the development switch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.secrets import switch_secrets
from ivr.settings import Settings, split_host_port
from launcher.freeswitch import CONFIG_DIR, find_freeswitch, freeswitch_command, freeswitch_ready
from launcher.tls_files import write_tls_files
from sipp_scenarios.target import Target, TargetError, own_target
from tests.helpers import wait_until
from tests.ports import free_address, free_addresses
from tests.sip.scripted_server import ScriptedServer
from tests.spoken import keep, lend

# For tests of what both do.
SWITCHES = ("freeswitch", "devswitch")
NO_FREESWITCH = "no FreeSWITCH on this machine (FREESWITCH_BIN or PATH)"


@contextmanager
def whole_product(
    directory: Path, settings: Mapping[str, str] | None = None, *, switch: str = "freeswitch"
) -> Iterator[Target]:
    """`digitree up` on FreeSWITCH, without which the test is skipped, or on the development switch ("devswitch")."""
    program = find_freeswitch(Settings()) if switch == "freeswitch" else None
    if switch == "freeswitch" and program is None:
        pytest.skip(NO_FREESWITCH)
    prompts = directory / "home" / "prompts"
    lend(prompts)
    try:
        with own_target(program, directory, settings, free_addresses) as started:
            keep(prompts)
            yield started
    except TargetError as error:
        pytest.fail(str(error))


@dataclass(frozen=True)
class Switch:
    sip: tuple[str, int]
    esl: tuple[str, int]
    event: tuple[str, int]
    prompts: Path
    log: Path
    secret: str = field(repr=False)


@pytest.fixture(scope="session")
def freeswitch_program() -> Path:
    return _freeswitch()


def _freeswitch() -> Path:
    program = find_freeswitch(Settings())
    if program is None:
        pytest.skip(NO_FREESWITCH)
    return program


@contextmanager
def running(kind: str, home: Path) -> Iterator[Switch]:
    """One of SWITCHES, with its usual configuration."""
    started = running_devswitch(home) if kind == "devswitch" else running_switch(_freeswitch(), home, _usual)
    with started as switch:
        yield switch


def _usual(_: Settings) -> Path:
    return CONFIG_DIR


def _settings(home: Path) -> Settings:
    """On free ports; what else the environment says, it says."""
    given = {
        "DIGITREE_HOME": str(home),
        "DIGITREE_SIP": free_address(),
        "DIGITREE_ESL": free_address(),
        "DIGITREE_FS_EVENT": free_address(),
        "DIGITREE_PROMPTS_DIR": str(home / "prompts"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        settings = Settings()
    (settings.prompts / "system").mkdir(parents=True)
    return settings


@contextmanager
def running_devswitch(home: Path) -> Iterator[Switch]:
    """`python -m devswitch` as a process of its own, as `digitree up` starts it."""
    settings = _settings(home)
    env = {
        **os.environ,
        "DIGITREE_HOME": str(home),
        "DIGITREE_SIP": settings.sip,
        "DIGITREE_ESL": settings.esl,
        "DIGITREE_FS_EVENT": settings.freeswitch_event,
        "DIGITREE_PROMPTS_DIR": str(settings.prompts),
        "DIGITREE_ESL_SECRET": switch_secrets(settings)[0],
        "DIGITREE_TLS_DIR": str(write_tls_files(settings)),
    }
    log = home / "log.txt"
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "devswitch"], env=env, stdout=output, stderr=output)
    try:
        wait_until(lambda: "SIP on" in log.read_text(), 20, "the development switch listens")
        yield _switch(settings, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def running_switch(program: Path, home: Path, make_config: Callable[[Settings], Path]) -> Iterator[Switch]:
    """FreeSWITCH on free ports with the configuration that `make_config` finds or writes for them."""
    settings = _settings(home)
    argv, env = freeswitch_command(settings, program, make_config(settings))
    log = home / "log.txt"
    with log.open("ab") as output:
        process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_until(lambda: freeswitch_ready(settings), 20, "FreeSWITCH listens")
        yield _switch(settings, log)
    finally:
        process.kill()
        process.wait()


def _switch(settings: Settings, log: Path) -> Switch:
    sip, esl, event = map(split_host_port, (settings.sip, settings.esl, settings.freeswitch_event))
    return Switch(sip, esl, event, settings.prompts, log, switch_secrets(settings)[0])


@pytest.fixture(scope="session")
def switch(freeswitch_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    """With our own configuration."""
    with running_switch(freeswitch_program, tmp_path_factory.mktemp("switch"), _usual) as started:
        yield started


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """Runs one side of a call beside the other."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield pool


@pytest.fixture
def server(switch: Switch) -> Iterator[ScriptedServer]:
    with ScriptedServer(switch.esl) as listening:
        yield listening
