"""Sounds on the page: heard with their drawing, marked as heard, counted by mailbox, deleted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import Site, fits, narrow
from tests.web.sample_sounds import fill_sounds


@pytest.fixture
def sounds(site: Site, database: str) -> list[str]:
    stores = PostgresStores(database)
    names = fill_sounds(stores, site.home)
    stores.close()
    return names


def test_a_sound_is_heard_marked_and_counted(browser_page: Page, api: httpx.Client, sounds: list[str]) -> None:
    page = browser_page
    page.goto("/ui/sounds")
    expect(page.locator(".sound")).to_have_count(3)
    page.get_by_role("link", name="sales").click()
    rows = page.locator(".sound")
    expect(rows).to_have_count(2)
    newest = rows.first
    expect(newest.get_by_text("new", exact=True)).to_be_visible()
    page.get_by_label("Speed").select_option("2")
    newest.locator("audio").evaluate("(audio) => audio.play()")
    expect(newest.get_by_text("new", exact=True)).to_be_hidden()
    assert newest.locator("audio").evaluate("(audio) => audio.playbackRate") == 2
    assert api.get(f"/sounds/{sounds[2]}").json()["heard_at"] is not None
    assert api.get("/mailboxes/sales").json()["unheard"] == 0


def test_the_drawing_leads_to_a_place_in_the_sound(browser_page: Page, sounds: list[str]) -> None:
    page = browser_page
    page.goto("/ui/sounds")
    row = page.locator(f'[data-sound="{sounds[0]}"]')
    wave = row.locator("svg")
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] * 0.75, "y": 5})
    page.wait_for_function(
        "(sound) => document.querySelector(`[data-sound='${sound}'] audio`).currentTime >= 1.4", arg=sounds[0]
    )


def test_a_sound_is_deleted_and_a_mailbox_told_how_long_it_keeps(
    browser_page: Page, api: httpx.Client, sounds: list[str]
) -> None:
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/sounds?mailbox=sales")
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_role("status").first).to_contain_text("The sound is gone.")
    assert api.get(f"/sounds/{sounds[2]}").status_code == 404
    page.goto("/ui/sounds?mailbox=sales")
    page.get_by_label("Days").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert api.get("/mailboxes/sales").json()["keep_days"] == 7


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None], sounds: list[str]
) -> None:
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/sounds", "/ui/sounds?mailbox=sales", "/ui/sounds?mailbox=nobody"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
