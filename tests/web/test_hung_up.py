"""In the editor: what follows a hang-up, and the order of keys and cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import NARROW, fits
from tests.web.editing import publish
from tests.web.test_editor import edit, make, node, text_of

__all__ = ["make"]

TOLD: dict[str, Any] = {
    "name": "Told",
    "nodes": {
        "ask": {"text": "Press 1.", "gather": {"1": "bye", "X{2,4}": "which", "101": "bye"}, "save": "order"},
        "which": {"switch": "order", "case": {"1..50": "bye", "1*": "left", "7": "end"}, "default": "end"},
        "bye": {"action": "hangup", "text": "Goodbye."},
        "left": {"action": "request", "service": "crm", "wait": False, "next": "end"},
        "end": {"action": "hangup"},
    },
}


def test_what_follows_a_hang_up_is_chosen_at_the_start_and_drawn(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    menu = make(TOLD)
    edit(browser_page, menu)
    browser_page.get_by_role("combobox", name="When the caller hangs up").select_option("left")
    expect(node(browser_page, "left").get_by_text("hung up")).to_be_visible()
    publish(browser_page, speak=False)
    assert api.get(f"/ivr/{menu}").json()["hung_up_node"] == "left"
    browser_page.reload()
    expect(browser_page.get_by_role("combobox", name="When the caller hangs up")).to_have_value("left")
    browser_page.get_by_role("combobox", name="When the caller hangs up").select_option("bye")
    node(browser_page, "bye").click()
    expect(browser_page.get_by_text("nobody hears its prompt").first).to_be_visible()


@pytest.mark.parametrize(
    ("at", "field", "what", "before", "after"),
    [
        ("which", "case", "if 1*", ["1..50", "1*", "7"], ["1*", "1..50", "7"]),
        ("ask", "gather", "key 101", ["1", "X{2,4}", "101"], ["1", "101", "X{2,4}"]),
    ],
)
def test_cases_and_keys_are_put_into_another_order_by_keyboard(
    browser_page: Page, make: Callable[..., str], at: str, field: str, what: str, before: list[str], after: list[str]
) -> None:
    edit(browser_page, make(TOLD))
    node(browser_page, at).click()
    up, down = (browser_page.get_by_label(f"Move {what} {way}", exact=True) for way in ("up", "down"))
    up.focus()
    browser_page.keyboard.press("Enter")
    assert list(text_of(browser_page)["nodes"][at][field]) == after
    browser_page.get_by_role("tab", name="Node").click()
    down.focus()
    browser_page.keyboard.press("Enter")
    expect(down).to_be_focused()
    assert list(text_of(browser_page)["nodes"][at][field]) == before


def test_the_first_stays_first_and_the_rows_fit_a_narrow_screen(
    browser_page: Page, make: Callable[..., str]
) -> None:
    browser_page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    edit(browser_page, make(TOLD))
    node(browser_page, "which").click()
    first = browser_page.get_by_label("Move if 1..50 up", exact=True)
    expect(first).to_have_attribute("aria-disabled", "true")
    first.press("Enter")
    assert list(text_of(browser_page)["nodes"]["which"]["case"]) == ["1..50", "1*", "7"]
    assert fits(browser_page)
