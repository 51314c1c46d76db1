"""A save takes a while and its answer may be lost: typed text is kept, and no save conflicts with itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.admin.pages import PAGE_TREE
from tests.helpers import wait_until


@pytest.fixture
def menu(api: httpx.Client) -> str:
    return str(api.post("/ivr", json=PAGE_TREE).raise_for_status().json()["id"])


class Wire:
    """Between the editor and the server: holds the answer of one save back, or loses it."""

    def __init__(self, page: Page, menu: str) -> None:
        self.page = page
        self.held: list[Route] = []
        self.losing = False
        self._address = re.compile(rf"/ivr/{menu}$")
        page.route(self._address, self._route)

    def _route(self, route: Route) -> None:
        if route.request.method != "PUT":
            route.fallback()
        elif self.losing:
            route.fetch()
            route.abort("internetdisconnected")
        else:
            self.held.append(route)

    def is_held_after(self, ms: int) -> bool:
        """Playwright hears of requests only while the page waits."""
        self.page.wait_for_timeout(ms)
        return bool(self.held)

    def lose(self) -> None:
        self.losing = True

    def heal(self) -> None:
        self.page.unroute(self._address)

    def release(self) -> None:
        self.held.pop().continue_()


def edit(page: Page, menu: str) -> None:
    page.goto(f"/ui/menus/{menu}/edit")
    page.locator('.react-flow__node[data-id="unqualified"]').click()


def begin_save(page: Page) -> None:
    page.get_by_role("button", name="Save…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").uncheck()
    page.get_by_role("button", name=re.compile("Save as version")).click()


def test_what_is_typed_while_a_save_runs_stays_and_is_saved_next(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    page.get_by_label("The menu's name").fill("First")
    wire = Wire(page, menu)
    begin_save(page)
    wait_until(lambda: wire.is_held_after(20), 20, "the save is under way")
    page.get_by_role("button", name="Continue editing").click()
    text = page.get_by_role("textbox", name="Text", exact=True)
    text.fill("Sorry, not today.")
    page.get_by_label("The menu's name").fill("Second")
    expect(page.get_by_role("button", name="Save…")).to_be_disabled()
    wire.release()
    expect(page.get_by_role("button", name="Save…")).to_be_enabled()
    wire.heal()
    expect(text).to_have_value("Sorry, not today.")
    expect(page.get_by_label("The menu's name")).to_have_value("Second")
    expect(page.get_by_text("Not saved")).to_be_visible()
    assert api.get(f"/ivr/{menu}").json()["name"] == "First"
    begin_save(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["version"]) == ("Second", 3)
    assert stored["nodes"]["unqualified"]["text"] == "Sorry, not today."


def test_json_that_cannot_be_read_yet_stays_as_it_is_when_a_save_ends(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    page.get_by_label("The menu's name").fill("First")
    page.get_by_role("tab", name="JSON").click()
    area = page.get_by_label("The menu as JSON")
    wire = Wire(page, menu)
    begin_save(page)
    wait_until(lambda: wire.is_held_after(20), 20, "the save is under way")
    page.get_by_role("button", name="Continue editing").click()
    half = area.input_value().replace('"First"', '"Half')
    area.fill(half)
    wire.release()
    expect(page.get_by_role("status").filter(has_text="Version 2 is saved")).to_be_attached()
    wire.heal()
    assert area.input_value() == half
    area.fill(half.replace('"Half', '"Whole"'))
    begin_save(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert api.get(f"/ivr/{menu}").json()["name"] == "Whole"


def test_a_save_whose_answer_was_lost_is_found_and_is_no_conflict(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    with page.expect_response(re.compile("/check")):
        page.get_by_label("The menu's name").fill("First")
    wire = Wire(page, menu)
    wire.lose()
    # Not even the question what became of it is answered.
    page.route(re.compile(rf"/ivr/{menu}(/versions/.*)?$"), lambda route: _only_saves(route))
    begin_save(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    assert api.get(f"/ivr/{menu}").json()["version"] == 2
    page.unroute_all()
    # No click: the editor asks again by itself, so a button might be gone before it is reached.
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="Save…")).to_be_disabled()
    assert api.get(f"/ivr/{menu}").json()["version"] == 2


def _only_saves(route: Route) -> None:
    if route.request.method == "GET":
        route.abort("internetdisconnected")
    else:
        route.fallback()


def test_what_is_typed_after_a_lost_answer_is_saved_on_top_of_it(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    page.get_by_label("The menu's name").fill("First")
    wire = Wire(page, menu)
    wire.lose()
    page.route(re.compile(rf"/ivr/{menu}(/versions/.*)?$"), lambda route: _only_saves(route))
    begin_save(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("button", name="Continue editing").click()
    page.get_by_label("The menu's name").fill("Second")
    page.unroute_all()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_role("alert")).to_have_count(0)
    begin_save(page)
    expect(dialog).to_have_count(0)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["version"]) == ("Second", 3)


def test_a_save_of_somebody_else_after_a_lost_answer_is_compared_with_what_was_saved(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    page.get_by_label("The menu's name").fill("First")
    wire = Wire(page, menu)
    wire.lose()
    page.route(re.compile(rf"/ivr/{menu}(/versions/.*)?$"), lambda route: _only_saves(route))
    begin_save(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("button", name="Continue editing").click()
    page.get_by_label("The menu's name").fill("Second")
    api.patch(f"/ivr/{menu}", json={"nodes": {"bye": {"action": "hangup"}}}).raise_for_status()
    page.unroute_all()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_role("alert")).to_contain_text("Version 3 was saved by somebody else")
    page.get_by_role("button", name="See what they changed").click()
    expect(dialog).to_contain_text("Added: bye")
    expect(dialog).not_to_contain_text("First")
    dialog.get_by_role("button", name="Merge both").click()
    begin_save(page)
    expect(dialog).to_have_count(0)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["version"], "bye" in stored["nodes"]) == ("Second", 4, True)


def test_the_editor_goes_on_by_itself_when_the_browser_is_online_again(
    open_page: Callable[..., Page], menu: str, api: httpx.Client
) -> None:
    page = open_page()
    edit(page, menu)
    page.get_by_label("The menu's name").fill("First")
    page.route(re.compile(rf"/ivr/{menu}$"), lambda route: _store_and_go_offline(page, route))
    begin_save(page)
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("The server cannot be reached.")
    page.unroute_all()
    page.context.set_offline(False)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="Save…")).to_be_disabled()
    assert api.get(f"/ivr/{menu}").json()["version"] == 2


def _store_and_go_offline(page: Page, route: Route) -> None:
    if route.request.method != "PUT":
        route.fallback()
        return
    route.fetch()
    page.context.set_offline(True)
    route.abort("internetdisconnected")
