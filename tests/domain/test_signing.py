"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

import pytest

from ivr.domain.signing import SECRET, is_signed, new_secret, signed_headers

BODY = b'{"test": 2432232314}'


def test_a_signature_is_the_one_of_the_specification():
    """The example that the specification and its libraries share."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signed_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_receiver_takes_it_within_five_minutes_and_only_unchanged():
    secret = new_secret()
    assert SECRET.fullmatch(secret)
    headers = signed_headers(secret, "msg_1", 1000, BODY)
    assert is_signed(secret, headers, BODY, 1299)
    assert not is_signed(secret, headers, BODY, 1301)
    assert not is_signed(secret, headers, BODY + b" ", 1000)
    assert not is_signed(new_secret(), headers, BODY, 1000)
    assert not is_signed(secret, {**headers, "webhook-id": "msg_2"}, BODY, 1000)
    both = {**headers, "webhook-signature": "v1a,x v1,AAAA " + headers["webhook-signature"]}
    assert is_signed(secret, both, BODY, 1000)


def test_what_is_no_secret_signs_nothing():
    with pytest.raises(ValueError, match="secret"):
        signed_headers("whsec_!", "m", 1, b"")
