"""The site at /help in a browser: found by a search, under a strict policy, with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web.conftest import Site, fits, narrow


def test_whoever_has_not_logged_in_finds_a_section_by_its_words(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    page = open_page(key=None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/ui/login")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Help").click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Operating Digitree")
    opened.value.close()

    page.goto("/help")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Digitree, explained")
    axe(page)
    page.bring_to_front()
    page.get_by_role("textbox", name="Search").press_sequentially("registration expires")
    found = page.locator(".md-search-result__link").filter(has_text="Carriers")
    found.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Carriers and telephone systems")
    page.goto("/help/menu-warnings#no_audio")
    expect(page.locator("#no_audio")).to_be_in_viewport()
    page.goto("/help/menu-language/#question")
    expect(page.get_by_role("button", name="Copy to clipboard").first).to_be_attached()
    axe(page)
    with narrow(page):
        assert fits(page)
    assert [address for address in asked if not address.startswith((site.url, "data:"))] == []


def test_help_leads_to_the_section_of_the_page_and_a_warning_to_its_row(browser_page: Page, site: Site) -> None:
    menu = site.http.post("/ivr", json={"name": "Short", "nodes": {"end": {"action": "hangup", "text": "Bye."}}})
    page = browser_page
    page.goto("/ui/hours")
    expect(page.get_by_role("link", name="Help", exact=True)).to_have_attribute("href", "/help/hours/")
    more = page.get_by_role("link", name="More about: No hours yet")
    expect(more).to_have_attribute("href", "/help/hours/")
    page.goto(f"/ui/menus/{menu.json()['id']}")
    warning = page.locator("#warnings").get_by_role("link").first
    with page.context.expect_page() as opened:
        warning.click()
    expect(opened.value.locator("tr:target")).to_be_in_viewport()
    opened.value.close()
