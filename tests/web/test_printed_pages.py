"""Pages on paper, with sample data: the firm at the top, nothing to click, black on white, tables whole."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import Site
from tests.web.sample_data import fill
from tests.web.test_printed import INK, TO_CLICK


def test_printed_pages_have_the_firm_and_nothing_to_click(
    open_page: Callable[..., Page], site: Site, api: httpx.Client, database: str
) -> None:
    stores = PostgresStores(database)
    try:
        sample = fill(site.http, stores, speaks=False)
    finally:
        stores.close()
    api.put("/firm", json={"name": "Roofing Partners", "colour": "#ffd400"}).raise_for_status()
    page = open_page(scheme="dark")
    menu = sample.menus[0]["id"]
    for path in (f"/ui/funnel?ivr_id={menu}", "/ui/money", f"/ui/calls/{sample.call_id}", "/ui/calls"):
        page.goto(path)
        page.emulate_media(media="print")
        expect(page.locator(".brand")).to_have_text("Roofing Partners")
        assert not [each for each in page.locator(TO_CLICK).all() if each.is_visible()], path
        assert set(page.evaluate(INK)) <= {"rgb(0, 0, 0)", "rgb(51, 51, 51)"}, path
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        # A sheet of A4 without its margins.
        page.set_viewport_size({"width": 695, "height": 1000})
        wide = "[...document.querySelectorAll('.table')].filter((each) => each.scrollWidth > each.clientWidth + 1)"
        assert page.evaluate(f"{wide}.length") == 0, path
