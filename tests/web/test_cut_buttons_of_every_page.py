"""No button's text is cut off at any width, in English or Spanish: every page, with sample data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import Site
from tests.web.cut_buttons import cut_buttons
from tests.web.sample_data import fill
from tests.web.screens import paths_of


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_no_button_of_any_page_is_cut_off_at_any_width(
    open_page: Callable[..., Page], site: Site, database: str, locale: str
) -> None:
    stores = PostgresStores(database)
    try:
        sample = fill(site.http, stores, speaks=False)
    finally:
        stores.close()
    page = open_page(locale=locale)
    cut = []
    for path in ("/ui/login", "/ui/account", *paths_of(sample).values()):
        page.goto(path)
        cut += [(path, *each) for each in cut_buttons(page)]
    assert not cut
