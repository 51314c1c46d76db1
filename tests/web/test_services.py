"""Services on the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import httpx
from playwright.sync_api import Page, expect

from ivr.storage.postgres.database import Database
from tests.left_notices import give_up, leave
from tests.service_stub import answer, serving
from tests.web.conftest import Site, fits, narrow


def test_a_service_is_made_and_tried(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    with serving(answer({"known": True})) as stub:
        page.goto("/ui/services")
        page.get_by_role("link", name="New service").first.click()
        page.get_by_label("Name", exact=True).fill("crm")
        page.get_by_label("Address").fill(stub.url)
        page.get_by_label("Headers").fill("Authorization: Bearer 7")
        page.get_by_role("button", name="Create service").click()
        expect(page.get_by_role("alert")).to_contain_text("leads into a private network")
        page.get_by_label("It may be inside a private network").check()
        page.get_by_role("button", name="Create service").click()
        expect(page.locator("#secret")).to_contain_text("whsec_")
        page.get_by_label("What is sent").fill("caller: +14155550100")
        page.get_by_role("button", name="Ask once").click()
        expect(page.get_by_role("status").first).to_contain_text("HTTP 200")
        expect(page.get_by_text('{"known": true}')).to_be_visible()
        assert stub.got[0].headers["authorization"] == "Bearer 7"
    assert api.get("/services/crm").json()["headers"] == ["Authorization"]


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    crm = {"name": "crm", "url": "https://crm.example.com/callers/of/a/shop?with=a&long=query", "cache_s": 0}
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/services", "/ui/services/new", "/ui/services/crm"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
        site.http.post("/services", json={**crm, "headers": {"Authorization": "x", "X-Shop": "7"}})


def test_notices_that_were_given_up_are_sent_again(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None], database: str
) -> None:
    site.http.post("/services", json={"name": "crm", "url": "https://crm.example.com/"}).raise_for_status()
    with closing(Database(database)) as pool:
        leave(pool, ("msg_1", "crm"), ("msg_2", "crm"), ("msg_3", "crm"))
        give_up(pool)
    for scheme in ("dark", "light"):
        page = open_page(scheme=scheme)
        page.goto("/ui/services/crm?state=dead")
        axe(page)
        with narrow(page):
            assert fits(page)
    page.get_by_role("row", name="call_1").get_by_role("button", name="Send again").click()
    expect(page.get_by_role("row", name="call_1")).to_contain_text("waiting")
    page.get_by_role("button", name="Send all that were given up again").click()
    expect(page.get_by_text("2 notices will be sent again.")).to_be_visible()
    found = site.http.get("/services/crm/notices").json()["items"]
    assert [each["state"] for each in found] == ["waiting"] * 3
