"""In short what tests/sip/test_encrypted_trunks.py tests on both switches."""

import pytest

from tests.sip.test_encrypted_trunks import (  # noqa: F401 - fixtures and tests
    home,
    kept,
    switch,
    test_nothing_is_sent_to_a_carrier_whose_certificate_does_not_count,
    test_the_end_of_a_registration_is_challenged_and_the_challenge_answered,
    test_the_sound_of_a_call_out_over_an_encrypted_trunk_is_encrypted_both_ways,
)


@pytest.fixture(scope="module")
def kind() -> str:
    return "devswitch"
