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


def test_a_request_is_as_old_as_five_minutes_and_no_older_or_newer():
    secret = new_secret()
    headers = signed_headers(secret, "msg_1", 1000, BODY)
    assert is_signed(secret, headers, BODY, 1300)
    assert is_signed(secret, headers, BODY, 700)
    assert not is_signed(secret, headers, BODY, 1300.1)
    assert not is_signed(secret, headers, BODY, 699)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "XXXX", "\u0661\u0660\u0660\u0660", "1000.0", "-1000"])
def test_a_request_without_one_of_its_headers_is_not_signed(name, value):
    secret = new_secret()
    headers = signed_headers(secret, "msg_1", 1000, BODY)
    del headers[name]
    given = headers if value is None else {**headers, name: value}
    assert not is_signed(secret, given, BODY, 1000)


def test_a_request_without_an_id_is_not_signed_even_over_none():
    secret = new_secret()
    headers = signed_headers(secret, "", 1000, BODY)
    assert not is_signed(secret, headers, BODY, 1000)


def test_what_is_no_secret_signs_nothing():
    with pytest.raises(ValueError, match="secret"):
        signed_headers("whsec_!", "m", 1, b"")
