"""Webhooks on the page: made with a secret shown once, tested, switched off, sent again, deleted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from ivr.domain.signing import SECRET
from tests.web.conftest import fits, narrow

Axe = Callable[[Page], None]

HOSTILE = "https://example.com/?q='()*,;=<b>"


def test_a_webhook_is_made_and_its_secret_shown_once(browser_page: Page, api: httpx.Client, axe: Axe) -> None:
    page = browser_page
    page.goto("/ui/webhooks")
    expect(page.get_by_role("heading", name="No webhooks yet")).to_be_visible()
    page.get_by_label("URL").fill(HOSTILE)
    page.get_by_label("dnc.added").check()
    page.get_by_role("button", name="Create webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("an address begins with https://")
    page.get_by_label("URL").fill("https://example.com/hook")
    page.get_by_role("button", name="Create webhook").click()
    secret = page.locator("#secret").inner_text()
    assert SECRET.fullmatch(secret)
    (hook,) = api.get("/webhooks").json()["items"]
    assert (hook["url"], hook["events"]) == ("https://example.com/hook", ["call.ended", "dnc.added"])
    page.goto("/ui/webhooks")
    assert secret not in page.content()
    axe(page)
    with narrow(page):
        assert fits(page)


def test_deliveries_are_shown_and_the_webhook_is_managed(browser_page: Page, api: httpx.Client, axe: Axe) -> None:
    made = api.post("/webhooks", json={"url": "https://example.com/hook", "events": ["ivr.changed"]}).json()
    page = browser_page
    page.goto(f"/ui/webhooks/{made['id']}")
    expect(page.get_by_role("heading", name="Nothing was sent yet")).to_be_visible()
    page.get_by_role("button", name="Send a test message").click()
    expect(page.get_by_role("row").filter(has_text="ping")).to_contain_text("waiting")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("switched off").first).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="New secret").click()
    assert SECRET.fullmatch(page.locator("#secret").inner_text())
    axe(page)
    with narrow(page):
        assert fits(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No webhooks yet")).to_be_visible()
    assert api.get("/webhooks").json()["items"] == []
