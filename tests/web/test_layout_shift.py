"""Nothing jumps from under a finger: pages with data and pages that change by themselves keep their layout.

All other pages: tests/web/test_every_page_stays.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from ivr.domain.call_records import Outcome
from ivr.domain.menu.starters import find_starter
from ivr.storage.postgres.stores import PostgresStores
from tests.admin.pages import PAGE_DID
from tests.web.conftest import NARROW, WIDE, Site
from tests.web.sample_data import LIVE, live_calls
from tests.web.shifts import MOST, shifts_of, wait_until_quiet, watch_shifts
from tests.web.test_dashboard import a_call


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_dashboard_editor_and_live_stay_where_they_are_while_they_load_and_change(
    open_page: Callable[..., Page], site: Site, database: str, cache: str, size: dict[str, int]
) -> None:
    starter = find_starter("qualifier")
    assert starter is not None
    ivr_id = site.http.post("/ivr", json=starter.document("Desert Plumbing")).json()["id"]
    menu = site.http.post(f"/ivr/{ivr_id}/assign", json={"did": PAGE_DID}).json()
    stores, now = PostgresStores(database), datetime.now(UTC)
    page = open_page(size=size)
    watch_shifts(page.context)
    try:
        for ago in (2, 3, 7 * 24 * 60 + 5):
            stores.calls.ended(a_call(ivr_id, now - timedelta(minutes=ago), Outcome.HUNG_UP, 60))
        page.goto(f"/ui/menus/{ivr_id}/edit")
        expect(page.locator(".menu-node").first).to_be_visible()
        _stays(page)
        with live_calls(cache, [menu] * 3):
            page.goto("/ui/dashboard")
            expect(page.locator("#live-now")).to_have_text(str(LIVE))
            expect(page.locator(".alerts li").first).to_be_visible()
            _stays(page)
            stores.calls.ended(a_call(ivr_id, now, Outcome.OPTED_OUT, 2))
            page.evaluate("htmx.trigger('#figures', 'refresh')")
            expect(page.locator("#last li")).to_have_count(4)
            _stays(page)
            page.goto("/ui/live")
            expect(page.locator("#live-calls tr")).to_have_count(LIVE)
            _stays(page)
        expect(page.locator("#live-calls tr")).to_have_count(0)
        _stays(page)
    finally:
        stores.close()


def _stays(page: Page) -> None:
    wait_until_quiet(page)
    found = shifts_of(page)
    assert found.total <= MOST, f"{page.url}: {found.total:.3f}\n" + "\n".join(found.what)
