"""A menu downloaded from its page and brought back: as a new one, and into another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.domain.test_bundles import MENU, packed
from tests.web.conftest import Site, fits, narrow


def test_a_menu_is_brought_in_downloaded_and_brought_back(
    browser_page: Page, api: httpx.Client, tmp_path: Path, axe: Callable[[Page], None]
) -> None:
    page, file = browser_page, tmp_path / "plumbers.zip"
    file.write_bytes(packed())
    page.goto("/ui/menus/new")
    page.get_by_text("Or bring one back from a file").click()
    page.get_by_label("The file of a menu").set_input_files(file)
    page.get_by_role("button", name="Create from the file").click()
    outcome = page.locator("#bundle-outcome")
    expect(outcome).to_contain_text("Plumbers is here, version 1. What it needs and is not here yet:")
    expect(outcome.locator("li")).to_contain_text(["the agent desk", "the opening hours office", "the list regulars"])
    axe(page)
    with narrow(page):
        assert fits(page)
    page.get_by_role("link", name="Open the menu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plumbers")
    page.get_by_text("This menu as a file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "Plumbers.digitree.zip"
    saved = tmp_path / "saved.zip"
    download.value.save_as(saved)
    (menu,) = api.get("/ivr").json()["items"]
    api.patch(f"/ivr/{menu['id']}", json={"name": "Spoilt", "nodes": {"bye": {"action": "suppress"}}})

    # The page is of version 1, and says so before it overwrites version 2.
    page.get_by_label("Bring one back").set_input_files(saved)
    page.get_by_role("button", name="Bring it back").click()
    expect(outcome).to_contain_text("2")
    assert api.get(f"/ivr/{menu['id']}").json()["name"] == "Spoilt"
    page.reload()
    page.get_by_text("This menu as a file").click()
    page.get_by_label("Bring one back").set_input_files(saved)
    page.get_by_role("button", name="Bring it back").click()
    expect(outcome).to_contain_text("Plumbers is here, version 3.")
    assert api.get(f"/ivr/{menu['id']}").json()["nodes"] == MENU["nodes"]
    axe(page)
    with narrow(page):
        assert fits(page)

    saved.write_bytes(b"no bundle")
    page.get_by_label("Bring one back").set_input_files(saved)
    page.get_by_role("button", name="Bring it back").click()
    expect(outcome).to_contain_text("this is not a bundle, which is a ZIP file")


def test_who_may_only_read_can_download_and_bring_nothing_back(
    open_page: Callable[..., Page], site: Site, api: httpx.Client
) -> None:
    menu = api.post("/ivr", json=MENU).raise_for_status().json()["id"]
    page = open_page(key=site.new_key("read"), scheme="dark")
    page.goto(f"/ui/menus/{menu}")
    page.get_by_text("This menu as a file").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.get_by_label("Bring one back")).to_have_count(0)
