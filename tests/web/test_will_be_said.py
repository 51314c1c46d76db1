"""Under a text the editor shows what a voice will say for it, before it is spoken."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from tests.admin.pages import PAGE_TREE


def test_what_will_be_said_follows_the_text_and_moves_nothing_below_it(
    browser_page: Page, api: httpx.Client
) -> None:
    node = {**PAGE_TREE["nodes"]["welcome"], "text": "Open Mon-Fri 9am-5pm."}
    menu = {**PAGE_TREE, "nodes": {**PAGE_TREE["nodes"], "welcome": node}}
    ivr_id = api.post("/ivr", json=menu).raise_for_status().json()["id"]
    browser_page.goto(f"/ui/menus/{ivr_id}/edit")
    browser_page.locator('.react-flow__node[data-id="welcome"]').click()
    said = browser_page.get_by_role("note", name="Will be said")
    expect(said).to_contain_text("Open Monday to Friday, nine AM to five PM.")
    below = browser_page.get_by_role("button", name="Speak", exact=True)
    height = said.bounding_box()["height"]
    gap = below.bounding_box()["y"] - said.bounding_box()["y"]
    browser_page.locator("textarea").first.fill("Call 480-555-0199 ... now, " + "Dr. Lee, Oak Dr., " * 8)
    expect(said).to_contain_text("four eight zero, five five five, zero one nine nine [0.5 s pause] now")
    assert said.bounding_box()["height"] == height
    assert below.bounding_box()["y"] - said.bounding_box()["y"] == gap


def test_a_text_that_is_refused_says_so_in_its_place(browser_page: Page, api: httpx.Client) -> None:
    ivr_id = api.post("/ivr", json=PAGE_TREE).raise_for_status().json()["id"]
    browser_page.goto(f"/ui/menus/{ivr_id}/edit")
    browser_page.locator('.react-flow__node[data-id="welcome"]').click()
    browser_page.locator("textarea").first.fill("This is <b>bold</b>.")
    expect(browser_page.get_by_role("note", name="Will be said")).to_contain_text("nothing; see the warning below")
    expect(browser_page.get_by_text("the tag <b> cannot be spoken")).to_be_visible()
