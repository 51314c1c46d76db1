"""The dashboard: a day's calls beside last week's, calls now without a reload, alerts, and the first steps that tick
themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, new_id
from ivr.domain.menu.starters import find_starter
from ivr.domain.numbers import E164
from ivr.storage.postgres.stores import PostgresStores
from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.helpers import wait_until
from tests.web.conftest import Site, fits, narrow
from tests.web.sample_data import live_calls

MINUTE = timedelta(minutes=1)
_HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def stores(database: str, site: Site) -> Iterator[PostgresStores]:
    opened = PostgresStores(database)
    yield opened
    opened.close()


def a_call(ivr_id: str, began: datetime, outcome: Outcome, seconds: int, talk_s: int = 0, **more: Any) -> CallRecord:
    """A call that pressed one key; with an agent for `talk_s`."""
    number = E164("+14805550123")
    agent = [AgentAttempt("sip:a@b", "answered", None, talk_s * 1000)] if talk_s else []
    return replace(
        CallRecord(
            new_id("call"), new_id("channel"), number, number, number, number, began, ivr_id, 1,
            ended_at=began + timedelta(seconds=seconds), duration_ms=seconds * 1000, outcome=outcome,
            path=[Step("welcome", 1, "key", "1", 0, 1000)], agent=agent,
        ),
        **more,
    )  # fmt: skip


def figure(page: Page, name: str) -> str:
    """The value and the hint of a figure."""
    return page.locator(".figures .stat").filter(has_text=name).inner_text()


def test_today_stands_beside_the_same_day_last_week_until_the_same_time(
    open_page: Callable[..., Page], site: Site, stores: PostgresStores
) -> None:
    ivr_id = site.http.post("/ivr", json=PAGE_TREE).json()["id"]
    now = datetime.now(UTC)
    # A zone where it is about noon, so that no day ends while this runs.
    page = open_page(timezone_id=f"Etc/GMT{now.hour - 12:+d}")
    week_ago = now - timedelta(days=7)
    calls = [
        a_call(ivr_id, now - 9 * MINUTE, Outcome.HUNG_UP, 300),
        a_call(ivr_id, now - 8 * MINUTE, Outcome.OPTED_OUT, 60),
        a_call(ivr_id, now - 7 * MINUTE, Outcome.TRANSFERRED, 120, talk_s=60),
        a_call(ivr_id, now - 6 * MINUTE, Outcome.AGENT_UNAVAILABLE, 30),
        a_call(ivr_id, now - 5 * MINUTE, Outcome.TRANSFERRED, 30, talk_s=5, test=True),
        a_call(ivr_id, week_ago - 9 * MINUTE, Outcome.HUNG_UP, 60),
        a_call(ivr_id, week_ago + 20 * MINUTE, Outcome.OPTED_OUT, 60),
    ]
    for call in calls:
        stores.calls.ended(call)
    page.goto("/ui/login")
    page.goto("/ui/dashboard")
    assert figure(page, "Calls today").split("\n")[-2:] == ["4", "1 a week ago"]
    assert figure(page, "Qualified").split("\n")[-2:] == ["50%", "0% a week ago"]
    assert figure(page, "Opt-outs").split("\n")[-2:] == ["1", "0 a week ago"]
    # Six minutes in the menu without an agent, at ten cents less 0.8.
    saved = figure(page, "Money saved").split("\n")
    assert saved[-2].startswith("$0.55")
    assert saved[-1].startswith("$0.09")
    expect(page.locator("#tip-saved")).to_contain_text("6.0 minutes")
    expect(page.locator("#tip-saved")).to_contain_text("at $0.10 a minute for an agent less $0.008 for the menu")


def test_calls_now_and_ended_calls_show_without_a_reload(
    browser_page: Page, site: Site, stores: PostgresStores, cache: str, axe: Callable[[Page], None]
) -> None:
    starter = find_starter("qualifier")
    assert starter is not None
    ivr_id = site.http.post("/ivr", json=starter.document("Desert Plumbing")).json()["id"]
    menu = site.http.post(f"/ivr/{ivr_id}/assign", json={"did": PAGE_DID}).json()
    page = browser_page
    page.goto("/ui/dashboard")
    expect(page.locator("#live-now")).to_have_text("0")
    page.evaluate("window.notReloaded = true")
    with live_calls(cache, [menu] * 3):
        expect(page.locator("#live-now")).to_have_text("7")
        stores.calls.ended(a_call(menu["id"], datetime.now(UTC) - MINUTE, Outcome.HUNG_UP, 20))
    expect(page.locator("#live-now")).to_have_text("0")
    expect(page.locator("#last li")).to_have_count(1)
    assert page.evaluate("window.notReloaded")
    # While nobody looks, nothing is asked for; whoever comes back sees how it is now.
    with live_calls(cache, [menu] * 3):
        expect(page.locator("#live-now")).to_have_text("7")
        page.evaluate(_HIDDEN, True)
    wait_until(lambda: not site.http.get("/calls/live").json()["items"], 20, "the calls are over")
    expect(page.locator("#live-now")).to_have_text("7")
    page.evaluate(_HIDDEN, False)
    expect(page.locator("#live-now")).to_have_text("0")
    expect(page.locator(".alerts")).to_contain_text("Voices")
    axe(page)
    with narrow(page):
        assert fits(page)
    # An explanation opens by the keyboard and is closed by Escape.
    mark = page.get_by_role("button", name="Explanation").first
    mark.focus()
    expect(page.get_by_role("tooltip").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip").first).to_be_hidden()


def test_the_first_steps_tick_themselves_and_are_gone_when_all_are_done(
    browser_page: Page, site: Site, stores: PostgresStores, api: httpx.Client
) -> None:
    page = browser_page
    page.goto("/ui/")
    steps = page.locator(".first-steps li")
    expect(steps).to_have_count(6)
    expect(page.locator(".first-steps li.done")).to_have_count(0)
    menu = api.post("/ivr", json=PAGE_TREE).json()["id"]
    # A number that belongs to nobody does not count.
    api.post(f"/ivr/{menu}/assign", json={"did": "+14155550100"}).raise_for_status()
    api.post("/agents", json={"name": "sales", "targets": [{"uri": "sip:sales@192.0.2.20"}]}).raise_for_status()
    page.reload()
    done = {each.locator("a").inner_text() for each in page.locator(".first-steps li.done").all()}
    assert done == {"Make a menu", "Let callers opt out", "Name an agent"}
    page.get_by_role("link", name="Assign your number").click()
    expect(page).to_have_url(f"{site.url}/ui/numbers")
    api.post(f"/ivr/{menu}/assign", json={"did": "+16502530000"}).raise_for_status()
    stores.calls.ended(a_call(menu, datetime.now(UTC), Outcome.HUNG_UP, 5, test=True))
    with stores.database.transaction() as connection:
        connection.execute(
            "insert into prompt (ivr_id, audio, file, source, duration_ms, cost_usd, created_at)"
            " values (%s, 'welcome.wav', 'x.wav', 'upload', 1, 0, now())",
            (menu,),
        )
    page.goto("/ui/dashboard")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(steps).to_have_count(0)


def test_the_first_steps_are_put_away_for_one_person_alone(
    open_page: Callable[..., Page], site: Site
) -> None:
    page, other = open_page(), open_page(key=site.new_key("read"))
    page.goto("/ui/dashboard")
    page.get_by_role("button", name="Do not show this again").click()
    expect(page.get_by_text("The first steps are put away.")).to_be_visible()
    expect(page.locator(".first-steps")).to_have_count(0)
    page.goto("/ui/dashboard")
    expect(page.locator(".first-steps")).to_have_count(0)
    other.goto("/ui/dashboard")
    expect(other.locator(".first-steps li")).to_have_count(6)
    # Who may not see calls sees none of their figures, and no chart is loaded.
    expect(other.locator(".figures")).to_have_count(0)
    assert "uplot" not in other.content()


def test_no_chart_is_loaded_where_none_stands(browser_page: Page, site: Site, stores: PostgresStores) -> None:
    page = browser_page
    for path in ("/ui/money", "/ui/menus"):
        page.goto(path)
        assert "uplot" not in page.content(), path
    ivr_id = site.http.post("/ivr", json=PAGE_TREE).json()["id"]
    stores.calls.ended(a_call(ivr_id, datetime.now(UTC) - MINUTE, Outcome.HUNG_UP, 20))
    page.goto("/ui/money")
    expect(page.locator(".plot canvas")).to_have_count(2)
