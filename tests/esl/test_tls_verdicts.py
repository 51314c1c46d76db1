"""What a handshake after a failed attempt finds out, against real ones."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from esl_server.agents.dialling import Agents
from esl_server.agents.tls_verdicts import KEPT_S, TlsVerdicts
from esl_server.resolver import Resolver
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.agents import Agent, Target
from ivr.domain.call_records import AgentAttempt
from ivr.domain.tls_verdicts import TlsVerify
from ivr.secrets import Sealer
from keeper.agent_prober import answers_options
from tests.certificates import Authority, CertificateFiles

ROOT, OTHER = Authority("root"), Authority("other")
HOST = "127.0.0.1"


class Here(Resolver):
    """Every name is that of this machine."""

    def __call__(self, host: str, port: int) -> list[str]:
        return [HOST]


@contextmanager
def peer(
    files: CertificateFiles | None, answer: bytes = b"", newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> Iterator[str]:
    """The URI of one with this certificate; without one it hangs up."""
    with socket.create_server((HOST, 0)) as listening:
        serving = threading.Thread(target=_serve, args=(listening, files, answer, newest))
        serving.start()
        yield f"sip:agent@{HOST}:{listening.getsockname()[1]};transport=tls"
        listening.shutdown(socket.SHUT_RDWR)
        serving.join()


def _serve(
    listening: socket.socket, files: CertificateFiles | None, answer: bytes, newest: ssl.TLSVersion
) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with plain:
            if files is None:
                plain.recv(1000)
                continue
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*files)
            if newest < ssl.TLSVersion.TLSv1_2:
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
            try:
                with context.wrap_socket(plain, server_side=True) as secured:
                    if secured.recv(1000):
                        secured.sendall(answer)
            except OSError:
                continue


def verdict(uri: str, **how: bool) -> str | None:
    return TlsVerdicts(TlsCheck(ROOT.pem, **how)).of(uri)


@pytest.mark.parametrize(
    ("authority", "name", "days", "found"),
    [
        (ROOT, HOST, 30, None),
        (ROOT, "other.example", 30, "wrong_name"),
        (ROOT, HOST, -1, "expired"),
        (OTHER, HOST, 30, "unknown_authority"),
    ],
)
def test_a_certificate_that_is_not_accepted_has_its_reason(
    tmp_path: Path, authority: Authority, name: str, days: int, found: str | None
) -> None:
    with peer(authority.write(tmp_path, name, days)) as uri:
        assert verdict(uri) == found


def test_another_name_is_accepted_where_only_the_authority_counts(tmp_path: Path) -> None:
    with peer(ROOT.write(tmp_path, "other.example")) as uri:
        assert verdict(uri, by_name=False) is None


@pytest.mark.parametrize(
    ("verify", "name", "found"),
    [("name", "*.agents.example", "wildcard_name"), ("wildcard", "*.agents.example", None),
     ("wildcard", "*.other.example", "wrong_name")],
)  # fmt: skip
def test_a_certificate_for_a_wildcard_has_its_own_reason(
    tmp_path: Path, verify: TlsVerify, name: str, found: str | None
) -> None:
    with peer(ROOT.write(tmp_path, name)) as uri:
        verdicts = TlsVerdicts(TlsCheck(ROOT.pem), Here())
        assert verdicts.of(uri.replace(HOST, "room.agents.example"), verify) == found


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_one_that_speaks_only_older_versions_of_tls_is_not_called(tmp_path: Path) -> None:
    with peer(ROOT.write(tmp_path, HOST), newest=ssl.TLSVersion.TLSv1_1) as uri:
        assert verdict(uri) == "no_tls"


def test_one_that_does_not_speak_tls_is_told_from_one_that_is_not_there() -> None:
    with peer(None) as uri:
        assert verdict(uri) == "no_tls"
    assert verdict(uri) is None
    assert verdict(uri.replace("tls", "tcp")) is None


def test_a_verdict_is_kept_for_a_minute(tmp_path: Path) -> None:
    now = [0.0]
    verdicts = TlsVerdicts(TlsCheck(ROOT.pem), clock=lambda: now[0])
    with peer(ROOT.write(tmp_path, "other.example")) as uri:
        assert verdicts.of(uri) == "wrong_name"
    now[0] = KEPT_S - 1
    assert verdicts.of(uri) == "wrong_name"
    now[0] = KEPT_S
    assert verdicts.of(uri) is None


def test_only_an_attempt_that_reached_nobody_is_explained(tmp_path: Path) -> None:
    with peer(ROOT.write(tmp_path, "other.example")) as uri:
        agent = Agent("a", (Target(uri),))
        agents = Agents(agent, "digitree", Sealer(lambda: b"x"), tls=TlsVerdicts(TlsCheck(ROOT.pem)))
        attempt = AgentAttempt(uri, "unreachable", "PROGRESS_TIMEOUT")
        assert agents.explained(attempt, agent) == replace(attempt, tls="wrong_name")
        assert agents.explained(replace(attempt, result="busy"), agent).tls is None


@pytest.mark.parametrize(("name", "is_green"), [(HOST, True), ("other.example", False)])
def test_a_probe_is_green_only_where_a_call_would_go(tmp_path: Path, name: str, is_green: bool) -> None:
    with peer(ROOT.write(tmp_path, name), b"SIP/2.0 200 OK\r\n\r\n") as uri:
        assert answers_options(uri, tls=TlsCheck(ROOT.pem)) is is_green
