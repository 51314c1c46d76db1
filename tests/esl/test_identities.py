"""Signatures are checked beside their calls, with certificates from an address that the caller chose."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from esl_server.services.identities import IdentityChecks
from ivr.clients import kept_connections
from ivr.clients.certificates import Certificates, read_roots
from ivr.domain.identity import IdentityRefused, SignedCall
from ivr.domain.identity_chain import Roots, read_chain
from ivr.domain.numbers import E164
from ivr.settings import Settings, SetupError
from tests.certificate_server import CertificateServer
from tests.signed_calls import Carrier, CarrierAuthority

CALLER, CALLED = E164("+14805551234"), E164("+14155550181")
ROOT = CarrierAuthority()
CARRIER = Carrier(ROOT)
ROOTS = Roots(ROOT.pem)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CertificateServer]:
    server = CertificateServer(tmp_path, CARRIER.pem)
    monkeypatch.setattr(kept_connections, "tls_context", lambda: server.trusting)
    yield server
    server.close()


def certificates(clock: Callable[[], float] = time.monotonic) -> Certificates:
    return Certificates(allow_private=True, resolve=lambda host, port: ["127.0.0.1"], clock=clock)


def reason_of(kept: Certificates, url: str) -> str:
    with pytest.raises(IdentityRefused) as refused:
        kept.fetch(url)
    return refused.value.reason


def test_a_certificate_is_fetched_once_and_kept_for_its_time(server: CertificateServer) -> None:
    now = [1000.0]
    kept, url = certificates(clock=lambda: now[0]), server.url("/carrier.pem")
    assert kept.known(url) is None
    assert kept.fetch(url) == kept.known(url)
    assert server.asked == ["/carrier.pem"]
    now[0] += 3599
    assert kept.known(url)
    now[0] += 2
    assert kept.known(url) is None


def test_one_that_is_not_to_be_kept_is_not(server: CertificateServer) -> None:
    kept, url = certificates(), server.url("/once")
    assert kept.fetch(url)
    assert kept.known(url) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/huge", "no_certificate"), ("/garbage", "bad_certificate"), ("/moved", "no_certificate")],
)
def test_what_is_no_certificate_is_not_asked_for_again(server: CertificateServer, path: str, reason: str) -> None:
    now = [1000.0]
    kept, url = certificates(clock=lambda: now[0]), server.url(path)
    assert reason_of(kept, url) == reason
    with pytest.raises(IdentityRefused):
        kept.known(url)
    assert server.asked == [path]
    now[0] += 61
    assert kept.known(url) is None


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/c.pem", "https://[::1]/c.pem", "https://169.254.169.254/c.pem", "https://8.8.8.8:22/c.pem",
     "http://8.8.8.8:443/c.pem", "https://user@8.8.8.8/c.pem", "https://", "https://8.8.8.8/\r\nX: y"],
)  # fmt: skip
def test_nobody_inside_is_asked(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        return [host.strip("[]")]

    assert reason_of(Certificates(resolve=resolve), url) == "bad_url"


def test_an_authority_that_is_not_the_webs_serves_no_certificate(tmp_path: Path) -> None:
    server = CertificateServer(tmp_path, CARRIER.pem)
    try:
        assert reason_of(certificates(), server.url("/carrier.pem")) == "no_certificate"
        assert server.asked == []
    finally:
        server.close()


class Kept(Certificates):
    """Has one certificate, once `release` is called."""

    def __init__(self) -> None:
        super().__init__(allow_private=True)
        self.fetched = 0
        self.release = Event()

    def _fetch(self, url: str) -> Any:
        self.fetched += 1
        self.release.wait()
        return read_chain(CARRIER.pem), 3600


def test_no_call_waits_and_one_fetch_serves_all() -> None:
    kept = Kept()
    told: list[str] = []
    checks = IdentityChecks(ROOTS, kept)
    tokens = [CARRIER.token(CALLER, CALLED)]
    call = SignedCall(CALLER, CALLED, time.time())
    for _ in range(3):
        checks.check(tokens, call, "call_1", told.append)
    gevent.sleep(0)
    assert told == []
    kept.release.set()
    with gevent.Timeout(30):
        while len(told) < 3:
            gevent.sleep(0.01)
    assert (told, kept.fetched) == (["passed_a"] * 3, 1)
    checks.check(tokens, call, "call_1", told.append)
    assert told[3:] == ["passed_a"]
    checks.check(["garbage"], call, "call_1", told.append)
    assert told[4:] == ["failed"]


def test_without_roots_nothing_is_checked() -> None:
    told: list[str] = []
    checks = IdentityChecks()
    checks.check(["garbage"], SignedCall(CALLER, CALLED, 0), "call_1", told.append)
    assert (checks.is_on, told) == (False, [])


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_roots_that_cannot_be_read_are_said_at_the_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SetupError, match="DIGITREE_IDENTITY_ROOTS"):
        read_roots(Settings().model_copy(update={"identity_roots": str(path)}))
