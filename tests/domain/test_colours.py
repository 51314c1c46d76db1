"""A firm's colour can be read on every page, whatever colour it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admin
from ivr.domain.colours import AA, DARK_GROUNDS, LIGHT_GROUNDS, contrast, firm_colours, text_on

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLOURS)
def test_text_of_any_colour_can_be_read_on_every_ground_of_both_schemes(colour: str) -> None:
    found = firm_colours(colour)
    assert contrast(found.button, found.on_button) >= AA
    assert contrast(found.button_hover, found.on_button) >= AA
    for scheme, grounds in ((found.light, LIGHT_GROUNDS), (found.dark, DARK_GROUNDS)):
        for ground in (*grounds, scheme.ground):
            assert contrast(scheme.accent, ground) >= AA
        assert contrast(scheme.accent, scheme.on_accent) >= AA
        assert contrast(scheme.hover, grounds[0]) >= AA


@given(COLOURS)
def test_a_button_has_the_colour_itself(colour: str) -> None:
    assert firm_colours(colour.upper()).button == colour


@pytest.mark.parametrize(
    ("colour", "light", "dark"), [("#ffd400", False, True), ("#0b3d91", True, False), ("#7a7a7a", False, False)]
)
def test_it_says_in_which_scheme_a_colour_is_hard_to_read(colour: str, light: bool, dark: bool) -> None:
    found = firm_colours(colour)
    assert (found.light.is_readable, found.dark.is_readable) == (light, dark)
    assert (found.light.accent == colour) <= light


def test_contrast_is_counted_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert (text_on("#ffd400"), text_on("#0b3d91")) == ("#000000", "#ffffff")


def test_the_grounds_are_those_of_the_pages() -> None:
    style = (Path(admin.__file__).parent / "static" / "app.css").read_text()
    names = ("ground", "surface", "raised")
    found = [re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", style) for name in names]
    assert tuple(each[1] for each in found if each) == LIGHT_GROUNDS
    assert tuple(each[2] for each in found if each) == DARK_GROUNDS
