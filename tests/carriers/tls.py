"""Carriers over TLS."""

from __future__ import annotations

from pathlib import Path

from tests.carriers.kamailio import Carrier, Tls
from tests.carriers.site import ROOT, Site
from tests.certificates import Authority

# sofia-sip reads an address from the certificate's common name.
CARRIER = "127.0.0.42"


def carrier_of(here: Site, directory: Path, signer: Authority = ROOT, name: str = CARRIER, days: int = 30) -> Carrier:
    files = directory / "certificate"
    files.mkdir()
    return Carrier(directory / "carrier", CARRIER, Tls(signer.write(files, name, days), here.authorities))


def over_tls(carrier: Carrier) -> dict[str, str]:
    return {"registrar": f"{carrier.ip}:{carrier.tls_port}", "transport": "tls"}
