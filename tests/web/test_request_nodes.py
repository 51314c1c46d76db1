"""Requests and lists in the editor: a form for each, what is sent by its names, wires for each way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.web.editing import publish
from tests.web.test_editor import edit, make, node, text_of

__all__ = ["make"]

MENU: dict[str, Any] = {
    "name": "Look-up",
    "nodes": {
        "find": {"action": "request", "service": "codes", "save": "found", "next": "people", "fail_node": "bye"},
        "people": {"action": "each", "list": "found.people", "save": "who", "next": "tell", "done_node": "bye"},
        "tell": {"action": "request", "wait": False, "service": "desk", "next": "people"},
        "bye": {"action": "hangup"},
    },
}


def test_a_request_and_a_list_are_edited_field_by_field(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    page = browser_page
    api.post("/services", json={"name": "offers", "url": "https://example.com/offers"}).raise_for_status()
    edit(page, make(MENU))
    for name, ways in {"find": ["then", "fails"], "people": ["then", "done", "none"]}.items():
        for way in ways:
            expect(node(page, name).locator(".mn-row", has_text=way)).to_have_count(1)
    node(page, "find").click()
    page.get_by_role("combobox", name="Service").select_option("offers")
    sent = page.get_by_role("group", name="What is sent")
    for name in ("caller", "order"):
        sent.get_by_label("Another variable to send").fill(name)
        sent.get_by_role("button", name=f"Send {name}").click()
    sent.get_by_role("button", name="Do not send order").click()
    assert text_of(page)["nodes"]["find"]["send"] == ["caller"]
    page.get_by_role("tab", name="Node").click()
    sent.get_by_role("button", name="Send them under other names").click()
    sent.get_by_label("What is sent as caller").fill("from {caller}")
    assert text_of(page)["nodes"]["find"]["send"] == {"caller": "from {caller}"}
    page.get_by_role("tab", name="Node").click()
    node(page, "people").click()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("In random order").check()
    node(page, "tell").click()
    waits = page.get_by_label("Wait for the answer")
    expect(waits).not_to_be_checked()
    waits.check()
    written = text_of(page)["nodes"]
    assert (written["people"]["shuffle"], "wait" in written["tell"]) == (True, False)
    assert written["find"]["service"] == "offers"
    page.get_by_role("tab", name="Node").click()
    waits.uncheck()
    publish(page)
