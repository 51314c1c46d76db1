"""Steps of somebody who edits a menu."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PATIENCE_MS


def save_draft(page: Page) -> None:
    """What is shown becomes the menu's draft; callers hear nothing of it."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(state_of(page)).to_have_text("Draft, not live yet")


def publish(page: Page, *, speak: bool = True, patience_ms: int = PATIENCE_MS) -> None:
    """What is shown becomes what callers hear."""
    begin_publishing(page, speak=speak)
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=patience_ms)


def begin_publishing(page: Page, *, speak: bool = True) -> None:
    page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if not speak and dialog.get_by_role("checkbox").count():
        dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name=re.compile("Publish as version")).click()


def state_of(page: Page) -> Locator:
    """Whether what is shown is saved, and live."""
    return page.locator(".ed-state-line").get_by_role("status")
