"""Whose certificate an agent over TLS must show to FreeSWITCH, and where the rest of its call goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from esl_server.switch import bridging
from ivr.clients import switch as event_socket
from ivr.domain.agents import Agent, Target
from ivr.domain.srtp import Srtp
from ivr.domain.tls_verdicts import TlsVerify
from ivr.secrets import event_password
from ivr.settings import Settings
from launcher.freeswitch import CONFIG_DIR
from tests.certificates import Authority
from tests.helpers import wait_until
from tests.sip.conftest import Switch, running_switch
from tests.sip.tls_agent import TlsAgent

ROOT = Authority("root")
HOST = "room.agents.example"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dialogs")


@pytest.fixture(scope="module")
def switch(freeswitch_program: Path, home: Path) -> Iterator[Switch]:
    roots = home / "roots.pem"
    roots.write_text(ROOT.pem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITREE_TLS_CA", str(roots))
        with running_switch(freeswitch_program, home, lambda _: CONFIG_DIR) as running:
            yield running


@pytest.fixture
def console(switch: Switch, home: Path) -> event_socket.Switch:
    settings = Settings().model_copy(update={"home": home})
    return event_socket.Switch("{}:{}".format(*switch.event), lambda: event_password(settings), 20)


def rings(
    console: event_socket.Switch, agent: TlsAgent, host: str, verify: TlsVerify = "name", srtp: Srtp = "off",
    then: str = "&park",
) -> str:  # fmt: skip
    """What became of a call to the agent as our server dials it. FreeSWITCH asks DNS alone, which knows no name of
    these tests: the address of the host stands where its name would."""
    uri = f"sip:agent@{host}:{agent.port};transport=tls"
    called = Agent("a", (), no_progress_s=2, silent_s=0, srtp=srtp, tls_verify=verify)
    dial = bridging.dial(Target(uri), called, "digitree")
    # The console takes a blank for the end of an argument.
    variables = ",".join(each for each in dial.variables.split(",") if " " not in each)
    variables = variables.replace(f"maddr={host}", "maddr=127.0.0.1")
    if "maddr" not in variables:
        variables = variables.replace(f"sip:{host}:{agent.port}", f"sip:{host}:{agent.port};maddr=127.0.0.1")
    return console._say(f"originate {{{variables}}}{dial.dialled} {then}")[0]


def end(console: event_socket.Switch, agent: TlsAgent) -> None:
    """End the call; it is over when this returns, so that no connection of it breaks during the next one."""
    if agent.found("ACK"):
        console._say("hupall")
        over = ["0 total."]
        wait_until(lambda: agent.found("BYE") or console._say("show channels count") == over, 20, "the call is ended")


@pytest.mark.parametrize(
    ("name", "verify", "is_called"),
    [
        (HOST, "name", True),
        ("*.agents.example", "name", False),
        ("*.agents.example", "wildcard", True),
        ("*.example", "wildcard", False),
        ("*.other.example", "wildcard", False),
        ("*", "wildcard", False),
        (HOST, "wildcard", False),
    ],
)
def test_the_name_in_the_certificate_is_the_one_that_the_agent_allows(
    console: event_socket.Switch, tmp_path: Path, name: str, verify: TlsVerify, is_called: bool
) -> None:
    with TlsAgent(ROOT.write(tmp_path, name)) as agent:
        outcome = rings(console, agent, HOST, verify)
        assert (outcome[:3] == "+OK", agent.found("INVITE") is not None) == (is_called, is_called)
        end(console, agent)


@pytest.mark.parametrize("record_route", ["", "sip:127.0.0.3:{port};lr;transport=tls"])
def test_the_whole_call_stays_with_the_peer_whose_certificate_was_checked(
    console: event_socket.Switch, tmp_path: Path, record_route: str
) -> None:
    elsewhere = "sip:agent@127.0.0.2:{port};transport=tls"
    with TlsAgent(ROOT.write(tmp_path, HOST), elsewhere, record_route) as agent:
        assert rings(console, agent, HOST).startswith("+OK")
        ack = wait_until(lambda: agent.found("ACK"), 20, "the answer is acknowledged")
        assert ack is not None
        assert ack.start == f"ACK sip:agent@127.0.0.2:{agent.port};transport=tls SIP/2.0"
        assert ("127.0.0.3" in ack.headers.get("route", "")) == bool(record_route)
        end(console, agent)
