"""Callers over TLS who must show a certificate (DIGITREE_TLS_CALLERS)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.domain.sip_options import is_answer, options
from ivr.settings import split_host_port
from tests.certificates import Authority, CertificateFiles
from tests.ports import free_address
from tests.sip.conftest import SWITCHES, Switch, running
from tests.sip.phone import Phone

ROOT, OTHER = Authority("root"), Authority("other")
TLS_PORT = split_host_port(free_address())[1]


@pytest.fixture(scope="module", params=SWITCHES)
def switch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    home = tmp_path_factory.mktemp("mutual")
    files = ROOT.write(tmp_path_factory.mktemp("certificate"), "ivr.example")
    roots = home / "roots.pem"
    roots.write_text(ROOT.pem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITREE_SIP_TLS", str(TLS_PORT))
        patch.setenv("DIGITREE_TLS_CERT", str(files.certificate))
        patch.setenv("DIGITREE_TLS_KEY", str(files.key))
        patch.setenv("DIGITREE_TLS_CA", str(roots))
        patch.setenv("DIGITREE_TLS_CALLERS", "carrier.example,second.example")
        with running(request.param, home) as started:
            yield started


def is_answered(switch: Switch, files: CertificateFiles | None) -> bool:
    context = ssl.create_default_context(cadata=ROOT.pem)
    if files is not None:
        context.load_cert_chain(*files)
    try:
        with (
            socket.create_connection((switch.sip[0], TLS_PORT), 20) as plain,
            context.wrap_socket(plain, server_hostname="ivr.example") as secured,
        ):
            address = secured.getsockname()
            secured.sendall(options(f"sip:{switch.sip[0]}:{TLS_PORT}", "tls", address, "a" * 32))
            return is_answer(secured.recv(4096))
    except (ssl.SSLError, ConnectionError):
        return False


@pytest.mark.parametrize(
    ("authority", "name", "days", "is_taken"),
    [
        (ROOT, "carrier.example", 30, True),
        (ROOT, "second.example", 30, True),
        (ROOT, "third.example", 30, False),
        (ROOT, "carrier.example", -1, False),
        (OTHER, "carrier.example", 30, False),
    ],
)
def test_a_caller_is_heard_with_a_certificate_of_a_known_authority_for_a_known_name(
    switch: Switch, tmp_path: Path, authority: Authority, name: str, days: int, is_taken: bool
) -> None:
    assert is_answered(switch, authority.write(tmp_path, name, days)) is is_taken


def test_a_caller_without_a_certificate_is_not_heard_over_tls_and_as_ever_over_udp(switch: Switch) -> None:
    assert not is_answered(switch, None)
    with Phone(switch.sip) as phone:
        assert phone.dial("nobody") == 404
