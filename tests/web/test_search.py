"""What people type into the search boxes of the page."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from tests.admin.pages import PAGE_TREE
from tests.web.conftest import Site, fits, narrow


def _filled(api: httpx.Client) -> str:
    """A menu with a number, and a listed number; the menu's id."""
    menu = api.post("/ivr", json={**PAGE_TREE, "name": "Peña & Sons Roofing"}).json()["id"]
    api.post(f"/ivr/{menu}/assign", json={"did": "+15125550147"})
    api.post("/ivr", json={**PAGE_TREE, "name": "Plumber"})
    api.post("/dnc", json={"number": "+14805550147"})
    return str(menu)


def test_one_box_that_a_slash_leads_to_finds_menus_numbers_and_listed_numbers(
    browser_page: Page, api: httpx.Client, site: Site
) -> None:
    menu = _filled(api)
    page = browser_page
    page.goto("/ui/agents")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Search everything")
    expect(box).to_be_focused()
    box.press_sequentially("555-0147/")
    box.press("Backspace")
    box.press("Enter")
    main = page.get_by_role("main")
    expect(main.get_by_text("+1 512-555-0147")).to_be_visible()
    expect(main.get_by_role("link", name="+1 480-555-0147")).to_be_visible()
    page.get_by_label("Name or number").fill("roofing pena")
    page.get_by_label("Name or number").press("Enter")
    expect(main.get_by_role("link", name="Peña & Sons Roofing").first).to_be_visible()
    expect(main.get_by_text("Plumber")).to_have_count(0)
    main.get_by_role("link", name="Peña & Sons Roofing").first.click()
    assert site.path(page) == f"/ui/menus/{menu}"
    page.goto("/ui/search?search=zebra")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_on_a_narrow_screen_the_slash_opens_the_navigation_with_the_box(
    browser_page: Page, api: httpx.Client
) -> None:
    _filled(api)
    page = browser_page
    with narrow(page):
        page.goto("/ui/menus")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox", name="Search everything")).to_be_focused()
        page.goto("/ui/search?search=0147")
        assert fits(page)


def test_numbers_and_the_do_not_call_list_are_found_by_their_last_digits(
    browser_page: Page, api: httpx.Client
) -> None:
    _filled(api)
    page = browser_page
    page.goto("/ui/numbers")
    page.get_by_label("Number or menu").fill("9999")
    page.get_by_label("Number or menu").press("Enter")
    expect(page.get_by_role("heading", name="No number found")).to_be_visible()
    page.get_by_label("Number or menu").fill("(512) 555-0147")
    page.get_by_label("Number or menu").press("Enter")
    expect(page.get_by_role("row", name="+1 512-555-0147")).to_contain_text("Roofing")
    page.goto("/ui/dnc")
    page.get_by_role("textbox", name="Number", exact=True).fill("0147")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("row", name="+1 480-555-0147")).to_be_visible()


def test_calls_are_counted_and_test_calls_can_be_left_out(browser_page: Page) -> None:
    page = browser_page
    page.goto("/ui/calls")
    page.get_by_label("Test calls").select_option(label="without test calls")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="No call found")).to_be_visible()
    assert "test=false" in page.url
