"""The page works with many menus, without a mouse, and with what a browser has kept."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.web.conftest import Site

MENUS = 500


def _fill(database: str) -> None:
    from ivr.domain.menu.starters import STARTERS
    from ivr.storage.postgres.stores import PostgresStores

    stores = PostgresStores(database)
    try:
        for number in range(MENUS):
            starter = STARTERS[number % len(STARTERS)]
            document = starter.document(f"{starter.title} {number}")
            stores.menus.create(f"ivr_{number:012}", document, actor="tests")
    finally:
        stores.close()


def test_500_menus_are_shown_a_page_at_a_time(open_page: Callable[..., Page], site: Site, database: str) -> None:
    _fill(database)
    page = open_page()
    page.goto("/ui/menus")
    expect(page.locator(".menu-card")).to_have_count(24)
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator(".menu-card")).to_have_count(24)
    expect(page.get_by_text(f"25–48 of {MENUS}")).to_be_visible()
    # A number can be given to any of them.
    page.goto("/ui/numbers")
    expect(page.locator("#ivr_id option")).to_have_count(MENUS)


def test_a_menu_is_made_by_keyboard_alone(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page(key=None)
    page.goto("/ui/login")
    keys = page.keyboard

    def go_to(name: str) -> None:
        """Press Tab until the focus is on what has this name."""
        for _ in range(60):
            keys.press("Tab")
            focused = page.evaluate(
                "document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || ''"
            )
            if focused.strip().startswith(name):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                shown = page.evaluate("!!document.activeElement.closest('label')")
                assert outline != "none" or shown, f"{name}: nobody sees where the focus is"
                return
        raise AssertionError(f"Tab does not lead to {name}")

    go_to("API key")
    keys.type(site.key)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    go_to("Menus")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Menus")
    go_to("Skip to content")
    keys.press("Enter")
    go_to("New menu")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New menu")
    go_to("Name")
    keys.type("By hand")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    assert len(site.http.get("/ivr").json()["items"]) == 1


def test_assets_are_kept_for_good_and_sent_packed(site: Site) -> None:
    text = httpx.get(f"{site.url}/ui/login", trust_env=False, timeout=60).text
    address = text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = httpx.get(site.url + address, trust_env=False, timeout=60)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert httpx.get(f"{site.url}/ui/static/app.000000000000.css", trust_env=False, timeout=60).status_code == 404
    assert httpx.get(f"{site.url}/ui/static/..%2f..%2fauth.py", trust_env=False, timeout=60).status_code == 404
