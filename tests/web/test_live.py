"""Live on the page: calls come, move on and go by themselves; the buttons ask first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.domain.call_records import CallRecord
from ivr.domain.live_calls import LivePhase, encode_live
from ivr.domain.numbers import E164
from ivr.storage.redis.live_calls import LiveWriter
from tests.admin.pages import PAGE_TREE
from tests.admin.running import telling
from tests.web.conftest import fits, narrow

Axe = Callable[[Page], None]


@pytest.fixture
def server(cache: str) -> Iterator[LiveWriter]:
    """What a call server's process tells."""
    with telling(cache) as writer:
        yield writer


def told(
    ivr_id: str,
    call_id: str,
    node: str,
    phase: LivePhase = "asking",
    ani: str = "+14805551234",
    test: bool = False,
) -> dict[str, str]:
    began = datetime.now(UTC) - timedelta(seconds=75)
    record = CallRecord(
        call_id, "unknown", E164("+14155550100"), "", E164(ani), "", began, ivr_id=ivr_id, ivr_version=1, test=test
    )
    return {call_id: encode_live(record, node, phase, int(began.timestamp() * 1000))}


def test_calls_come_move_and_go_without_a_reload(
    browser_page: Page, api: httpx.Client, axe: Axe, server: LiveWriter
) -> None:
    menu = api.post("/ivr", json=PAGE_TREE).json()["id"]
    page = browser_page
    page.goto("/ui/live")
    expect(page.get_by_role("heading", name="No calls just now")).to_be_visible()
    server.tell(told(menu, "call_1", "welcome"), [])
    row = page.get_by_role("row").filter(has_text="+1 480-555-1234")
    expect(row).to_contain_text("Plumber Qualifier, version 1")
    expect(row).to_contain_text("at a question")
    expect(row).to_contain_text("1 min")
    server.tell(told(menu, "call_1", "agent", "bridging"), [])
    expect(row).to_contain_text("ringing an agent")
    expect(row.get_by_role("button", name="Send to")).to_be_hidden()
    axe(page)
    with narrow(page):
        assert fits(page)
    server.tell({}, ["call_1"])
    expect(page.get_by_role("heading", name="No calls just now")).to_be_visible()


def test_a_test_call_is_shown_as_one_and_its_agent_as_simulated(
    browser_page: Page, api: httpx.Client, server: LiveWriter
) -> None:
    menu = api.post("/ivr", json=PAGE_TREE).json()["id"]
    page = browser_page
    page.goto("/ui/live")
    server.tell(told(menu, "call_1", "agent", "talking", test=True), [])
    row = page.get_by_role("row").filter(has_text="+1 480-555-1234")
    expect(row).to_contain_text("with a simulated agent")
    expect(row.get_by_text("test call", exact=True)).to_be_visible()
    server.tell(told(menu, "call_1", "agent", "talking"), [])
    expect(row).to_contain_text("with an agent")
    expect(row.get_by_text("test call", exact=True)).to_be_hidden()


def test_rows_and_buttons_keep_their_places_under_the_pointer(
    browser_page: Page, api: httpx.Client, server: LiveWriter
) -> None:
    menu = api.post("/ivr", json=PAGE_TREE).json()["id"]
    page = browser_page
    page.goto("/ui/live")
    server.tell({**told(menu, "call_1", "welcome"), **told(menu, "call_2", "welcome", ani="+14805551235")}, [])
    first, second = (page.get_by_role("row").filter(has_text=f"+1 480-555-123{digit}") for digit in "45")
    button = first.get_by_role("button", name="Hang up")
    expect(second).to_be_visible()
    button.hover()
    place = button.bounding_box()
    server.tell(told(menu, "call_3", "welcome", ani="+14805551236"), ["call_2"])
    expect(page.get_by_role("row").filter(has_text="+1 480-555-1236")).to_be_visible()
    expect(second).to_contain_text("over")
    expect(second.get_by_role("button", name="Hang up")).to_be_disabled()
    server.tell(told(menu, "call_1", "agent", "bridging"), [])
    expect(first).to_contain_text("ringing an agent")
    assert button.bounding_box() == place
    page.get_by_role("heading", name="Live").hover()
    expect(second).to_have_count(0)
    expect(page.locator("#live-calls tr")).to_have_count(2)


def test_numbers_of_other_countries_are_written_as_there(
    browser_page: Page, api: httpx.Client, server: LiveWriter
) -> None:
    menu = api.post("/ivr", json=PAGE_TREE).json()["id"]
    page = browser_page
    page.goto("/ui/live")
    server.tell(told(menu, "call_1", "welcome", ani="+442079460000"), [])
    server.tell(told(menu, "call_2", "welcome", ani="+49301234567"), [])
    expect(page.get_by_role("row").filter(has_text="+44 20 7946 0000")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="+49 30 1234567")).to_be_visible()
    answer = api.get("/ui/phones", params={"number": ["<b>", "x" * 50, "+999", "+442079460000"]})
    assert answer.status_code in (303, 401, 403), "a key alone is no session"


def test_a_call_is_hung_up_and_sent_elsewhere_only_when_that_was_meant(
    browser_page: Page, api: httpx.Client, axe: Axe, server: LiveWriter
) -> None:
    menu = api.post("/ivr", json=PAGE_TREE).json()["id"]
    server.tell(told(menu, "call_1", "welcome"), [])
    page = browser_page
    page.goto("/ui/live")
    asked: list[str] = []

    def answer(dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", answer)
    page.get_by_role("button", name="Hang up").click()
    # No switch has this call: what the API says of it is shown.
    expect(page.locator("#toast")).to_contain_text("does not know the call")
    assert asked == ["Hang up the call of +1 480-555-1234?"]
    page.get_by_role("button", name="Send to").click()
    page.get_by_label("Node", exact=True).select_option("has_license")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Send to").click()
    with page.expect_response("**/move") as sent:
        page.get_by_role("button", name="Send it there").click()
    assert sent.value.status == 409
    assert [each["action"] for each in api.get("/audit?subject=call_1").json()["items"]] == [
        "call.move",
        "call.hangup",
    ]
