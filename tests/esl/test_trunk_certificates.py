"""The handshake that says why a trunk over TLS is not registered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ivr.clients.tls_peers import TlsCheck
from ivr.domain.trunks.hosts import Host, parse_host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from keeper.trunk_certificates import EVERY_S, Distrusted, TrunkCertificates
from tests.certificates import Authority
from tests.esl.test_tls_verdicts import peer
from tests.helpers import wait_until

ROOT, OTHER = Authority("root"), Authority("other")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def found(certificates: TrunkCertificates, trunks: Iterable[Trunk]) -> list[Distrusted]:
    """What the handshakes came to, once all are over."""
    trunks = [*trunks]
    told = [*certificates.look(trunks)]
    wait_until(lambda: all(each.answer.done() for each in certificates._asked.values()), 20, "they are over")
    return [*told, *certificates.look(trunks)]


def trunk(uri: str, *, registers: bool) -> Trunk:
    host = parse_host(uri.partition("@")[2].partition(";")[0])
    if not registers:
        return Trunk("carrier", hosts=(host,), transport="tls")
    return Trunk("carrier", registration=Registration(host, 300), credentials=Credentials("u", "s"), transport="tls")


@pytest.mark.parametrize("registers", [True, False])
@pytest.mark.parametrize(
    ("authority", "name", "days", "verdict"),
    [(ROOT, "127.0.0.1", 30, None), (ROOT, "127.0.0.1", -1, "expired"), (OTHER, "127.0.0.1", 30, "unknown_authority"),
     (ROOT, "other.example", 30, "wrong_name")],
)  # fmt: skip
def test_the_fault_of_a_certificate_is_found_once_in_a_while(
    tmp_path: Path, authority: Authority, name: str, days: int, verdict: str | None, registers: bool
) -> None:
    clock = Clock()
    certificates = TrunkCertificates(TlsCheck(ROOT.pem), clock=clock)
    with peer(authority.write(tmp_path, name, days)) as uri:
        down = trunk(uri, registers=registers)
        host = down.registration.server if down.registration else down.hosts[0]
        fault = [Distrusted("carrier", host, verdict)] if verdict else []  # type: ignore[arg-type]
        assert found(certificates, [down]) == fault
        assert found(certificates, [down]) == []
        clock.now += EVERY_S
        assert found(certificates, [down]) == fault


def test_who_does_not_listen_or_has_no_tls_is_not_distrusted() -> None:
    certificates = TrunkCertificates(TlsCheck(ROOT.pem))
    nobody = Host("127.0.0.1", 1)
    assert found(certificates, [Trunk("a", hosts=(nobody,), transport="tls"), Trunk("b", hosts=(nobody,))]) == []
