"""Switches and refusals in the editor: what they depend on is seen, and every case and word can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.editing import publish
from tests.web.test_editor import edit, make, node, text_of

__all__ = ["make"]

MENU: dict[str, Any] = {
    "name": "Gate",
    "nodes": {
        "office": {"switch": "hours:office", "case": {"open": "who"}, "default": "refuse"},
        "who": {"switch": "name", "case": {"Ann": "bye"}, "default": "refuse"},
        "refuse": {"action": "reject"},
        "bye": {"action": "hangup", "text": "Goodbye."},
    },
}


def test_a_switch_shows_what_it_depends_on_and_has_an_empty_case(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    edit(page, make(MENU))
    expect(node(page, "office")).to_contain_text("Switch: hours:office")
    node(page, "who").click()
    cases = page.get_by_role("group", name="Cases")
    cases.get_by_role("button", name="If empty", exact=True).click()
    cases.get_by_label("if empty: leads to").select_option("bye")
    expect(cases.get_by_role("button", name="If empty", exact=True)).to_have_count(0)
    assert text_of(page)["nodes"]["who"]["case"] == {"Ann": "bye", "": "bye"}


def test_the_word_that_is_meant_without_one_is_shown_and_calls_may_ring_on_and_have_a_longest_time(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    edit(page, make(MENU))
    node(page, "refuse").click()
    told = page.get_by_label("The caller is told")
    expect(told).to_have_value("declined")
    told.select_option("busy")
    assert text_of(page)["nodes"]["refuse"]["reason"] == "busy"
    page.get_by_role("tab", name="Node").click()
    told.select_option("declined")
    assert "reason" not in text_of(page)["nodes"]["refuse"]
    page.get_by_role("tab", name="Node").click()
    node(page, "office").click()
    page.get_by_label("Answer at once").uncheck()
    page.get_by_label("Longest time in the menu, seconds").fill("90")
    assert (text_of(page)["answer"], text_of(page)["max_menu_s"]) == (False, 90)
    page.get_by_role("tab", name="Node").click()
    publish(page, speak=False)
