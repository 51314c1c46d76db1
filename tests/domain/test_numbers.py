"""Numbers as clients must write them, as networks send them, and as logs show them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import parse_ani, parse_did, parse_e164


@pytest.mark.parametrize("text", ["+14155559876", "+14155550100", "+442079460958", "+4930123456", "+81312345678"])
def test_a_number_in_e164_form_is_taken_as_it_is(text: str) -> None:
    assert parse_e164(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "14155559876", "+1 415 555 9876", "+1-415-555-9876", "+0123456789", "+1415555", "+1415555987612345",
        "+14155559876\n", " +14155559876", "tel:+14155559876", "+١٤١٥٥٥٥٩٨٧٦", "+1415555987a", "+999123456789",
        "anonymous", "+14155559876;ext=1", "${x}",
    ],
)  # fmt: skip
def test_anything_else_is_no_number_for_a_client(text: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        parse_e164(text)
    assert refused.value.raw == text


@pytest.mark.parametrize(
    ("raw", "region", "number"),
    [
        ("+14155559876", "US", "+14155559876"),
        ("14155559876", "US", "+14155559876"),
        ("4155559876", "US", "+14155559876"),
        ("02079460958", "GB", "+442079460958"),
        ("442079460958", "US", "+442079460958"),
        ("+14155559876;npdi;rn=+14155550000", "US", "+14155559876"),
        ("4155559876;phone-context=+1", "US", "+14155559876"),
        ("tel:+14155559876;isub=1", "US", "+14155559876"),
        ("sip:14155559876@192.0.2.1:5060;user=phone", "US", "+14155559876"),
    ],
)
def test_a_did_comes_with_or_without_plus_and_country_and_what_trunks_put_around_it(
    raw: str, region: str, number: str
) -> None:
    assert parse_did(raw, region) == number


def test_a_caller_whose_trunk_says_more_of_him_has_his_number() -> None:
    assert parse_ani("+14805551234;cpc=ordinary;oli=0") == "+14805551234"


@pytest.mark.parametrize("raw", ["", "sample-agent", "s", "12", "1" * 16, "4155559876;x y", "415-555-9876", "\n"])
def test_a_did_that_cannot_be_one_is_refused(raw: str) -> None:
    with pytest.raises(InvalidNumber):
        parse_did(raw)


@pytest.mark.parametrize("raw", ["", "anonymous", "Restricted", "unknown", "alice", "0000000000\r\n", "%2B1480", "0"])
def test_a_withheld_or_impossible_caller_number_is_none(raw: str) -> None:
    assert parse_ani(raw) is None


@pytest.mark.parametrize("raw", ["+14805551234;x\nForged: 1", "tel:", "+14805551234@a b", "sip:+1@h", "+1480;" * 900])
def test_what_only_looks_like_a_trunks_writing_is_no_number(raw: str) -> None:
    assert parse_ani(raw) is None


def test_an_unused_looking_number_is_kept_all_the_same() -> None:
    assert parse_ani("+14805551234") == "+14805551234"
    assert parse_ani("+15005550006") == "+15005550006"


@given(st.text(max_size=40))
def test_whatever_a_caller_sends_is_an_e164_number_or_none(raw: str) -> None:
    number = parse_ani(raw)
    assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_what_clients_may_write_callers_may_have(text: str) -> None:
    try:
        assert parse_ani(parse_e164(text)) == text
    except InvalidNumber:
        assert parse_ani(text) == text  # too odd for a client, still put on the list for a caller
