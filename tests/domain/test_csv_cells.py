"""Cells that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import pytest

from ivr.domain.dnc.csv_cells import safe_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|x", "%x", "+", "+1a", "+\u0661", "-14805551234"],
)
def test_what_a_spreadsheet_could_run_is_text(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["+14805551234", "+1", "14805551234", "Ann", "", "a=b"])
def test_a_number_and_a_name_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text
