"""Lists of numbers on the page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import FilePayload, Page, expect

from tests.web.conftest import Site, fits, narrow


def test_a_file_is_imported_on_the_page_of_its_list(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/lists")
    page.get_by_label("Name", exact=True).fill("blocked")
    page.get_by_role("button", name="Create list").click()
    text = b"Phone;note\n480 555 1234;Ann\n12;Bob\n"
    page.get_by_label("CSV or Excel workbook").set_input_files(
        FilePayload(name="people.csv", mimeType="text/csv", buffer=text)
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#outcome")).to_contain_text("Put on the list: 1. Changed: 0. Lines left out: 1.")
    expect(page.locator("#outcome")).to_contain_text("Line 3: 12 has 2 digits")
    assert [each["note"] for each in api.get("/lists/blocked/numbers").json()["items"]] == ["Ann"]
    page.reload()
    page.get_by_role("button", name="Take off").click()
    expect(page.get_by_role("heading", name="Nobody is on it")).to_be_visible()
    page.get_by_label("CSV or Excel workbook").set_input_files(
        FilePayload(name="none.csv", mimeType="text/csv", buffer=b"Phone\n12\n")
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#outcome")).to_contain_text("1 bad line; nothing was imported")


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    site.http.post("/lists", json={"name": "blocked"}).raise_for_status()
    body = {"numbers": ["+14805551234", "+442079460018"], "days": 30, "note": "threatened the receptionist twice"}
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/lists", "/ui/lists/blocked", "/ui/lists/blocked?number=480+555+1234"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
        site.http.post("/lists/blocked/numbers", json=body).raise_for_status()
