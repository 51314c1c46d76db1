"""Trunks on the page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.web.conftest import Site, fits, narrow


def test_a_trunk_is_made_from_a_preset(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/trunks")
    page.get_by_role("link", name="New trunk").first.click()
    page.get_by_role("link", name="VoIP.ms").click()
    page.get_by_label("Name", exact=True).fill("account")
    page.get_by_label("Numbers that come by it").fill("+14155550100")
    page.get_by_label("User name", exact=True).fill("100000_menu")
    page.get_by_label("Password").fill("5up3r-s3cret")
    page.get_by_role("button", name="Create trunk").click()
    expect(page.get_by_role("alert")).to_contain_text("name the host that this trunk registers with")
    page.get_by_label("Registrar", exact=True).fill("atlanta1.voip.ms")
    page.get_by_label("Password").fill("5up3r-s3cret")
    page.get_by_role("button", name="Create trunk").click()
    expect(page.get_by_role("heading", name="account")).to_be_visible()
    made = api.get("/trunks/account").json()
    assert (made["caller_in"], made["has_password"], made["numbers"]) == ("national", True, ["+14155550100"])


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    paths = ("/ui/trunks", "/ui/trunks/new", "/ui/trunks/new?preset=telnyx", "/ui/trunks/carrier")
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in paths:
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
        site.http.post("/trunks", json={"name": "carrier", "preset": "twilio", "numbers": ["+14155550100"]})


def test_what_a_preset_asks_for_stands_in_front(browser_page: Page) -> None:
    page = browser_page
    page.goto("/ui/trunks/new?preset=asterisk")
    hosts = page.get_by_label("Hosts for calls out")
    expect(hosts).to_be_visible()
    assert hosts.get_attribute("required") is not None
    page.goto("/ui/trunks/new?preset=twilio")
    expect(page.get_by_label("Hosts for calls out")).to_be_hidden()
