"""Menus as documents of SWML: the same callers meet the same in both."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from ivr.domain.exports.targets import export_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.exports.menu_walker import MenuCall, by_word
from tests.domain.exports.menus import CALLERS, menus
from tests.domain.imports.callers import Caller, same
from tests.domain.imports.swml_walker import SwmlCall


@given(menus(tells_results=False), CALLERS)
def test_whoever_calls_meets_the_same_in_the_menu_and_in_its_document(menu: dict[str, Any], caller: Caller) -> None:
    parsed = parse_menu(menu)
    document = export_menu(parsed, "swml").document
    assert same(MenuCall(parsed, caller).walk(), by_word(SwmlCall(document, caller.again()).walk()))
