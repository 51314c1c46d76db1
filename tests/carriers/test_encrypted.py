"""Kamailio as a carrier over TLS: each side checks the other's certificate, and without it nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.carriers.kamailio import running
from tests.carriers.site import OTHER, ROOT, Site
from tests.carriers.tls import CARRIER, carrier_of, over_tls
from tests.certificates import Authority
from tests.helpers import wait_until


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
