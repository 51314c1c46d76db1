"""Users with roles, alerts and reports by mail, as an owner sets them up in a browser."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.web.conftest import NARROW, fits

CHANNEL = {"name": "office", "preset": "smtp", "settings": {
    "host": "smtp.example.com", "from": "ivr@example.com", "to": "office@example.com"}}  # fmt: skip
PASSWORD = "correct horse battery"


def test_an_owner_gives_a_role_and_sets_alerts_and_reports_up(
    browser_page: Page, open_page: Callable[..., Page], api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    api.post("/channels", json=CHANNEL).raise_for_status()
    page = browser_page
    page.goto("/ui/channels")
    page.get_by_label("Mail from Digitree goes out by").select_option("office")
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_role("status").first).to_contain_text("goes out by office")
    page.goto("/ui/users")
    page.get_by_label("Name").fill("sue")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("radio", name="Agent supervisor").check()
    axe(page)
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("row", name="sue")).to_contain_text("Agent supervisor")
    page.goto("/ui/alerts")
    page.get_by_label("Channel 1").select_option("office")
    page.get_by_label("To", exact=True).first.fill("ops")
    page.get_by_role("group", name="Disk is filling up").get_by_label("megabytes left").fill("5000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("To", exact=True).first).to_have_attribute("aria-invalid", "true")
    page.get_by_label("To", exact=True).first.fill("ops@example.com")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    assert api.get("/alerts/settings").json()["kinds"]["disk_low"] == {"on": True, "megabytes": 5000}
    axe(page)
    page.goto("/ui/mailed-reports")
    page.get_by_label("Mail addresses").fill("boss@example.com, me@example.com")
    page.get_by_role("button", name="Add the report").click()
    page.get_by_role("button", name="Send one now").click()
    expect(page.get_by_role("status").first).to_contain_text("2 reports are on their way")
    axe(page)
    sue = open_page(key=None, size=NARROW)
    for path in ("/ui/forgot", "/ui/new-password", "/ui/login"):
        sue.goto(path)
        axe(sue)
        assert fits(sue)
    expect(sue.get_by_label("API key")).to_be_hidden()
    sue.get_by_label("Name or mail address").fill("sue")
    sue.get_by_label("Password").fill(PASSWORD)
    sue.get_by_role("button", name="Log in", exact=True).click()
    expect(sue.get_by_role("link", name="People", include_hidden=True)).to_be_attached()
    assert sue.get_by_role("link", name="Menus").count() == 0
