"""Kamailio as the carrier of an account: digest, calls in, and what becomes of both when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sipp_scenarios.target import Target
from tests.carriers.calls import DID, call_through, caller_of, press_all, record_of
from tests.carriers.kamailio import ACCOUNT, PASSWORD, Carrier, require_kamailio, running
from tests.helpers import wait_until
from tests.sip.conftest import whole_product

CARRIER = "127.0.0.41"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    require_kamailio()
    with whole_product(tmp_path_factory.mktemp("registered"), {"DIGITREE_SIP_ALLOW": "127.0.0.1/32"}) as running_one:
        yield running_one


@pytest.fixture
def carrier(target: Target, tmp_path: Path) -> Iterator[Carrier]:
    with running(Carrier(tmp_path, CARRIER, customer=target.sip)) as started:
        yield started
    for trunk in target.http.get("/trunks").raise_for_status().json()["items"]:
        target.http.delete(f"/trunks/{trunk['name']}").raise_for_status()


def register(target: Target, carrier: Carrier, **more: object) -> None:
    account = {
        "name": "carrier", "preset": "registrar", "registrar": f"{carrier.ip}:{carrier.port}",
        "username": ACCOUNT, "password": PASSWORD, "expiry_s": 60, **more,
    }  # fmt: skip
    target.http.post("/trunks", json=account).raise_for_status()


def test_calls_come_in_by_a_registration_and_every_key_counts(target: Target, carrier: Carrier) -> None:
    register(target, carrier)
    wait_until(carrier.contacts, 30, "the trunk is registered")
    call_through(target, carrier)
    assert not carrier.said("refused-digest")
