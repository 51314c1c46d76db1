"""A trunk that is made while everything runs takes effect without a restart of anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.registrar import Registrar


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("trunks")) as running:
        yield running


def test_a_trunk_registers_when_it_is_made_and_ends_when_it_is_deleted(target: Target) -> None:
    with Registrar("account", "5up3r-s3cret") as registrar:
        trunk = {
            **{"name": "carrier", "preset": "registrar", "registrar": f"127.0.0.1:{registrar.port}"},
            **{"username": "account", "password": "5up3r-s3cret"},
        }
        target.http.post("/trunks", json=trunk).raise_for_status()
        wait_until(lambda: registrar.contacts, 30, "the trunk is registered")
        target.http.delete("/trunks/carrier").raise_for_status()
        wait_until(lambda: not registrar.contacts, 40, "it is registered no more")
        assert registrar.wrong == 0
