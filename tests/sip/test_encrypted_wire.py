"""An encrypted hand-off as somebody sees it who reads every packet, with an agent that is not ours: baresip."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.certificates import Authority
from tests.helpers import wait_until
from tests.sip.baresip_phone import baresip_phone
from tests.sip.captured import Capture, captured
from tests.sip.conftest import SWITCHES, whole_product
from tests.sip.phone import Phone
from tests.sip.test_agents import ended, make_menu, results, send
from tests.sip.tls_agent import TlsAgent

ROOT = Authority("root")
HOST = "127.0.0.1"
_NUMBERS = iter(f"+1480779{number:04}" for number in range(100))
# A password that no other text of the test has.
PASSWORD = "no-log-has-this-word"


@pytest.fixture(scope="module", params=SWITCHES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def home(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wire")


@pytest.fixture(scope="module")
def target(kind: str, home: Path) -> Iterator[Target]:
    roots = home / "tls" / "roots.pem"
    roots.parent.mkdir()
    roots.write_text(ROOT.pem)
    with whole_product(home, {"DIGITREE_TLS_CA": str(roots)}, switch=kind) as running:
        yield running


def make_agent(target: Target, name: str, port: int, srtp: str) -> str:
    """The number of a menu that hands its callers off to such an agent, or hangs up."""
    address = {"uri": f"sip:agent@{HOST}:{port};transport=tls", "username": "digitree", "password": PASSWORD}
    send(target, "POST", "/agents", {"name": name, "targets": [address], "srtp": srtp, "silence_timeout_s": 0})
    return make_menu(target, {"agent": name, "fallback_node": "bye"}, bye={"action": "hangup"})


def sound() -> bytes:
    """20 ms of noise, as loud as can be, unlike any other; the same bytes in PCMU wherever it is not encrypted."""
    return bytes(each & 0x8F for each in os.urandom(160))


def test_neither_sip_nor_sound_can_be_read_between_us_and_the_agent(
    target: Target, home: Path, tmp_path: Path
) -> None:
    number, noise = next(_NUMBERS), sound()
    with captured() as capture, baresip_phone(ROOT.write(tmp_path, HOST), tmp_path) as agent:
        did = make_agent(target, "baresip", agent.port, "required")
        with Phone(split_host_port(target.sip), number=number) as caller:
            assert caller.dial(did) == 200
            wait_until(lambda: agent.suite() is not None, 20, "the agent has answered")
            ringing = caller.loud_frames
            wait_until(lambda: caller.loud_frames >= ringing + 25, 20, "the caller hears the agent")
            caller.send_frames(noise, 100)
            wait_until(lambda: agent.loud_ms() >= 500, 20, "the agent hears the caller")
            caller.hang_up()
            rtp = caller._rtp.getsockname()[1]
        record = wait_until(lambda: ended(target, number), 20, "the call record is there")
    assert record is not None
    assert results(record) == [("answered", None)]
    assert agent.suite() == "AEAD_AES_256_GCM"
    assert_between_caller_and_us_alone(capture, noise, rtp)
    assert b"INVITE " not in capture.of(agent.port)
    assert b"a=crypto" not in capture.of(agent.port)
    assert number.encode() not in capture.of(agent.port)
    assert not kept_anywhere(home, record, PASSWORD.encode())
    assert not re.search(rb"inline:[A-Za-z0-9+/]{20}", everything(home, record))


def assert_between_caller_and_us_alone(capture: Capture, noise: bytes, rtp: int) -> None:
    ports = capture.ports_with(noise)
    assert rtp in ports
    assert len(ports) == 2


def test_the_same_sound_is_seen_where_it_is_not_encrypted(target: Target, tmp_path: Path) -> None:
    noise = sound()
    with captured() as capture, TlsAgent(ROOT.write(tmp_path, HOST)) as agent:
        did = make_agent(target, "clear", agent.port, "off")
        with Phone(split_host_port(target.sip), number=next(_NUMBERS)) as caller:
            assert caller.dial(did) == 200
            wait_until(lambda: agent.found("ACK"), 20, "the agent has answered")
            caller.send_frames(noise, 100)
            port = agent.rtp.getsockname()[1]
            wait_until(lambda: port in capture.ports_with(noise), 20, "the sound goes to the agent")
            caller.hang_up()


def everything(home: Path, record: dict[str, Any]) -> bytes:
    """The logs at their default level, the record and the command lines of all processes of this machine."""
    logs = [path.read_bytes() for path in home.rglob("*.log")]
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return b"\n".join([*logs, json.dumps(record).encode(), *lines])


def kept_anywhere(home: Path, record: dict[str, Any], secret: bytes) -> bool:
    return secret in everything(home, record)
