"""People on the page: added, taken off duty, changed."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.web.conftest import Site, fits, narrow


def test_a_person_is_added_taken_off_duty_and_changed(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/people")
    page.get_by_label("Name", exact=True).fill("ann")
    page.get_by_label("Telephone number or SIP address").fill("+19005551234")
    page.get_by_label("Groups", exact=True).fill("office, emergency")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#f-address-fault")).to_contain_text("a premium-rate number")
    page.get_by_label("Telephone number or SIP address").fill("+14155552671")
    page.get_by_role("button", name="Add").click()
    row = page.get_by_role("row", name="ann")
    expect(row).to_contain_text("on duty")
    row.get_by_role("button", name="Off duty").click()
    expect(page.get_by_role("row", name="ann")).to_contain_text("off duty")
    assert api.get("/people/ann").json()["duty"] == "off"
    page.get_by_role("link", name="ann", exact=True).click()
    page.get_by_label("Place in the groups").fill("3")
    page.get_by_label("On duty", exact=True).select_option("on")
    page.get_by_role("button", name="Save").click()
    found = api.get("/people/ann").json()
    assert (found["place"], found["on_duty"], found["groups"]) == (3, True, ["office", "emergency"])


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/people", "/ui/people?group=office", *(["/ui/people/ann"] if scheme == "dark" else [])):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
        body = {"name": "ann", "address": "sip:ann@192.0.2.20:5060;transport=tcp", "groups": ["office", "emergency"]}
        site.http.post("/people", json=body)
