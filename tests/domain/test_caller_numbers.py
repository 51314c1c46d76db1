"""Numbers as a trunk wants them: whoever reads them by the same form gets the number that was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.numbers import E164
from ivr.domain.trunks.caller_numbers import read_caller, written_number
from ivr.domain.trunks.model import NUMBER_FORMS, NumberForm, Trunk

KNOWN = st.sampled_from(["+14155550100", "+493012345678", "+442079460958", "+33123456789", "+390612345678"])
COUNTRIES = st.sampled_from(["US", "CA", "DE", "GB", "FR", "IT"])


@pytest.mark.parametrize(
    ("form", "country", "number", "written"),
    [
        ("e164", "US", "+14155550100", "+14155550100"),
        ("digits", "US", "+14155550100", "14155550100"),
        ("national", "US", "+14155550100", "4155550100"),
        ("national", "CA", "+14155550100", "4155550100"),
        ("national", "DE", "+493012345678", "3012345678"),
        ("national", "US", "+493012345678", "011493012345678"),
        ("national", "DE", "+14155550100", "0014155550100"),
    ],
)
def test_a_number_is_written_in_the_form_of_the_trunk(
    form: NumberForm, country: str, number: str, written: str
) -> None:
    assert written_number(E164(number), form, country) == written


@given(KNOWN, st.sampled_from(NUMBER_FORMS), COUNTRIES)
def test_what_is_written_is_read_as_the_same_number(number: str, form: NumberForm, country: str) -> None:
    written = written_number(E164(number), form, country)
    assert read_caller(written, Trunk("t", caller_in=form, country=country), "US") == number
