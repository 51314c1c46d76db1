"""Numbers as a trunk wants them: whoever reads them by the same form gets the number that was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.numbers import E164
from ivr.domain.telephones.way_out import written
from ivr.domain.trunks.caller_numbers import read_caller
from ivr.domain.trunks.model import NUMBER_FORMS, NumberForm, Trunk

KNOWN = st.sampled_from(["+14155550100", "+493012345678", "+442079460958", "+33123456789", "+390612345678"])
COUNTRIES = st.sampled_from(["US", "CA", "DE", "GB", "FR", "IT"])


@given(KNOWN, st.sampled_from(NUMBER_FORMS), COUNTRIES)
def test_what_is_written_is_read_as_the_same_number(number: str, form: NumberForm, country: str) -> None:
    as_written = written(E164(number), form, country)
    assert read_caller(as_written, Trunk("t", caller_in=form, country=country), "US") == number
