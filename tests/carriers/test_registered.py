"""Kamailio as the carrier of an account: what becomes of its registration and of calls when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.carriers.calls import call_through, keys_of, phone_of, press_all, record_of
from tests.carriers.kamailio import PASSWORD, Carrier, running
from tests.carriers.site import DID, KEYS, Site
from tests.helpers import wait_until

CARRIER = "127.0.0.41"


@pytest.fixture
def carrier(here: Site, tmp_path: Path) -> Iterator[Carrier]:
    with running(Carrier(tmp_path / "carrier", CARRIER, customer=here.target.sip)) as started:
        yield started


def test_a_wrong_password_is_refused_and_not_tried_on_and_on(here: Site, carrier: Carrier) -> None:
    here.register(carrier, password="wr0ng-" + PASSWORD)
    wait_until(lambda: carrier.said("refused-digest"), 40, "the carrier has refused it")
    wait_until(lambda: here.state()["standing"] == "refused", 40, "its state says so")
    refusal = wait_until(lambda: here.state()["last_refusal"], 40, "and why")
    assert refusal["reason"] == "carrier refused with 401: the user name or the password is wrong"
    assert not carrier.contacts()
    assert len(carrier.said("refused-digest")) <= 2
    here.http.patch("/trunks/carrier", json={"password": PASSWORD}).raise_for_status()
    wait_until(carrier.contacts, 60, "it is registered with the right one")
    call_through(here, carrier)


def test_a_trunk_is_changed_and_removed_under_a_call(here: Site, carrier: Carrier) -> None:
    first = here.registered(carrier)
    with phone_of(carrier) as caller:
        assert caller.dial(DID) == 200
        caller.hear_prompt()
        here.http.patch("/trunks/carrier", json={"expiry_s": 120}).raise_for_status()
        wait_until(lambda: carrier.contacts() - {first}, 60, "it is registered as changed")
        caller.press(KEYS[0])
        here.http.delete("/trunks/carrier").raise_for_status()
        wait_until(lambda: not carrier.contacts(), 60, "it is registered no more")
        press_all(caller, KEYS[1:], heard=True)
        assert caller.far_side_hung_up.wait(60)
    assert keys_of(record_of(here, caller.number)) == KEYS


def test_calls_go_on_while_the_carrier_is_away_and_come_again_when_it_is_back(here: Site, tmp_path: Path) -> None:
    carrier = Carrier(tmp_path / "carrier", CARRIER, customer=here.target.sip, expiry_s=4)
    with running(carrier):
        here.registered(carrier)
        with phone_of(carrier) as caller:
            assert caller.dial(DID) == 200
            caller.hear_prompt()
            carrier.stop()
            press_all(caller, heard=True)
        # The BYE went to a carrier that is not there.
        assert keys_of(record_of(here, caller.number)) == KEYS
        wait_until(lambda: here.state()["standing"] == "refused", 90, "its state says so")
        refusal = wait_until(lambda: here.state()["last_refusal"], 40, "and why")
        # Nobody listens, or nobody answers.
        assert refusal["reason"].startswith(("carrier cannot be reached", "carrier does not answer"))
        carrier.start()
        wait_until(carrier.contacts, 60, "it is registered again")
        call_through(here, carrier)


def test_each_renewal_is_challenged_anew_and_answered(here: Site, tmp_path: Path) -> None:
    with running(Carrier(tmp_path / "carrier", CARRIER, expiry_s=4, nonce_s=2, once=True)) as carrier:
        here.registered(carrier)
        wait_until(lambda: len(carrier.said("registered nonce")) >= 4, 60, "it is renewed")
        nonces = [line.split("nonce=")[1].split()[0] for line in carrier.said("registered nonce")]
        assert len({*nonces}) == len(nonces)
        assert carrier.contacts()


def test_a_registration_ends_where_its_end_is_challenged_and_a_call_comes_once(here: Site, tmp_path: Path) -> None:
    with running(Carrier(tmp_path / "carrier", CARRIER, once=True)) as carrier:
        first = here.registered(carrier)
        here.http.patch("/trunks/carrier", json={"expiry_s": 120}).raise_for_status()
        wait_until(
            lambda: carrier.contacts() and first not in carrier.contacts(), 60, "it is registered as changed alone"
        )
        record, _ = call_through(here, carrier)
        calls = here.http.get("/calls", params={"ani": record["ani"]}).raise_for_status().json()["items"]
        assert len(calls) == 1
