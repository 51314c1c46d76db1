"""Kamailio as a carrier over TLS: each side checks the other's certificate, and without it nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.carriers.calls import call_through
from tests.carriers.kamailio import Carrier, Tls, running
from tests.carriers.site import OTHER, ROOT, Site
from tests.certificates import Authority
from tests.helpers import wait_until

# sofia-sip reads an address from the certificate's common name.
CARRIER = "127.0.0.42"


def carrier_of(here: Site, directory: Path, signer: Authority = ROOT, name: str = CARRIER, days: int = 30) -> Carrier:
    files = directory / "certificate"
    files.mkdir()
    return Carrier(directory / "carrier", CARRIER, Tls(signer.write(files, name, days), here.authorities))


def over_tls(carrier: Carrier) -> dict[str, str]:
    return {"registrar": f"{carrier.ip}:{carrier.tls_port}", "transport": "tls"}


def test_calls_come_in_over_tls_with_both_certificates_checked(here: Site, tmp_path: Path) -> None:
    with running(carrier_of(here, tmp_path)) as carrier:
        assert "transport=tls" in here.registered(carrier, **over_tls(carrier))
        assert all(line.endswith("over tls") for line in carrier.said("registered nonce"))
        call_through(here, carrier)


@pytest.mark.parametrize(
    ("signer", "name", "days", "said"),
    [
        (ROOT, "carrier.example", 30, "its certificate is for another name"),
        (ROOT, CARRIER, -1, "its certificate has expired"),
        (OTHER, CARRIER, 30, "its certificate is of an unknown authority"),
    ],
    ids=["for another name", "expired", "of an unknown authority"],
)
def test_a_carrier_with_a_wrong_certificate_is_told_nothing(
    here: Site, tmp_path: Path, signer: Authority, name: str, days: int, said: str
) -> None:
    with running(carrier_of(here, tmp_path, signer, name, days)) as carrier:
        here.register(carrier, **over_tls(carrier))
        trial = wait_until(lambda: (now := here.trial())["works"] is False and now, 60, "it is tried")
        assert trial["said"].startswith(f"{CARRIER}:{carrier.tls_port} is sent nothing: {said}")
        wait_until(lambda: here.state()["standing"] == "refused", 90, "its state says so")
        assert not carrier.said("registered nonce")
        assert not carrier.said("refused-digest")
