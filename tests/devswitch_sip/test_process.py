"""The process: where it listens, whom it warns, how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.devswitch_sip.telephone import Telephone
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_dialplan import machine_address

DID = "+14155550100"


@contextmanager
def started(directory: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")}
    env |= {"DIGITREE_HOME": str(directory), "DIGITREE_SIP": "127.0.0.1:0", "DIGITREE_FS_EVENT": free_address()}
    env |= settings
    log = directory / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "devswitch"], env=env, stdout=output, stderr=output)
    try:
        yield process, log
    finally:
        process.kill()
        process.wait()


def address_of(log: Path) -> tuple[str, int]:
    match = wait_until(lambda: re.search(r"SIP on (\S+):(\d+),", log.read_text()), 20, "it listens")
    return match[1], int(match[2])


def test_it_listens_on_loopback_without_a_warning(tmp_path: Path) -> None:
    with started(tmp_path) as (_, log):
        assert address_of(log)[0] == "127.0.0.1"
        assert "WARNING" not in log.read_text()


def test_it_warns_loudly_when_it_is_open_to_the_network(tmp_path: Path) -> None:
    with started(tmp_path, DIGITREE_SIP=f"{machine_address()}:0") as (_, log):
        address_of(log)
        assert "OPEN TO THE NETWORK" in log.read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DIGITREE_SIP": "0.0.0.0:0"}, "DIGITREE_SIP"),
        ({"DIGITREE_SIP": "no.such.host.invalid:0", "RES_OPTIONS": "timeout:1 attempts:1"}, "DIGITREE_SIP"),
        ({"DIGITREE_SIP": "192.0.2.1:0"}, "DIGITREE_SIP"),
        ({"DIGITREE_SIP_ALLOW": "everybody"}, "DIGITREE_SIP_ALLOW"),
        ({"DIGITREE_RTP_PORTS": "9-1"}, "DIGITREE_RTP_PORTS"),
    ],
)
def test_settings_that_cannot_be_served_end_it_with_the_settings_name(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    with started(tmp_path, **settings) as (process, log):
        assert process.wait(20) == 1
        assert said in log.read_text()
        assert "Traceback" not in log.read_text()


def test_sigterm_says_bye_to_callers_and_ends_it(tmp_path: Path) -> None:
    esl = free_address()
    host, _, port = esl.rpartition(":")
    with started(tmp_path, DIGITREE_ESL=esl) as (process, log), ScriptedServer((host, int(port))) as server:
        with Telephone(address_of(log)) as phone:
            phone.invite_without_waiting(DID)
            server.take_call().execute("answer")
            phone.acknowledge(phone.final())
            process.send_signal(signal.SIGTERM)
            assert phone.far_side_hung_up.wait(20)
        assert process.wait(30) == 0
        assert "Traceback" not in log.read_text()


def test_sound_uses_the_ports_it_was_given(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        first = probe.getsockname()[1] & ~1
    if first > 65000:
        first -= 1000
    esl = free_address()
    host, _, port = esl.rpartition(":")
    ports = f"{first}-{first + 20}"
    with (
        started(tmp_path, DIGITREE_ESL=esl, DIGITREE_RTP_PORTS=ports) as (_, log),
        ScriptedServer((host, int(port))) as server,
        Telephone(address_of(log)) as phone,
    ):
        phone.invite_without_waiting(DID)
        call = server.take_call()
        call.execute("answer")
        reply = phone.final()
        phone.acknowledge(reply)
        match = re.search(r"m=audio (\d+)", reply.body)
        assert match
        assert int(match[1]) in range(first, first + 21, 2)
        call.execute("hangup")
