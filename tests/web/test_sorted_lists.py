"""Lists on the page: sorted by their headings, read back and forth, changed several at a time, undone."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import psycopg
from playwright.sync_api import Page, expect

from tests.admin.pages import PAGE_TREE
from tests.web.conftest import fits, narrow


def make_menus(api: httpx.Client, count: int) -> list[str]:
    return [
        api.post("/ivr", json={**PAGE_TREE, "name": f"Line {number:02}"}).json()["id"] for number in range(count)
    ]


def number_of(place: int) -> str:
    return f"+1415555{place:04}"


def test_a_list_is_sorted_by_its_headings_and_read_back_and_forth(
    browser_page: Page, api: httpx.Client, axe: Callable[[Page], None], database: str
) -> None:
    first, second = make_menus(api, 2)
    with psycopg.connect(database) as connection:
        for place in range(60):
            menu = first if place % 2 else second
            connection.execute("insert into did (did, ivr_id) values (%s, %s)", (number_of(place), menu))
    page = browser_page
    page.goto("/ui/numbers?search=415")
    rows, pager = page.locator("tbody tr"), page.get_by_role("navigation", name="Pages of this list")
    expect(pager).to_contain_text("1–50 of 60")
    expect(page.get_by_role("columnheader", name="Number")).to_have_attribute("aria-sort", "ascending")
    pager.get_by_role("link", name="Next").click()
    expect(pager).to_contain_text("51–60 of 60")
    expect(rows.first).to_contain_text("+1 415-555-0050")
    assert pager.get_by_role("link", name="Next").count() == 0
    pager.get_by_role("link", name="Previous").click()
    expect(pager).to_contain_text("1–50 of 60")
    # A heading sorts from the beginning, and the search stays.
    page.get_by_role("columnheader", name="Menu").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Menu")).to_have_attribute("aria-sort", "ascending")
    expect(pager).to_contain_text("1–50 of 60")
    expect(rows.first).to_contain_text("Line 00")
    page.get_by_role("columnheader", name="Menu").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Menu")).to_have_attribute("aria-sort", "descending")
    expect(rows.first).to_contain_text("Line 01")
    expect(page.get_by_label("Number or menu")).to_have_value("415")
    axe(page)
    with narrow(page):
        assert fits(page)


def test_several_menus_are_deleted_at_once_and_brought_back(
    browser_page: Page, api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    menus = make_menus(api, 3)
    api.post(f"/ivr/{menus[0]}/assign", json={"did": number_of(1)})
    page = browser_page
    page.goto("/ui/menus")
    page.get_by_role("link", name="Table").click()
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()
    page.get_by_label("Choose all of this page").check()
    expect(page.get_by_text("3 chosen:")).to_be_visible()
    axe(page)
    with narrow(page):
        assert fits(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete 3 menus?")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Line 02")
    axe(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 menus were deleted.")).to_be_visible()
    refused = page.get_by_role("region", name="1 was refused")
    expect(refused).to_contain_text("Line 00")
    expect(refused).to_contain_text("It has numbers: tick the box")
    axe(page)
    assert [each["name"] for each in api.get("/ivr").json()["items"]] == ["Line 00"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").first).to_contain_text("2 entries are back.")
    assert len(api.get("/ivr").json()["items"]) == 3


def test_a_menu_that_was_deleted_by_mistake_is_back_with_a_click(
    browser_page: Page, api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    (menu,) = make_menus(api, 1)
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    for bring_back in ("Undo", "Restore"):
        page.goto(f"/ui/menus/{menu}")
        page.get_by_text("Rename or delete").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("status").first).to_contain_text("The menu was deleted.")
        if bring_back == "Restore":
            page.goto("/ui/bin")
            axe(page)
            with narrow(page):
                assert fits(page)
            page.get_by_role("row", name="Line 00").get_by_role("button", name="Restore").click()
        else:
            page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Line 00")
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Line 00 (copy)")


def test_several_numbers_get_another_menu_and_several_agents_go(browser_page: Page, api: httpx.Client) -> None:
    first, second = make_menus(api, 2)
    for place in range(3):
        api.post(f"/ivr/{first}/assign", json={"did": number_of(place)})
    page = browser_page
    page.goto("/ui/numbers")
    for place in (0, 2):
        page.get_by_label(f"Choose +1 415-555-000{place}").check()
    page.get_by_label("Menu for the numbers chosen").select_option(label="Line 01")
    page.get_by_role("button", name="Move to this menu").click()
    page.get_by_role("button", name="Move to this menu").click()
    expect(page.get_by_role("status").first).to_contain_text("2 numbers have that menu now.")
    assert [each["ivr_id"] for each in api.get("/dids").json()["items"]] == [second, first, second]
    for name in ("ann", "ben"):
        api.post("/agents", json={"name": name, "targets": [{"uri": "sip:a@192.0.2.1"}]})
    page.goto("/ui/agents")
    page.get_by_label("Choose ann").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="1 agent was deleted.")).to_be_visible()
    assert [each["name"] for each in api.get("/agents").json()["items"]] == ["ben"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").first).to_contain_text("1 entry is back.")
    assert [each["name"] for each in api.get("/agents").json()["items"]] == ["ann", "ben"]
