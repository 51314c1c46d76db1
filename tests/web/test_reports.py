"""Calls, Funnel and Money on the page: found by what is known of a call, drawn from the same numbers as the API's."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from ivr.domain.call_records import CallRecord, Outcome
from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.postgres.stores import PostgresStores
from tests.domain.call_stories import DAY, story
from tests.web.conftest import Site, fits, narrow

TREE = {
    "name": "Roofer line",
    "nodes": {
        "welcome": {"audio": "w.wav", "gather": {"1": "license", "2": "area", "9": "dnc"}, "timeout_node": "welcome"},
        "license": {"gather": {"1": "area", "2": "bye", "3": "welcome"}},
        "area": {"gather": {"1": "agent", "2": "bye"}},
        "agent": {"action": "transfer"},
        "bye": {"action": "hangup"},
        "dnc": {"action": "suppress"},
    },
}


@pytest.fixture
def told(database: str, site: Site) -> list[CallRecord]:
    """400 calls of one menu over the last five days."""
    menu = site.http.post("/ivr", json=TREE).json()["id"]
    later = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - DAY - timedelta(days=5)
    chance = random.Random(3)
    records = []
    for number in range(400):
        record = story(number, chance)
        ended = record.ended_at + later if record.ended_at else None
        records.append(
            replace(
                record, started_at=record.started_at + later, ended_at=ended, ivr_version=1,
                ivr_id=record.ivr_id and menu, hung_up_by="caller", dtmf_type="rfc2833",
                verstat="passed_a",
            )
        )  # fmt: skip
    stores = PostgresStores(database)
    try:
        with stores.database.transaction(budget_s=30) as connection:
            write_calls(connection, [(each, "w") for each in records])
    finally:
        stores.close()
    return records


def test_calls_are_found_by_caller_number_menu_outcome_and_time(browser_page: Page, told: list[CallRecord]) -> None:
    wanted = next(each for each in told if each.outcome is Outcome.TRANSFERRED)
    page = browser_page
    page.goto("/ui/calls")
    expect(page.locator("tbody tr")).to_have_count(50)
    pager = page.get_by_role("navigation", name="Pages of this list")
    pager.get_by_role("link", name="Next").click()
    expect(pager).to_contain_text("51–100 of 400")
    pager.get_by_role("link", name="Previous").click()
    expect(pager).to_contain_text("1–50 of 400")
    page.goto("/ui/calls")
    page.get_by_label("Number or menu").fill(f"{wanted.ani[2:5]} {wanted.ani[5:]}" if wanted.ani else "")
    page.get_by_label("Outcome").select_option("transferred")
    page.get_by_label("Menu", exact=True).select_option(label="Roofer line")
    page.get_by_role("button", name="Search").click()
    found = page.locator("tbody tr")
    expect(found.first).to_contain_text("transferred")
    same = [each for each in told if each.ani == wanted.ani and each.outcome is Outcome.TRANSFERRED]
    expect(found).to_have_count(len(same))
    page.goto("/ui/calls?until=2001-01-01T00:00")
    expect(page.get_by_role("heading", name="No call found")).to_be_visible()
    page.goto("/ui/calls?ani=nonsense")
    expect(page.get_by_role("alert")).to_contain_text("Caller: ")
    expect(page.get_by_role("main")).not_to_contain_text("/query")
    expect(page.get_by_label("Caller")).to_have_attribute("aria-invalid", "true")


def test_days_are_chosen_by_words_or_by_the_calendar_and_a_filter_is_kept_under_a_name(
    browser_page: Page, told: list[CallRecord], axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/calls")
    zone = ZoneInfo(page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone"))
    days = Counter(each.started_at.astimezone(zone).date() for each in told)
    day, calls = days.most_common(1)[0]
    page.get_by_label("Days").select_option(label="from … to …")
    page.get_by_label("From").fill(day.isoformat())
    page.get_by_label("To", exact=True).fill(day.isoformat())
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text(f"{calls} call", exact=False).first).to_be_visible()
    page.goto("/ui/calls?days=between&from=2026-03-09&to=2026-03-08")
    expect(page.get_by_role("alert")).to_contain_text("the last day is before the first")
    page.goto("/ui/calls")
    page.get_by_label("Days").select_option("today")
    page.get_by_label("Outcome").select_option("caller_hung_up")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Save this filter").click()
    page.get_by_label("Name", exact=True).fill("Missed today")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/ui/calls")
    saved = page.get_by_role("navigation", name="Saved filters")
    saved.get_by_role("link", name="Missed today").click()
    expect(page.get_by_label("Days")).to_have_value("today")
    expect(page.get_by_label("Outcome")).to_have_value("caller_hung_up")
    expect(saved.get_by_role("link")).to_have_attribute("aria-current", "true")
    axe(page)
    page.get_by_text("Save this filter").click()
    page.get_by_label("Name of Missed today").fill("Hung up today")
    page.get_by_role("button", name="Rename").click()
    expect(saved.get_by_role("link")).to_have_text("Hung up today")
    page.locator(".keep summary").click()
    page.get_by_role("button", name="Delete").click()
    expect(saved).to_have_count(0)


def test_the_list_of_calls_fits_its_page_and_a_call_is_found_by_four_digits_with_two_clicks(
    browser_page: Page, told: list[CallRecord], axe: Callable[[Page], None]
) -> None:
    wanted = next(each for each in told if each.ani)
    page = browser_page
    page.goto("/ui/menus")
    page.get_by_role("searchbox", name="Search everything").click()
    page.keyboard.type((wanted.ani or "")[-4:])
    page.keyboard.press("Enter")
    page.get_by_role("main").locator('a[href^="/ui/calls/call_"]').first.click()
    expect(page).to_have_url(re.compile("/ui/calls/call_"))
    page.goto("/ui/calls")
    table = page.get_by_role("region", name="Calls")
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
    axe(page)
    with narrow(page):
        assert fits(page)
        assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
        expect(table.get_by_role("link", name="Roofer line").first).to_be_visible()


def test_a_call_shows_its_way_what_was_heard_and_who_hung_up(
    browser_page: Page, told: list[CallRecord], axe: Callable[[Page], None]
) -> None:
    wanted = next(each for each in told if each.outcome is Outcome.TRANSFERRED and each.ivr_id)
    page = browser_page
    page.goto(f"/ui/calls/{wanted.call_id}")
    expect(page.get_by_text("the caller", exact=False).first).to_be_visible()
    expect(page.locator("dl.facts")).to_contain_text("verified: theirs to use (A) as the carrier says")
    expect(page.locator("svg.tree .trace")).to_have_count(1)
    first = wanted.path[0]
    lit = page.locator(".menu-node.on-path").filter(has_text=first.node).first
    expect(lit).to_contain_text(" after ")
    expect(page.locator(".menu-node.on-path")).to_have_count(len({each.node for each in wanted.path}))
    rows = page.get_by_role("region", name="Heard and pressed").locator("tbody tr")
    expect(rows).to_have_count(len(wanted.path))
    expect(page.get_by_role("region", name="Agents tried")).to_contain_text("sip:a@b")
    axe(page)
    with narrow(page):
        assert fits(page)
        for table in page.locator(".table").all():
            assert table.evaluate("each => each.scrollWidth <= each.clientWidth"), "a column is cut"


def overlapping(texts: Locator) -> list[tuple[str, str]]:
    """The pairs of these texts that cover each other."""
    boxes = texts.evaluate_all(
        """all => all.map((each) => {
            const { left, right, top, bottom } = each.getBoundingClientRect();
            return [each.textContent, left, right, top, bottom];
        })"""
    )
    return [
        (one[0], other[0])
        for one, other in combinations(boxes, 2)
        if one[1] < other[2] and other[1] < one[2] and one[3] + 2 < other[4] and other[3] + 2 < one[4]
    ]


def test_a_funnel_draws_the_numbers_of_its_table(
    browser_page: Page, told: list[CallRecord], api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/funnel")
    menu = api.get("/ivr").json()["items"][0]["id"]
    found = api.get(f"/ivr/{menu}/funnel").json()
    welcome = found["nodes"][0]
    row = page.get_by_role("region", name="Nodes").locator("tbody tr").first
    expect(row).to_contain_text(f"{welcome['entered']:,}")
    expect(page.locator("svg.sankey rect.bar.node")).to_have_count(len(found["nodes"]))
    license = next(each for each in found["nodes"] if each["node"] == "license")
    back = sum(each["count"] for each in license["onward"] if each["node"] in ("welcome", "license"))
    label = page.locator("svg.sankey text").filter(has_text="license")
    expect(label).to_contain_text(f"↩ {back}" if back else "license")
    assert not overlapping(page.locator("svg.sankey text"))
    axe(page)
    with narrow(page):
        assert fits(page)
    named = {**api.get(f"/ivr/{menu}").json()["nodes"]["license"], "label": "Has a license?"}
    api.patch(f"/ivr/{menu}", json={"nodes": {"license": named}}).raise_for_status()
    page.goto("/ui/funnel")
    expect(page.locator("svg.sankey text").filter(has_text="Has a license?")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Has a license?")).to_be_visible()
    page.goto(f"/ui/menus/{menu}/funnel?from=2001-01-01&to=2001-01-02")
    expect(page.get_by_role("heading", name="No calls in this period")).to_be_visible()


def _said(row: list[str]) -> str:
    """The values of a row of the table as a chart reads them out."""
    return ", ".join(f"{name} {text}" for name, text in zip(("menu", "agent", "speech"), row[1:], strict=True))


def test_money_shows_what_was_spent_and_saved(
    browser_page: Page, told: list[CallRecord], api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/money")
    total = api.get("/usage").json()["total"]
    expect(page.get_by_text(f"{total['deflected_calls']} calls ended in the menu, without an agent")).to_be_visible()
    expect(page.locator(".plot canvas")).to_have_count(2)
    # By arrow keys, the table and the file a chart says the same as the API.
    dollars = page.get_by_role("slider", name="Dollars by day")
    dollars.press("End")
    dollars.press("ArrowLeft")
    expect(page.locator("figure", has=dollars).locator(".plot-read")).to_contain_text("menu $")
    day = api.get("/usage", params={"group": "day"}).json()["items"][-1]
    rows = page.locator("figure", has=dollars).locator("tbody tr")
    page.locator("figure", has=dollars).get_by_text("As a table").click()
    shown = [each.inner_text().split("\t") for each in rows.all()]
    spent = next(row for row in reversed(shown) if row[2] != "$0.00")
    assert spent[2].startswith(f"${Decimal(day['agent_usd']):.2f}"), (spent, day)
    expect(dollars).to_have_attribute("aria-valuetext", ": ".join([shown[-2][0], _said(shown[-2])]))
    with page.expect_download() as download:
        page.locator("figure", has=dollars).get_by_role("button", name="Save as CSV").click()
    lines = download.value.path().read_text().split()
    assert lines[0] == ",menu,agent,speech"
    assert len(lines) == 1 + len(shown)
    with page.expect_download() as download:
        page.locator("figure", has=dollars).get_by_role("button", name="Save as picture").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("usage-")
    with narrow(page):
        assert fits(page)
    page.goto("/ui/money?from=nonsense")
    expect(page.get_by_role("alert")).to_be_visible()


def test_report_pages_need_the_scope_of_calls(open_page: Callable[..., Page], site: Site, database: str) -> None:
    page = open_page(key=site.new_key("read"))
    for path in ("/ui/calls", "/ui/funnel", "/ui/money"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from call_record").fetchone() == (0,)
