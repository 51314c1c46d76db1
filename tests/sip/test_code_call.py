"""The call that says a telephone's code, on FreeSWITCH with the whole product: heard there and told nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.carrier import Carrier
from tests.sip.conftest import whole_product

THEIRS, OURS = "+14155552671", "+14155550100"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("code")


@pytest.fixture(scope="module")
def target(directory: Path) -> Iterator[Target]:
    with whole_product(directory) as running:
        yield running


def test_a_code_is_heard_and_its_sound_is_in_no_record_and_gone_afterwards(target: Target, directory: Path) -> None:
    with Carrier() as carrier:
        trunk = {"name": "carrier", "hosts": [f"127.0.0.1:{carrier.port}"], "numbers": [OURS]}
        target.http.post("/trunks", json=trunk).raise_for_status()
        made = target.http.post("/telephones", json={"number": THEIRS, "trunk": "carrier"}).raise_for_status()
        call = made.json()["call"]["id"]
        assert carrier.connected.wait(60)
        assert carrier.hears()
        (sound,) = directory.rglob("once-*.wav")
        assert target.http.get(f"/prompts/{sound.name}").status_code == 422
        carrier.hang_up()

    def over() -> dict[str, object] | None:
        found: dict[str, object] = target.http.get(f"/telephone-calls/{call}").raise_for_status().json()
        return found if found["record"] else None

    ended = wait_until(over, 60, "its record is there")
    assert (ended["purpose"], ended["result"]) == ("code", "answered")
    steps = ended["record"]["path"]
    assert [(step["prompt"], step["heard"]) for step in steps] == [(None, None)] * len(steps)
    wait_until(lambda: not sound.exists(), 20, "its sound is deleted")
    listed = target.http.get("/calls", params={"limit": 50}).text
    for told in (json.dumps(ended), listed):
        assert sound.stem not in told
        assert "once-" not in told
