"""No button's text is cut off at any width, in English or Spanish: three pages. The long form is in
test_cut_buttons_of_every_page.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.web.cut_buttons import cut_buttons


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_no_button_of_three_pages_is_cut_off_at_any_width(open_page: Callable[..., Page], locale: str) -> None:
    page = open_page(locale=locale)
    for path in ("/ui/firm", "/ui/menus/new", "/ui/dnc/import"):
        page.goto(path)
        assert cut_buttons(page) == [], path
    page.goto("/ui/firm")
    narrowed = "each => { each.style.cssText = 'white-space: nowrap; width: 2rem; padding: 0; overflow: hidden'; }"
    page.locator("main form button.primary").evaluate(narrowed)
    assert len(cut_buttons(page)) == 4
