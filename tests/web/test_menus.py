"""Menus on the page: made from a template or JSON, given numbers, found, renamed, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.web.conftest import Site, fits, narrow

HOSTILE = '<img src=x onerror="alert(1)"> {{7*7}}'


def test_a_menu_is_made_from_a_template_and_given_a_number(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/menus")
    page.get_by_role("link", name="New menu").first.click()
    page.get_by_text("Opt-out line").click()
    page.get_by_label("Name").fill("Leave me be")
    page.get_by_role("button", name="Create menu").click()
    expect(page.get_by_role("status").first).to_contain_text("Leave me be has no number yet")
    page.get_by_label("Number", exact=True).fill("(415) 555-9876")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status").first).to_contain_text("Calls to +1 415-555-9876 get this menu")
    (menu,) = api.get("/ivr").json()["items"]
    assert (menu["name"], menu["status"], menu["dids"]) == ("Leave me be", "live", [PAGE_DID])
    assert api.get(f"/ivr/{menu['id']}").json()["nodes"]["dnc"] == {"action": "suppress"}


def test_json_that_is_wrong_is_told_by_its_place_and_kept(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/menus/new")
    page.get_by_text("Or paste a menu as JSON").click()
    typed = '{"name": "x", "nodes": {"a": {"action": "jump"}}}'
    page.get_by_label("JSON", exact=True).fill(typed)
    page.get_by_role("button", name="Create from JSON").click()
    expect(page.get_by_role("alert")).to_contain_text("nodes › a › action")
    expect(page.get_by_label("JSON", exact=True)).to_have_value(typed)
    page.get_by_label("JSON", exact=True).fill(json.dumps(PAGE_TREE))
    page.get_by_role("button", name="Create from JSON").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plumber Qualifier")
    assert len(api.get("/ivr").json()["items"]) == 1


def test_a_taken_number_is_moved_only_when_that_is_said(browser_page: Page, api: httpx.Client) -> None:
    first, second = (api.post("/ivr", json={**PAGE_TREE, "name": name}).json()["id"] for name in ("one", "two"))
    api.post(f"/ivr/{first}/assign", json={"did": PAGE_DID})
    page = browser_page
    page.goto(f"/ui/menus/{second}")
    page.get_by_label("Number", exact=True).fill(PAGE_DID)
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("alert")).to_contain_text("This number belongs to another menu.")
    expect(page.get_by_text("It is a number of one now.")).to_be_visible()
    expect(page.get_by_label("Number", exact=True)).to_have_value(PAGE_DID)
    page.get_by_role("button", name="Move it to this menu").click()
    expect(page.get_by_role("status").first).to_contain_text("get this menu")
    assert api.get(f"/ivr/{second}").json()["dids"] == [PAGE_DID]


def test_menus_are_found_as_one_types(browser_page: Page, api: httpx.Client) -> None:
    for name in ("Plumbers east", "Plumbers west", "Roofers"):
        api.post("/ivr", json={**PAGE_TREE, "name": name})
    page = browser_page
    page.goto("/ui/menus")
    expect(page.locator(".menu-card")).to_have_count(3)
    page.get_by_label("Name or number").press_sequentially("PLUMB")
    expect(page.locator(".menu-card")).to_have_count(2)
    page.get_by_label("Name or number").fill("100%")
    expect(page.get_by_role("heading", name="No menu found")).to_be_visible()


def test_a_hostile_name_is_text_wherever_it_stands(browser_page: Page, api: httpx.Client) -> None:
    ivr_id = api.post("/ivr", json={**PAGE_TREE, "name": HOSTILE}).json()["id"]
    page = browser_page
    for path in ("/ui/menus", f"/ui/menus/{ivr_id}"):
        page.goto(path)
        expect(page.get_by_text(HOSTILE).first).to_be_visible()
        assert page.locator("img[src=x]").count() == 0


def test_a_menu_with_numbers_is_deleted_only_when_that_is_said(browser_page: Page, api: httpx.Client) -> None:
    ivr_id = api.post("/ivr", json=PAGE_TREE).json()["id"]
    api.post(f"/ivr/{ivr_id}/assign", json={"did": PAGE_DID})
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/ui/menus/{ivr_id}")
    page.get_by_text("Rename or delete").click()
    page.get_by_role("button", name="Delete").click()
    assert api.get(f"/ivr/{ivr_id}").status_code == 200
    page.get_by_label("Yes, although numbers are assigned").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Your first menu")).to_be_visible()


def test_menus_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    ivr_id = site.http.post("/ivr", json=PAGE_TREE).json()["id"]
    site.http.post(f"/ivr/{ivr_id}/assign", json={"did": PAGE_DID})
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/menus", "/ui/menus/new", f"/ui/menus/{ivr_id}"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
