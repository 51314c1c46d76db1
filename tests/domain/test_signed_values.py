"""Values in Redis that are signed for their own key."""

from __future__ import annotations

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.signed_values import ForgedValue, SignedValues

OURS, THEIRS = SignedValues(lambda: b"ours"), SignedValues(lambda: b"theirs")


@given(st.text(), st.text(alphabet=st.characters(codec="utf-8")))
def test_a_signed_value_is_good_under_its_key_and_secret_alone(key: str, value: str) -> None:
    key = key.encode("utf-8", "replace").decode()
    signed = OURS.sign(key, value)
    assert OURS.value(key, signed) == value.encode()
    for other, under in ((THEIRS, key), (OURS, key + "x")):
        with pytest.raises(ForgedValue):
            other.value(under, signed)


def test_a_signature_is_half_an_hmac_of_key_and_value_so_that_every_release_reads_it() -> None:
    derived = hmac.digest(b"a secret", b"digitree cache", "sha256")
    mac = base64.urlsafe_b64encode(hmac.digest(derived, b"k\0ivr_a:7 and more", "sha256")[:16])[:22]
    values = SignedValues(lambda: b"a secret")
    assert values.sign("k", "ivr_a:7 and more") == b"ivr_a:7 and more " + mac
    assert values.value("k", b"ivr_a:7 and more " + mac) == b"ivr_a:7 and more"


@given(st.binary())
def test_bytes_of_anybody_are_forged(signed: bytes) -> None:
    with pytest.raises(ForgedValue, match="digitree:complete in Redis is not signed"):
        OURS.value("digitree:complete", signed)


def test_a_changed_byte_is_found_wherever_it_is() -> None:
    signed = OURS.sign("k", "ivr_abcdef:7")
    for place in range(len(signed)):
        changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
        with pytest.raises(ForgedValue):
            OURS.value("k", changed)
