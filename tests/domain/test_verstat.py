"""A carrier's verdict on a caller's number, in whatever form it comes."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.numbers import E164
from ivr.domain.verstat import VERSTATS, Told, find_verstat, read_verdict

CALLER = E164("+14805551234")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("TN-Validation-Passed-A", "passed_a"),
        ("TN-Validation-Passed-B", "passed_b"),
        ("TN-Validation-Passed-C", "passed_c"),
        ("TN-Validation-Passed", "passed"),
        ("TN-Validation-Failed", "failed"),
        ("TN-Validation-Failed-A", "failed"),
        ("TN-Validation-Failed-C", "failed"),
        ("No-TN-Validation", "not_verified"),
        # Twilio's suffixes
        ("TN-Validation-Passed-A-Diverted", "passed_a"),
        ("TN-Validation-Passed-B-Passthrough", "passed_b"),
        ("TN-Validation-Failed-B-Diverted", "failed"),
        # written oddly
        ("tn-validation-passed-a", "passed_a"),
        ("NO-TN-VALIDATION", "not_verified"),
        (' "TN-Validation-Passed-B" ', "passed_b"),
        ("TN%2DValidation%2DPassed-C", "passed_c"),
        # what is not known says nothing
        ("", None),
        ("NULL", None),
        ("TN-Validation-Passed-D", None),
        ("TN-Validation-Passed-A-", None),
        ("TN-Validation-Passed-A,TN-Validation-Failed", None),
        ("XTN-Validation-Passed-A", None),
        ("TN-Validation", None),
        ("Passed", None),
        ("TN-Validation-Passed-\u0391", None),
        ("TN-Validation-Passed-A\nTN-Validation-Failed", None),
    ],
)
def test_a_verdict_has_one_word(text: str, verdict: str | None) -> None:
    assert read_verdict(text) == verdict
    assert find_verstat(Told(twilio=text), CALLER) == verdict


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        # behind the number, behind the host, and in a tel: address
        ("<sip:+14805551234;verstat=TN-Validation-Passed-A@carrier.example>", "passed_a"),
        ("<sip:+14805551234@carrier.example;user=phone;verstat=TN-Validation-Passed-B>", "passed_b"),
        ("<sip:+14805551234;npdi;verstat=No-TN-Validation@192.0.2.1:5060;user=phone>", "not_verified"),
        ("<tel:+14805551234;verstat=TN-Validation-Passed-C>", "passed_c"),
        ('"Ann" <TEL:+1-480-555-1234;VERSTAT=TN-Validation-Failed>;tag=1', "failed"),
        ("<sips:14805551234@carrier.example;verstat=TN-Validation-Failed>", "failed"),
        ("<sip:4805551234@carrier.example;verstat=TN-Validation-Passed?Subject=x>", "passed"),
        # without brackets, as FreeSWITCH gives the number alone
        ("sip:+14805551234@carrier.example;verstat=TN-Validation-Passed-A;tag=1", "passed_a"),
        ("tel:+14805551234;verstat=TN-Validation-Passed-A;tag=1", "passed_a"),
        ("+14805551234;verstat=TN-Validation-Passed-A", "passed_a"),
        ("+14805551234;verstat=TN-Validation-Passed-A@carrier.example", "passed_a"),
        # percent-encoded
        ("<sip:%2B14805551234;verstat=TN-Validation%2DPassed-A@carrier.example>", "passed_a"),
        ("<sip:+14805551234;%76erstat=TN-Validation-Passed-A@carrier.example>", "passed_a"),
        # several addresses, and the same said twice
        ("<sip:+14805551234@carrier.example>, <tel:+14805551234;verstat=TN-Validation-Passed-A>", "passed_a"),
        ("<sip:+14805551234;verstat=No-TN-Validation@x>,<tel:4805551234;verstat=No-TN-Validation>", "not_verified"),
        ("<sip:+14805551234;verstat=TN-Validation-Passed-A@x;verstat=TN-Validation-Passed-A>", "passed_a"),
        # Telnyx leaves out the A
        ('"Ann" <sip:+14805551234@sip.telnyx.com;verstat=TN-Validation-Passed>', "passed_a"),
        ("<sip:+14805551234@sip.telnyx.com:5060;verstat=TN-Validation-Passed>", "passed_a"),
        ("<sip:+14805551234@sip.telnyx.com;verstat=TN-Validation-Passed-B>", "passed_b"),
        ("<sip:+14805551234@sip.telnyx.com;verstat=TN-Validation-Failed>", "failed"),
        ("<sip:+14805551234@nottelnyx.com;verstat=TN-Validation-Passed>", "passed"),
        ("<sip:+14805551234@telnyx.com.example;verstat=TN-Validation-Passed>", "passed"),
        # the verdict on another number is none on this one
        ("<sip:+14805559999;verstat=TN-Validation-Passed-A@carrier.example>", None),
        ("<sip:anonymous;verstat=TN-Validation-Passed-A@carrier.example>", None),
        ("<tel:+14805559999;verstat=TN-Validation-Passed-A>,<tel:4805551234;verstat=TN-Validation-Failed>", "failed"),
        # two verdicts are none, and one that is not known is one
        ("<sip:+14805551234;verstat=TN-Validation-Passed-A@x;verstat=TN-Validation-Failed>", None),
        ("<sip:+14805551234;verstat=TN-Validation-Passed-A@x;verstat=who-knows>", None),
        ("<sip:+14805551234;verstat@carrier.example>", None),
        # what a caller wrote is not what a carrier says
        ('"x;verstat=TN-Validation-Passed-A" <sip:+14805551234@carrier.example>', None),
        (r'"\"<sip:+14805551234;verstat=TN-Validation-Passed-A@x>" <sip:+14805551234@carrier.example>', None),
        ("<sip:+14805551234%3Bverstat=TN-Validation-Passed-A@carrier.example>", None),
        ("<sip:+14805551234@carrier.example?verstat=TN-Validation-Passed-A>", None),
        ("<sip:+14805551234@carrier.example;xverstat=TN-Validation-Passed-A>", None),
        ("<sip:+14805551234@carrier.example>", None),
        ("", None),
        ("<>", None),
        ("x" * 2000 + "<sip:+14805551234;verstat=TN-Validation-Passed-A@carrier.example>", None),
    ],
)
def test_a_verdict_is_read_from_either_address(address: str, verdict: str | None) -> None:
    assert find_verstat(Told(asserted=address), CALLER) == verdict
    assert find_verstat(Told(stated=address), CALLER) == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Verified", "passed"),
        ("Not Verified", "not_verified"),
        ("Not Applicable", "not_verified"),
        ("not verified ", "not_verified"),
        ("NotVerified", None),
        ("TN-Validation-Passed-A", None),
        ("", None),
    ],
)
def test_plivos_header_has_words_of_its_own(text: str, verdict: str | None) -> None:
    assert find_verstat(Told(plivo=text), CALLER) == verdict


def test_a_number_without_a_country_is_of_the_region() -> None:
    told = Told(asserted="<sip:02079460958;verstat=TN-Validation-Passed-A@carrier.example>")
    assert find_verstat(told, E164("+442079460958"), "GB") == "passed_a"
    assert find_verstat(told, E164("+442079460958"), "US") is None


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (("Failed", "Passed-A", "Passed-B", "Verified"), "failed"),
        (("", "Passed-A", "Failed", "Verified"), "passed_a"),
        (("", "", "Failed", "Verified"), "failed"),
        (("", "", "", "Verified"), "passed"),
        # what cannot be read leaves no room for a header that a caller may have sent
        (("Unheard-Of", "Passed-A", "Passed-A", "Verified"), None),
        (("", "Unheard-Of", "Passed-A", "Verified"), None),
        (("", "", "Unheard-Of", "Verified"), None),
        (("", "", "", ""), None),
    ],
)
def test_the_first_header_with_a_verdict_counts(told: tuple[str, str, str, str], verdict: str | None) -> None:
    asserted, stated = (f"<sip:{CALLER};verstat=TN-Validation-{each}@x>" if each else "" for each in told[:2])
    twilio = f"TN-Validation-{told[2]}" if told[2] else ""
    assert find_verstat(Told(asserted, stated, twilio, told[3]), CALLER) == verdict


_ODD = st.text(st.sampled_from(string.printable + "\u0130\udcff"), max_size=80)


@given(st.lists(st.one_of(_ODD, st.sampled_from(["<sip:", "+14805551234", ";verstat=", "TN-Validation-", '"', "%"]))))
def test_whatever_comes_is_a_known_word_or_nothing(parts: list[str]) -> None:
    text = "".join(parts)
    for told in (Told(text), Told("", text), Told(twilio=text), Told(plivo=text)):
        assert find_verstat(told, CALLER) in (None, *VERSTATS)
