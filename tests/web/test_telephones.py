"""Telephones on the page, and the button that rings one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.domain.numbers import E164
from ivr.domain.telephones.way_out import where_it_goes
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.postgres.telephones import PostgresTelephones
from tests.admin.pages import PAGE_TREE
from tests.web.conftest import Site, fits, narrow

THEIRS, OTHER = E164("+14155552671"), E164("+14155552672")
OVER = where_it_goes(Trunk("carrier", hosts=(Host("a.example.com"),)))


@pytest.fixture
def telephones(database: str) -> Iterator[PostgresTelephones]:
    stores = PostgresStores(database)
    yield stores.telephones
    stores.close()


def verify(telephones: PostgresTelephones, number: E164 = THEIRS) -> None:
    telephones.add(number, actor="key_1")
    telephones.set_code(number, b"right", OVER)
    telephones.verify(number, b"right", actor="key_1")


@pytest.fixture
def menu(api: httpx.Client) -> str:
    api.post("/trunks", json={"name": "carrier", "hosts": ["a.example.com"], "numbers": ["+14155550100"]})
    return str(api.post("/ivr", json=PAGE_TREE).json()["id"])


def test_a_code_is_typed_and_a_wrong_one_says_how_many_tries_are_left(
    browser_page: Page, menu: str, telephones: PostgresTelephones
) -> None:
    telephones.add(THEIRS, actor="key_1")
    telephones.set_code(THEIRS, b"right", OVER)
    page = browser_page
    page.goto("/ui/telephones")
    expect(page.get_by_role("row", name="415-555-2671")).to_contain_text("not verified")
    page.get_by_label("heard").fill("123 456")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code that the telephone heard; 4 more tries")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No telephone yet")).to_be_visible()


def test_a_number_that_is_never_rung_is_a_fault_at_its_field(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.goto("/ui/telephones")
    page.get_by_label("Number").fill("900 555 1234")
    page.get_by_role("button", name="Add and call it").click()
    expect(page.locator("#f-number-fault")).to_contain_text("is a premium-rate number")


def test_ring_my_phone_leads_to_the_call_and_how_it_ended(
    browser_page: Page, menu: str, telephones: PostgresTelephones
) -> None:
    page = browser_page
    page.goto(f"/ui/menus/{menu}/call")
    page.get_by_role("link", name="Add and verify it").click()
    verify(telephones)
    page.goto(f"/ui/menus/{menu}/call")
    page.get_by_role("button", name="Ring my phone").click()
    page.wait_for_url("**/ui/telephone-calls/*")
    # No switch is here.
    expect(page.locator("#call").get_by_role("status")).to_contain_text("the switch's event socket cannot be reached")
    expect(page.get_by_role("button", name="Hang up")).to_have_count(0)
    page.get_by_role("button", name="Ring again").click()
    page.wait_for_url("**/ui/telephone-calls/*")


def test_a_refusal_is_told_where_the_button_is(
    browser_page: Page, api: httpx.Client, menu: str, telephones: PostgresTelephones
) -> None:
    verify(telephones)
    page = browser_page
    page.goto(f"/ui/menus/{menu}/call")
    api.delete(f"/telephones/{THEIRS}").raise_for_status()
    page.get_by_role("button", name="Ring my phone").click()
    expect(page.get_by_role("alert")).to_contain_text("has to be verified first")


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None], menu: str, telephones: PostgresTelephones
) -> None:
    verify(telephones)
    telephones.add(OTHER, actor="key_1")
    order = {"ring": THEIRS, "trunk": "carrier", "ivr_id": menu}
    call = site.http.post("/telephone-calls", json=order).json()["id"]
    kept = os.environ.get("KEEP_SCREENS")
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/telephones", f"/ui/menus/{menu}/call", f"/ui/telephone-calls/{call}"):
            page.goto(path)
            axe(page)
            if kept:
                page.screenshot(path=Path(kept) / f"{path.split('/')[2]}-wide-{scheme}.png", full_page=True)
            with narrow(page):
                assert fits(page), path
                if kept:
                    page.screenshot(path=Path(kept) / f"{path.split('/')[2]}-narrow-{scheme}.png", full_page=True)


def test_a_telephone_is_called_with_a_code_over_each_trunk_that_it_is_not_verified_over(
    open_page: Callable[..., Page], menu: str, api: httpx.Client, telephones: PostgresTelephones,
    axe: Callable[[Page], None],
) -> None:  # fmt: skip
    verify(telephones)
    page = open_page()
    page.goto("/ui/telephones")
    expect(page.get_by_role("row", name="415-555-2671")).to_contain_text("verified over carrier")
    expect(page.get_by_role("button", name="Verify")).to_have_count(0)
    for number, name in (("+14155550101", "other"), ("+14155550102", "third")):
        api.post("/trunks", json={"name": name, "hosts": ["a.example.com"], "numbers": [number]})
    page.goto("/ui/telephones")
    choice = page.get_by_label("Call +1 415-555-2671 over")
    assert choice.locator("option").all_inner_texts() == ["other", "third"]
    axe(page)
    with narrow(page):
        assert fits(page)
    page.goto(f"/ui/menus/{menu}/call")
    expect(page.locator("[name=trunk]")).to_have_value("carrier")
