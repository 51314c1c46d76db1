"""A menu taken elsewhere from its page: the report, and the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.domain.test_bundles import MENU
from tests.web.conftest import fits, narrow


def test_a_menu_is_taken_elsewhere_with_a_report_of_each_node(
    browser_page: Page, api: httpx.Client, tmp_path: Path, axe: Callable[[Page], None]
) -> None:
    menu = api.post("/ivr", json=MENU).raise_for_status().json()["id"]
    page = browser_page
    page.goto(f"/ui/menus/{menu}")
    page.get_by_role("link", name="Take it elsewhere").click()
    report = page.get_by_role("table", name="What becomes of each node")
    expect(report.get_by_role("rowheader")).to_have_text(list(MENU["nodes"]))
    expect(page.get_by_label("System")).to_have_value("studio")
    axe(page)
    with narrow(page):
        assert fits(page)
    page.get_by_label("System").select_option("swml")
    page.get_by_label("Address of its sounds").fill("https://example.com/sounds")
    page.get_by_role("button", name="Show what becomes of it").click()
    expect(page.get_by_label("System")).to_have_value("swml")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "Plumbers.swml.json"
    saved = tmp_path / "menu.json"
    download.value.save_as(saved)
    assert "main" in json.loads(saved.read_text())["sections"]
