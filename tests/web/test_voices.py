"""The page of voices, each with its licence and a sample, and that of words that they say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Site, fits, narrow, speaking_app


@pytest.fixture
def site(site: Site, migrated_postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    with speaking_app(site, migrated_postgres_url, redis_url, tmp_path) as speaking:
        yield speaking


def test_each_voice_is_shown_with_its_licence_and_a_player(browser_page: Page, axe: Callable[[Page], None]) -> None:
    page = browser_page
    page.goto("/ui/voices")
    row = page.get_by_role("row", name="joe default")
    expect(row).to_contain_text("unclear")
    expect(row).to_contain_text("lessac")
    expect(row.locator("audio")).to_have_attribute("src", "/voices/joe/sample.wav")
    axe(page)
    with narrow(page):
        assert fits(page)


def test_a_word_is_added_on_the_page_and_a_text_tried(browser_page: Page, axe: Callable[[Page], None]) -> None:
    page = browser_page
    page.goto("/ui/words")
    page.get_by_label("As it is written").fill("Geis")
    page.get_by_label("Say instead").fill("guys")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row", name="Geis")).to_contain_text("guys")
    page.get_by_label("What will be said for").fill("Geis, 9am")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("form.filters")).to_contain_text("guys, nine AM")
    axe(page)
    with narrow(page):
        assert fits(page)
