"""Who waits, and who wants to be called, on the page."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from ivr.domain.lines.places import Place, Waiting
from ivr.storage.redis.waiting_lines import GRACE_MS, Entry, WaitingLines
from tests.web.conftest import fits, narrow


def wait_for(cache: str, *numbers: str | None, people: str = "") -> None:
    now_ms = time.time_ns() // 1_000_000
    lines = WaitingLines(cache)
    lines.known_since_ms(now_ms - GRACE_MS)
    calls = [
        Entry(Waiting(f"call_{at}", Place(0, now_ms - 60_000 + at)), {"number": number})
        for at, number in enumerate(numbers)
    ]
    lines.turn("support", calls, people.split(), "in_turn", now_ms)
    lines.close()


def test_a_line_shows_who_waits_as_it_changes(
    browser_page: Page, cache: str, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/lines")
    expect(page.get_by_role("heading", name="Nobody waits")).to_be_visible()
    wait_for(cache, "+14805551234", None, people="ann")
    expect(page.get_by_role("heading", name="support")).to_be_visible()
    expect(page.get_by_role("row", name="withheld")).to_contain_text("1")
    expect(page.get_by_role("row", name="480-555-1234")).to_contain_text("ann")
    axe(page)
    with narrow(page):
        assert fits(page)


def test_a_call_back_is_done_and_opened_again(
    browser_page: Page, api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/callbacks")
    expect(page.get_by_role("heading", name="Nobody waits for a call")).to_be_visible()
    asked = {"number": "+14155552672", "reason": "Support", "wanted": "at noon"}
    api.post("/callbacks", json=asked).raise_for_status()
    page.goto("/ui/callbacks")
    row = page.get_by_role("row", name="415-555-2672")
    expect(row).to_contain_text("Support")
    expect(row).to_contain_text("at noon")
    axe(page)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", name="Nobody waits for a call")).to_be_visible()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("row", name="415-555-2672")).to_be_visible()
    with narrow(page):
        assert fits(page)
