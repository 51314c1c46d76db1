"""Menus as documents of SWML: the same callers meet the same in both, and in the menu that is read back."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from ivr.domain.exports.targets import export_menu
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.exports.menu_walker import MenuCall, by_word
from tests.domain.exports.menus import CALLERS, counts_visits, menus
from tests.domain.imports.callers import Caller, same, walk_menu
from tests.domain.imports.swml_walker import SwmlCall


@given(menus(tells_results=False), CALLERS)
def test_whoever_calls_meets_the_same_in_documents_and_in_what_is_read_out_of_them(
    menu: dict[str, Any], caller: Caller
) -> None:
    parsed = parse_menu(menu)
    met = MenuCall(parsed, caller).walk()
    document = export_menu(parsed, "swml").document
    assert same(met, by_word(SwmlCall(document, caller.again()).walk()))
    # No reader understands sums, by which visits are counted there.
    if not counts_visits(menu):
        back = import_menu(json.dumps(document).encode())
        assert same(met, by_word(walk_menu(back, caller.again())))
