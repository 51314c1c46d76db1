"""Saving keeps a draft that callers do not hear; publishing makes it what they hear, in one version.

A save takes a while and its answer may be lost: typed text is kept, and nothing conflicts with itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.web.conftest import NARROW, fits, wait_for_one
from tests.web.editing import begin_publishing, publish, save_draft, state_of


@pytest.fixture
def menu(api: httpx.Client) -> str:
    return str(api.post("/ivr", json=PAGE_TREE).raise_for_status().json()["id"])


class Wire:
    """Between the editor and the server: holds the answer of one change back, or loses all."""

    def __init__(self, page: Page, menu: str, tail: str = "") -> None:
        self.page = page
        self.held: list[Route] = []
        self._address = re.compile(rf"/ivr/{menu}/draft{tail}(\?.*)?$")
        page.route(self._address, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == "GET":
            route.fallback()
        else:
            self.held.append(route)

    def wait(self) -> None:
        """Until a change is under way."""
        wait_for_one(self.page, self.held)

    def release(self) -> None:
        self.held.pop().continue_()
        self.page.unroute(self._address)


def lose_all(page: Page, menu: str) -> None:
    """Changes are made, and no answer comes, not even to the question what became of them."""

    def lose(route: Route) -> None:
        if route.request.method != "GET":
            route.fetch()
        route.abort("internetdisconnected")

    page.route(re.compile(rf"/ivr/{menu}(/draft.*|/versions/.*)?$"), lose)


def edit(page: Page, menu: str) -> None:
    page.goto(f"/ui/menus/{menu}/edit")
    page.locator('.react-flow__node[data-id="unqualified"]').click()


def name_of(page: Page, name: str | None = None) -> Any:
    field = page.get_by_label("The menu's name")
    if name is not None:
        field.fill(name)
    return field


def click_save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def draft_of(api: httpx.Client, menu: str) -> dict[str, Any]:
    return dict(api.get(f"/ivr/{menu}/draft").raise_for_status().json())


def test_callers_hear_a_draft_only_once_it_is_published_and_the_editor_says_where(
    browser_page: Page, menu: str, api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    edit(page, menu)
    expect(page.locator(".ed-state-line")).to_contain_text("No number leads here yet. Bind a number")
    api.post(f"/ivr/{menu}/assign", json={"did": PAGE_DID}).raise_for_status()
    page.reload()
    expect(state_of(page)).to_have_text("Live: version 1")
    name_of(page, "Changed")
    page.keyboard.press("Control+s")
    expect(state_of(page)).to_have_text("Draft, not live yet")
    expect(page.locator(".ed-state-line")).to_contain_text("Callers hear version 1.")
    live = api.get(f"/ivr/{menu}").json()
    assert (live["version"], live["name"], draft_of(api, menu)["name"]) == (1, PAGE_TREE["name"], "Changed")
    page.goto("/ui/menus")
    expect(page.get_by_text("has a draft")).to_be_visible()
    edit(page, menu)
    expect(name_of(page)).to_have_value("Changed")
    axe(page)
    publish(page, speak=False)
    line = page.locator(".ed-state-line")
    expect(line).to_contain_text("Published. Live on +1 ")
    expect(line).to_contain_text(re.compile(r"since \d+:\d\d"))
    live = api.get(f"/ivr/{menu}").json()
    assert (live["version"], live["name"], live["draft"]) == (2, "Changed", None)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert fits(page)


def test_a_draft_is_discarded_only_after_a_question(browser_page: Page, menu: str, api: httpx.Client) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "Not for long")
    save_draft(page)
    question = page.get_by_role("dialog", name="Discard the draft?")
    page.get_by_role("button", name="Discard draft").click()
    expect(question.get_by_role("button", name="Keep the draft")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_have_count(0)
    assert draft_of(api, menu)["name"] == "Not for long"
    page.get_by_role("button", name="Discard draft").click()
    question.get_by_role("button", name="Discard it").click()
    expect(name_of(page)).to_have_value(str(PAGE_TREE["name"]))
    assert api.get(f"/ivr/{menu}/draft").status_code == 404
    page.get_by_role("button", name="Undo").click()
    expect(name_of(page)).to_have_value("Not for long")


def test_what_is_typed_while_a_save_runs_stays_and_is_saved_next(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "First")
    wire = Wire(page, menu)
    click_save(page)
    wire.wait()
    text = page.get_by_role("textbox", name="Text", exact=True)
    text.fill("Sorry, not today.")
    name_of(page, "Second")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    wire.release()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_enabled()
    expect(text).to_have_value("Sorry, not today.")
    expect(name_of(page)).to_have_value("Second")
    expect(state_of(page)).to_have_text("Not saved")
    assert draft_of(api, menu)["name"] == "First"
    publish(page, speak=False)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["version"]) == ("Second", 2)
    assert stored["nodes"]["unqualified"]["text"] == "Sorry, not today."


def test_json_that_cannot_be_read_yet_stays_as_it_is_when_a_save_ends(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "First")
    page.get_by_role("tab", name="JSON").click()
    area = page.get_by_label("The menu as JSON")
    wire = Wire(page, menu)
    click_save(page)
    wire.wait()
    half = area.input_value().replace('"First"', '"Half')
    area.fill(half)
    wire.release()
    expect(page.get_by_role("status").filter(has_text="The draft is saved")).to_be_attached()
    assert area.input_value() == half
    area.fill(half.replace('"Half', '"Whole"'))
    save_draft(page)
    assert draft_of(api, menu)["name"] == "Whole"


def test_a_save_whose_answer_was_lost_is_found_and_is_no_conflict(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "First")
    lose_all(page, menu)
    click_save(page)
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    assert draft_of(api, menu)["name"] == "First"
    page.unroute_all()
    # No click: the editor asks again by itself.
    expect(state_of(page)).to_have_text("Draft, not live yet")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert draft_of(api, menu)["revision"] == 1


def test_what_is_typed_after_a_lost_answer_is_saved_on_top_of_it(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "First")
    lose_all(page, menu)
    click_save(page)
    expect(page.get_by_role("alert")).to_be_visible()
    name_of(page, "Second")
    page.unroute_all()
    expect(page.get_by_role("alert")).to_have_count(0)
    save_draft(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert (draft_of(api, menu)["name"], draft_of(api, menu)["revision"]) == ("Second", 2)


def test_a_draft_of_somebody_else_after_a_lost_answer_is_compared_with_what_was_saved(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "First")
    lose_all(page, menu)
    click_save(page)
    expect(page.get_by_role("alert")).to_be_visible()
    name_of(page, "Second")
    theirs = {**PAGE_TREE, "name": "First", "nodes": {**PAGE_TREE["nodes"], "bye": {"action": "hangup"}}}
    api.put(f"/ivr/{menu}/draft", json=theirs).raise_for_status()
    page.unroute_all()
    click_save(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The draft was changed while you were editing")
    expect(dialog).to_contain_text("Added: bye")
    expect(dialog).not_to_contain_text("First")
    dialog.get_by_role("button", name="Merge both").click()
    save_draft(page)
    stored = draft_of(api, menu)
    assert (stored["name"], "bye" in stored["nodes"]) == ("Second", True)


def test_a_publication_whose_answer_was_lost_is_found_and_makes_one_version(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "First")
    save_draft(page)
    lose_all(page, menu)
    begin_publishing(page, speak=False)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    page.unroute_all()
    expect(dialog).to_have_count(0)
    expect(page.locator(".ed-state-line")).to_contain_text("Published.")
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["version"], stored["draft"]) == ("First", 2, None)


def test_a_version_that_somebody_published_meanwhile_is_merged_into_the_draft(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    edit(page, menu)
    name_of(page, "Mine")
    save_draft(page)
    api.patch(f"/ivr/{menu}", json={"nodes": {"bye": {"action": "hangup"}}}).raise_for_status()
    begin_publishing(page, speak=False)
    dialog = page.get_by_role("dialog", name="Version 2 was published while you were editing")
    expect(dialog).to_contain_text("Added: bye")
    dialog.get_by_role("button", name="Merge both").click()
    publish(page, speak=False)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["version"], "bye" in stored["nodes"]) == ("Mine", 3, True)


def test_the_editor_goes_on_by_itself_when_the_browser_is_online_again(
    open_page: Callable[..., Page], menu: str, api: httpx.Client
) -> None:
    page = open_page()
    edit(page, menu)
    name_of(page, "First")
    page.route(re.compile(rf"/ivr/{menu}/draft"), lambda route: _store_and_go_offline(page, route))
    click_save(page)
    expect(page.get_by_role("alert").first).to_contain_text("The server cannot be reached.")
    page.unroute_all()
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    assert draft_of(api, menu)["name"] == "First"


def _store_and_go_offline(page: Page, route: Route) -> None:
    if route.request.method != "PUT":
        route.fallback()
        return
    route.fetch()
    page.context.set_offline(True)
    route.abort("internetdisconnected")
