"""Opening hours on the page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.web.conftest import Site, fits, narrow


def test_hours_are_made_corrected_and_closed_by_hand(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/hours")
    page.get_by_role("link", name="New hours").first.click()
    page.get_by_label("Name", exact=True).first.fill("office")
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_label("Monday").fill("9-12, 13 to 17")
    page.get_by_label("Country").first.select_option("US")
    page.get_by_label("State or region").first.fill("NY")
    page.get_by_label("Date", exact=True).first.fill("2030-12-24")
    page.get_by_role("button", name="Create hours").click()
    expect(page.get_by_label("Monday")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Date", exact=True).first).to_have_value("2030-12-24")
    page.get_by_label("Monday").fill("9-12, 13-17")
    page.get_by_role("button", name="Create hours").click()
    expect(page.get_by_role("status").first).to_contain_text("These are the hours now")
    page.get_by_label("Columbus Day").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Columbus Day")).not_to_be_checked()
    hours = api.get("/hours/office").json()
    assert hours["week"]["mon"] == ["09:00-12:00", "13:00-17:00"]
    assert hours["holidays"] == [
        {"country": "US", "subdivision": "NY", "observed": True, "skip": ["Columbus Day"]}
    ]
    assert [(each["date"], each["open"]) for each in hours["overrides"]] == [("2030-12-24", [])]
    page.get_by_label("Why").fill("Storm")
    page.get_by_role("button", name="Close now").click()
    expect(page.get_by_text("until further notice.")).to_be_visible()
    assert api.get("/hours/office").json()["closure"]["label"] == "Storm"
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("button", name="Close now")).to_be_visible()
    assert api.get("/hours/office").json()["closure"] is None


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    day = {"date": "2030-12-24", "open": ["09:00-12:00"], "label": "Christmas Eve"}
    week = {"mon": ["09:00-12:00", "13:00-17:30"], "fri": ["20:00-02:00"]}
    office = {"name": "office", "zone": "America/New_York", "week": week, "overrides": [day]}
    site.http.post("/hours", json={**office, "holidays": [{"country": "US"}]}).raise_for_status()
    site.http.post("/hours", json={"name": "night", "zone": "UTC"}).raise_for_status()
    site.http.put("/hours/night/closure", json={"label": "Storm"}).raise_for_status()
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/hours", "/ui/hours/new", "/ui/hours/office", "/ui/hours/night"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
