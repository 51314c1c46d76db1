"""A telephone of one's own is verified and rung over a trunk, while everything runs on FreeSWITCH."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.numbers import E164
from ivr.domain.telephones.model import code_digest
from ivr.storage.postgres.database import Database
from launcher.embedded.postgres import postgres_url
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.carrier import Carrier
from tests.sip.conftest import whole_product

OURS, THEIRS = "+14155550100", E164("+14155552671")
PASSWORD = "5up3r-s3cret"
MENU: dict[str, Any] = {
    "name": "m",
    "nodes": {
        "welcome": {"text": "Press one to be heard.", "gather": {"1": "thanks", "9": "dnc"}},
        "thanks": {"action": "hangup", "text": "Thank you."},
        "dnc": {"action": "suppress"},
    },
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ringing")


@pytest.fixture(scope="module")
def target(directory: Path) -> Iterator[Target]:
    with whole_product(directory) as running:
        yield running


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    with Carrier(("account", PASSWORD)) as carrier:
        yield carrier


@pytest.fixture(scope="module")
def menu(target: Target) -> str:
    made = target.http.post("/ivr", json=MENU).raise_for_status().json()["id"]
    for node in ("welcome", "thanks"):
        body = {"node": node, "text": MENU["nodes"][node]["text"]}
        target.http.post(f"/ivr/{made}/audio", json=body).raise_for_status()
    return str(made)


def ended(target: Target, call: dict[str, Any]) -> dict[str, Any]:
    def over() -> dict[str, Any]:
        now: dict[str, Any] = target.http.get(f"/telephone-calls/{call['id']}").raise_for_status().json()
        done = now["state"] == "ended" and (now["record"] is not None or now["result"] != "answered")
        return now if done else {}

    return wait_until(over, 40, "the call is over")


def spoken_code(directory: Path) -> str:
    """The code whose digest is stored: only who has the secret can find it so."""
    home = directory / "home"
    secret = (home / "secret").read_text().strip().encode()
    with closing(Database(postgres_url(home / "pg"))) as database:
        row = database.fetch_one("select code from telephone where number = %s", (THEIRS,))
    assert row is not None
    digest = bytes(row["code"])
    return next(code for code in map("{:06}".format, range(10**6)) if code_digest(secret, THEIRS, code) == digest)


@pytest.fixture(scope="module")
def verified(target: Target, carrier: Carrier, directory: Path) -> str:
    account = {"username": "account", "password": PASSWORD}
    trunk = {"name": "carrier", "hosts": [f"127.0.0.1:{carrier.port}"], "numbers": [OURS], **account}
    target.http.post("/trunks", json=trunk).raise_for_status()

    # At once: the keeper tells the switch of the trunk a moment later.
    added = target.http.post("/telephones", json={"number": THEIRS, "trunk": "carrier"}).raise_for_status()
    call = added.json()["call"]
    assert carrier.connected.wait(30)
    assert carrier.hears()
    over = ended(target, call)
    assert (over["purpose"], over["record"]["test"]) == ("code", True)
    answer = target.http.post(f"/telephones/{THEIRS}/verify", json={"code": spoken_code(directory)})
    assert answer.status_code == 200, answer.text
    return THEIRS


def ring(target: Target, menu: str) -> dict[str, Any]:
    order = {"ring": THEIRS, "trunk": "carrier", "ivr_id": menu}
    answer = target.http.post("/telephone-calls", json=order)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_the_menu_is_heard_and_keyed_on_the_telephone_and_its_record_is_a_test(
    target: Target, carrier: Carrier, menu: str, verified: str
) -> None:
    carrier.forget()
    call = ring(target, menu)
    assert carrier.connected.wait(30)
    assert carrier.hears()
    carrier.key("1")
    assert carrier.hung_up_on.wait(30)
    over = ended(target, call)
    record = over["record"]
    assert (over["result"], over["usd"]) == ("answered", 0.02)
    assert (record["ani"], record["test"], record["ivr_id"], record["outcome"]) == (THEIRS, True, menu, "hung_up")
    assert [step["node"] for step in record["path"]] == ["welcome", "thanks"]
    assert {each["calls"] for each in target.http.get("/usage").json()["items"]} == {0}


def test_an_opt_out_on_the_telephone_is_one(target: Target, carrier: Carrier, menu: str, verified: str) -> None:
    carrier.forget()
    call = ring(target, menu)
    assert carrier.connected.wait(30)
    assert carrier.hears()
    carrier.key("9")
    assert carrier.hung_up_on.wait(30)
    assert ended(target, call)["record"]["outcome"] == "opted_out"
    wait_until(lambda: target.is_suppressed(THEIRS), 30, "it is on the list")


def test_a_refusal_of_the_carrier_is_told_in_its_words(
    target: Target, carrier: Carrier, menu: str, verified: str
) -> None:
    carrier.refuses, carrier._phrase = 403, "Caller ID not on your list"
    try:
        over = ended(target, ring(target, menu))
    finally:
        carrier.refuses = 0
    assert (over["result"], over["sip_status"], over["usd"], over["record"]) == ("refused", 403, 0, None)
    assert over["reason"].endswith("(SIP 403 Caller ID not on your list)")
