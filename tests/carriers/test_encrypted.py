"""Kamailio as a carrier over TLS: wrong certificates, and what a listener on the wire has of a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.carriers.calls import call_through, keys_of, phone_of, record_of
from tests.carriers.capture import capture
from tests.carriers.encrypted_caller import encrypted_call
from tests.carriers.kamailio import ACCOUNT, PASSWORD, Carrier, running
from tests.carriers.site import DID, IP, KEYS, OTHER, ROOT, Site
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
        wait_until(lambda: said in here.state()["last_refusal"]["reason"], 90, "its state says why")
        assert not carrier.said("registered nonce")
        assert not carrier.said("refused-digest")


def test_a_listener_reads_no_sip_and_hears_no_sound_of_an_encrypted_trunk(here: Site, tmp_path: Path) -> None:
    with running(carrier_of(here, tmp_path)) as carrier, capture(CARRIER, IP) as seen:
        here.registered(carrier, **over_tls(carrier), srtp="required")
        number = "+14805558001"
        with encrypted_call(f"sip:{number}@{CARRIER}", f"sip:{DID}@{CARRIER}:{carrier.port}") as caller:
            for key in KEYS:
                caller.hear_prompt()
                assert caller.suite
                caller.press(key)
            wait_until(lambda: caller.status, 60, "the menu ends the call")
        assert keys_of(record_of(here, number)) == KEYS
    assert len(seen.stream) > 1000
    assert len(seen.frames()) > 100
    for words in (b"SIP/2.0", DID.encode(), number.encode(), ACCOUNT.encode(), PASSWORD.encode(), b"inline:"):
        assert not seen.says(words), words
    assert seen.clear_frames() == []


def test_a_listener_reads_and_hears_all_of_a_clear_trunk(here: Site, tmp_path: Path) -> None:
    """Or the test before would show nothing."""
    with running(Carrier(tmp_path / "carrier", CARRIER)) as carrier, capture(CARRIER, IP) as seen:
        here.registered(carrier)
        call_through(here, carrier)
    assert seen.says(b"SIP/2.0")
    assert seen.says(ACCOUNT.encode())
    assert not seen.says(PASSWORD.encode())
    assert len(seen.clear_frames()) > 50


def test_a_clear_call_by_a_trunk_that_requires_encryption_is_refused(here: Site, tmp_path: Path) -> None:
    with running(carrier_of(here, tmp_path)) as carrier:
        here.registered(carrier, **over_tls(carrier), srtp="required")
        with phone_of(carrier) as caller:
            assert caller.dial(DID) == 488
        assert here.target.find_call(caller.number) is None
