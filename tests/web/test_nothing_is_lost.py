"""What is typed and not saved survives a crash, a reload, a closed tab and a lost session; secrets are not kept."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Error, Page, expect

from tests.admin.pages import PAGE_TREE
from tests.helpers import wait_until
from tests.web.conftest import Site

KEPT = "Object.entries(localStorage).filter(([key]) => key.startsWith('digitree-')).map((each) => each.join(' '))"


@pytest.fixture
def menu(api: httpx.Client) -> str:
    return str(api.post("/ivr", json=PAGE_TREE).raise_for_status().json()["id"])


def edit(page: Page, menu: str) -> None:
    page.goto(f"/ui/menus/{menu}/edit")
    expect(page.get_by_label("The menu's name")).to_be_visible()


def type_name(page: Page, name: str) -> None:
    page.get_by_label("The menu's name").fill(name)
    wait_until(lambda: name in str(page.evaluate(KEPT)), 20, "it is kept")


def end_session(page: Page, site: Site) -> None:
    """As somebody who logs out in another tab does: the server forgets the session."""
    other = page.context.new_page()
    other.goto("/ui/health")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_label("API key")).to_be_visible()
    other.close()


def log_in(page: Page, site: Site) -> None:
    page.get_by_label("API key").fill(site.key)
    page.get_by_role("button", name="Log in with the key").click()


def test_what_was_typed_is_offered_after_a_crash_and_forgotten_once_it_is_saved(
    browser_page: Page, menu: str, axe: Callable[[Page], None]
) -> None:
    edit(browser_page, menu)
    type_name(browser_page, "Typed before the crash")
    with pytest.raises(Error):
        browser_page.goto("chrome://crash")
    page = browser_page.context.new_page()
    page.goto(f"/ui/menus/{menu}/edit")
    question = page.get_by_role("dialog", name="You have unsaved changes from")
    expect(question).to_be_visible()
    axe(page)
    question.get_by_role("button", name="Go on with them").click()
    expect(page.get_by_label("The menu's name")).to_have_value("Typed before the crash")
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: len(page.evaluate(KEPT)) == 0, 20, "what is kept")
    page.reload()
    expect(page.get_by_label("The menu's name")).to_have_value(str(PAGE_TREE["name"]))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_was_typed_is_put_on_top_of_what_others_saved_since(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    edit(browser_page, menu)
    type_name(browser_page, "Mine")
    browser_page.close()
    change = {"name": "Theirs", "nodes": {"bye": {"action": "hangup"}}}
    api.patch(f"/ivr/{menu}", json=change).raise_for_status()
    context = browser_page.context
    page = context.new_page()
    edit(page, menu)
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("The menu has changed meanwhile")
    expect(question).to_contain_text("You both changed name")
    question.get_by_role("button", name="Go on with them").click()
    expect(page.get_by_label("The menu's name")).to_have_value("Mine")
    expect(page.locator('.react-flow__node[data-id="bye"]')).to_be_attached()


def test_json_that_cannot_be_read_yet_survives_a_reload_and_can_be_discarded(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    edit(page, menu)
    page.get_by_role("tab", name="JSON").click()
    area = page.get_by_label("The menu as JSON")
    area.fill('{"name": "Half')
    wait_until(lambda: "Half" in str(page.evaluate(KEPT)), 20, "it is kept")
    page.reload()
    page.get_by_role("button", name="Go on with them").click()
    expect(area).to_have_value('{"name": "Half')
    wait_until(lambda: len(page.evaluate(KEPT)) == 1, 20, "what is kept")
    page.reload()
    page.get_by_role("button", name="Discard them").click()
    wait_until(lambda: len(page.evaluate(KEPT)) == 0, 20, "what is kept")
    page.reload()
    expect(page.get_by_label("The menu's name")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_lost_session_is_opened_again_beside_the_editor(browser_page: Page, menu: str, site: Site) -> None:
    page = browser_page
    edit(page, menu)
    end_session(page, site)
    type_name(page, "Typed without a session")
    expect(page.get_by_role("alert")).to_contain_text("You are logged out")
    with page.expect_popup() as opened:
        page.get_by_role("alert").get_by_role("link", name="Log in").click()
    log_in(opened.value, site)
    expect(opened.value.get_by_role("button", name="Log out")).to_be_visible()
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("The menu's name")).to_have_value("Typed without a session")


def test_a_browser_that_keeps_nothing_edits_all_the_same(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    edit(page, menu)
    page.get_by_label("The menu's name").fill("Not kept")
    expect(page.get_by_text("Not saved")).to_be_visible()
    assert page.evaluate(KEPT) == []


def test_a_form_survives_a_reload_and_a_lost_session_without_its_secrets(
    browser_page: Page, site: Site, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/agents/new?preset=livekit")
    page.get_by_label("Name", exact=True).fill("night_desk")
    page.get_by_label("Phone number or SIP address 1").fill("sip:desk@192.0.2.10")
    page.get_by_label("User name at address 1").fill("desk")
    page.get_by_label("Password at address 1").fill("a secret word")
    assert "a secret word" not in str(page.evaluate(KEPT))
    end_session(page, site)
    page.reload()
    log_in(page, site)
    offer = page.get_by_role("alert").filter(has_text="You have unsaved changes from")
    expect(offer).to_be_visible()
    axe(page)
    offer.get_by_role("button", name="Go on with them").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("night_desk")
    expect(page.get_by_label("User name at address 1")).to_have_value("desk")
    expect(page.get_by_label("Password at address 1")).to_have_value("")
    page.get_by_label("Phone number or SIP address 1").fill("no address")
    page.get_by_role("button", name="Create agent").click()
    expect(page.get_by_role("alert").first).to_contain_text("correct")
    assert "night_desk" in str(page.evaluate(KEPT))
    page.get_by_label("Phone number or SIP address 1").fill("sip:desk@192.0.2.10")
    page.get_by_role("button", name="Create agent").click()
    expect(page.locator(".flash")).to_contain_text("night_desk")
    wait_until(lambda: len(page.evaluate(KEPT)) == 0, 20, "what is kept")


def test_texts_of_many_prompts_survive_a_reload(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.goto(f"/ui/menus/{menu}/prompts")
    boxes = page.get_by_label("What callers hear")
    boxes.nth(0).fill("The first text.")
    boxes.nth(1).fill("The second text.")
    page.reload()
    page.get_by_role("button", name="Go on with them").click()
    expect(boxes.nth(0)).to_have_value("The first text.")
    expect(boxes.nth(1)).to_have_value("The second text.")
    page.reload()
    page.get_by_role("button", name="Discard them").click()
    page.reload()
    expect(page.get_by_text("You have unsaved changes")).to_have_count(0)
    assert page.evaluate(KEPT) == []
