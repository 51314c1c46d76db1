"""Calls that we make and the answers of a survey on the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import httpx
from playwright.sync_api import Page, expect

from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import Site, fits, narrow
from tests.web.sample_outgoing import fill_outgoing, fill_survey

TRUNK = {"name": "carrier", "hosts": ["sip.example.com"], "numbers": ["+14155550100"]}


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None], database: str
) -> None:
    site.http.post("/trunks", json=TRUNK).raise_for_status()
    with closing(PostgresStores(database)) as stores:
        survey = fill_survey(site.http, stores)
        order = fill_outgoing(stores, survey)
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/calls-out", f"/ui/calls-out/{order}", f"/ui/menus/{survey}/answers"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
    expect(page.get_by_role("table", name="Answers to service")).to_be_visible()


def test_a_call_is_ordered_on_the_page_and_cancelled(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    api.post("/trunks", json=TRUNK).raise_for_status()
    menu = {"name": "Reminder", "nodes": {"say": {"action": "hangup", "text": "Your visit is tomorrow."}}}
    api.post("/ivr", json=menu).raise_for_status()
    page.goto("/ui/calls-out")
    form = page.get_by_role("region", name="Order a call")
    form.get_by_label("Number").fill("123")
    form.get_by_label("What the menu is given").fill("call.id = A7")
    form.get_by_role("button", name="Order it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    form.get_by_label("Number").fill("(480) 555-0123")
    form.get_by_role("button", name="Order it").click()
    expect(page.get_by_text("call.id")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status")).to_contain_text("cancelled")
    (order,) = api.get("/calls/outgoing").json()["items"]
    assert (order["to"], order["variables"], order["result"]) == ("+14805550123", {"call.id": "A7"}, "cancelled")
