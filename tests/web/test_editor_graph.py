"""The editor's graph: where new nodes come, what is asked before one goes, kept places, and how it looks and is used
on small and large screens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.admin.pages import PAGE_TREE
from tests.helpers import wait_until
from tests.web.conftest import NARROW, fits
from tests.web.test_editor import drag, edit, node, text_of

MENUS = Path(__file__).parents[1] / "menus"
LAPTOP = {"width": 1280, "height": 800}
USED = {
    "name": "Used",
    "nodes": {
        "main": {"text": "Press 1 or 2.", "gather": {"1": "sales", "2": "closed"}},
        "sales": {"action": "transfer", "fallback_node": "closed"},
        "closed": {"action": "hangup"},
        "alone": {"action": "hangup"},
    },
}
# Of elements that moved while nobody clicked or typed, and of those that moved since.
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) window.shifted += each.value;
  }).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture
def make(api: httpx.Client) -> Callable[..., str]:
    """A new menu's id."""

    def create(tree: Any = PAGE_TREE) -> str:
        return str(api.post("/ivr", json=tree).raise_for_status().json()["id"])

    return create


def real(name: str) -> Any:
    """One of the menus that people really run."""
    return json.loads((MENUS / f"{name}.json").read_text())["menu"]


def box(found: Locator) -> tuple[float, float, float, float]:
    place = found.bounding_box()
    assert place
    return place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"]


def overlap(one: Locator, other: Locator) -> bool:
    a, b = box(one), box(other)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_a_new_node_comes_beside_the_selected_one_in_view_and_takes_the_focus_in_three_keys(
    open_page: Callable[..., Page], make: Callable[..., str]
) -> None:
    page = open_page(size=LAPTOP)
    edit(page, make(real("m05")))
    node(page, "find").click()
    node(page, "find").focus()
    keys = ["+", "h", "Enter"]
    for key in keys:
        page.keyboard.press(key)
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("goodbye")
    expect(node(page, "goodbye")).to_be_in_viewport(ratio=1)
    right_of, new = box(node(page, "find")), box(node(page, "goodbye"))
    assert 0 < new[0] - right_of[2] < 150
    assert abs(new[1] - right_of[1]) < 500
    others = [each for each in page.locator(".react-flow__node").all() if each.get_attribute("data-id") != "goodbye"]
    assert [each.get_attribute("data-id") for each in others if overlap(each, node(page, "goodbye"))] == []
    assert len(keys) <= 3


def test_a_used_node_is_deleted_only_after_showing_who_leads_there_and_the_wires_may_lead_elsewhere(
    browser_page: Page, make: Callable[..., str], axe: Callable[[Page], None]
) -> None:
    page = browser_page
    edit(page, make(USED))
    node(page, "closed").focus()
    page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog", name="Remove closed?")
    expect(dialog).to_contain_text("main, key 2")
    expect(dialog).to_contain_text("sales, no agent")
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(node(page, "closed")).to_be_visible()
    node(page, "closed").focus()
    page.keyboard.press("Delete")
    dialog.get_by_label("From now on it leads to").select_option("alone")
    dialog.get_by_role("button", name="Remove it").click()
    expect(node(page, "closed")).to_have_count(0)
    expect(node(page, "main").locator(".mn-row", has_text="2")).to_contain_text("alone")
    page.keyboard.press("Control+z")
    expect(node(page, "main").locator(".mn-row", has_text="2")).to_contain_text("closed")
    # Nothing leads to this one.
    node(page, "alone").focus()
    page.keyboard.press("Delete")
    expect(node(page, "alone")).to_have_count(0)
    expect(page.get_by_text("alone was removed.")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("alone was removed.")).to_have_count(0)
    expect(node(page, "alone")).to_be_visible()


def test_dragged_places_are_kept_for_all_undone_and_laid_out_again_and_make_no_version(
    open_page: Callable[..., Page], make: Callable[..., str], api: httpx.Client
) -> None:
    menu, page = make(), open_page()
    edit(page, menu)
    before = box(node(page, "dnc"))
    with page.expect_response(lambda answer: answer.url.endswith("/places")):
        page.mouse.move(before[0] + 60, before[1] + 12)
        page.mouse.down()
        # Not so far that the graph itself moves along, which it does near its edge.
        page.mouse.move(before[0] + 100, before[1] + 122, steps=6)
        page.mouse.up()
    moved = box(node(page, "dnc"))
    assert moved[1] - before[1] > 80
    kept = api.get(f"/ivr/{menu}/places").json()["places"]
    assert kept.keys() == PAGE_TREE["nodes"].keys()
    other = open_page()
    edit(other, menu)
    gap = box(node(other, "dnc"))[1] - box(node(other, "welcome"))[1]
    scale = (moved[3] - moved[1]) / (box(node(other, "dnc"))[3] - box(node(other, "dnc"))[1])
    assert abs(gap * scale - (moved[1] - box(node(page, "welcome"))[1])) < 3
    other.goto(f"/ui/menus/{menu}/call")
    x, y = kept["dnc"].values()
    expect(node(other, "dnc")).to_have_attribute("style", re.compile(re.escape(f"translate({x}px, {y}px)")))
    with page.expect_response(lambda answer: answer.url.endswith("/places")):
        page.keyboard.press("Control+z")
    assert [round(each) for each in box(node(page, "dnc"))] == [round(each) for each in before]
    with page.expect_response(lambda answer: answer.url.endswith("/places")):
        page.keyboard.press("Control+Shift+z")
    assert api.get(f"/ivr/{menu}/places").json()["places"] == kept
    with page.expect_response(lambda answer: answer.url.endswith("/places")):
        page.get_by_role("button", name="Arrange").click()
    assert api.get(f"/ivr/{menu}/places").json()["places"] == {}
    with page.expect_response(lambda answer: answer.url.endswith("/places")):
        page.keyboard.press("Control+z")
    assert api.get(f"/ivr/{menu}/places").json()["places"] == kept
    assert api.get(f"/ivr/{menu}").json()["version"] == 1


def test_a_node_is_called_by_any_words_and_its_id_is_made_of_them(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    page = browser_page
    menu = make(USED)
    edit(page, menu)
    node(page, "main").click()
    page.get_by_label("Key 3 leads to", exact=True).select_option(label="New: Question")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    name.fill("Is it a leak?")
    page.keyboard.press("Enter")
    expect(node(page, "is_it_a_leak").locator(".mn-name")).to_have_text("Is it a leak?")
    expect(node(page, "main").locator(".mn-row", has_text="3")).to_contain_text("Is it a leak?")
    node(page, "sales").click()
    name.fill("Our sales desk")
    page.keyboard.press("Enter")
    expect(node(page, "sales").locator(".mn-name")).to_have_text("Our sales desk")
    expect(page.get_by_text("In the JSON and in reports it is sales.")).to_be_visible()
    nodes = text_of(page)["nodes"]
    assert (nodes["is_it_a_leak"]["label"], nodes["sales"]["label"]) == ("Is it a leak?", "Our sales desk")
    assert nodes["main"]["gather"] == {"1": "sales", "2": "closed", "3": "is_it_a_leak"}


@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_toolbar_is_one_line_at_1280_and_the_graph_has_most_of_the_room(
    locale: str, open_page: Callable[..., Page], make: Callable[..., str]
) -> None:
    page = open_page(size=LAPTOP, locale=locale)
    tree = {**real("m05"), "languages": ["en", "es"], "name": "The long name of a shop with two languages " * 4}
    edit(page, make(tree))
    tops = page.locator(".ed-top > *").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect()).map((box) => (box.top + box.bottom) / 2)"
    )
    assert max(tops) - min(tops) < 4
    cut = page.locator(".ed-top > *").evaluate_all(
        "all => all.filter((each) => each.tagName === 'BUTTON' && each.scrollWidth > each.clientWidth + 1).length"
    )
    assert cut == 0
    width, height = page.locator(".ed-stage").evaluate("each => [each.clientWidth, each.clientHeight]")
    beside = page.locator(".side").first.evaluate("each => each.clientWidth")
    assert width * height > 0.45 * (LAPTOP["width"] - beside) * LAPTOP["height"]
    assert fits(page)


def test_nothing_shifts_while_a_node_is_edited_and_warnings_come_and_go(
    open_page: Callable[..., Page], make: Callable[..., str]
) -> None:
    page = open_page(size=LAPTOP)
    page.add_init_script(SHIFTS)
    edit(page, make())
    node(page, "unqualified").click()
    # A shift within half a second of a click counts as meant: these are of typing and of the answers to it.
    page.evaluate("window.shifted = 0")
    text = page.get_by_role("textbox", name="Text", exact=True)
    for words in ("Press 3.", "Sorry.", "Press 4 and 5, {who}.", "Goodbye."):
        with page.expect_response(lambda answer: "/check" in answer.url):
            text.fill(words)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.get_by_label("Name", exact=True).fill("a name that is far too long " * 2)
    page.get_by_label("Name", exact=True).fill("dnc")
    expect(page.get_by_text("there is a node of this name")).to_be_visible()
    assert page.evaluate("window.shifted") <= 0.02


def test_on_a_phone_the_panel_is_a_sheet_over_the_graph_and_a_swipe_drags_no_node(
    open_page: Callable[..., Page], make: Callable[..., str], axe: Callable[[Page], None]
) -> None:
    page = open_page(size=NARROW, has_touch=True, is_mobile=True)
    edit(page, make())
    assert fits(page)
    sheet, stage = page.locator(".ed-side"), page.locator(".ed-stage")
    assert box(sheet)[1] > NARROW["height"] - 100, "only its grip and tabs are seen"
    graph = box(stage)
    place = page.evaluate("document.querySelector('.react-flow__viewport').style.transform")
    session = page.context.new_cdp_session(page)
    start = box(node(page, "welcome"))
    x, y = start[0] + 40, max(start[1] + 20, graph[1] + 20)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        at = {"x": x - 8 * step, "y": y}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".react-flow__viewport")).not_to_have_attribute("style", re.compile(re.escape(place)))
    assert not page.get_by_role("button", name="Undo").is_enabled(), "no node was dragged"
    zoom = "Number(/scale\\(([^)]*)/.exec(document.querySelector('.react-flow__viewport').style.transform)[1])"
    before = page.evaluate(zoom)
    y = graph[1] + 200
    for kind, apart in [("touchStart", 20), *(("touchMove", 20 + 10 * step) for step in range(1, 7))]:
        two = [{"x": 180 - apart, "y": y, "id": 1}, {"x": 180 + apart, "y": y, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": two})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until(lambda: page.evaluate(zoom) > before * 1.5, 20, "two fingers zoom")
    page.locator(".react-flow__controls-fitview").tap()
    wait_until(lambda: page.evaluate(zoom) <= before, 20, "the whole menu is seen")
    node(page, "welcome").tap()
    expect(page.get_by_role("dialog", name="Beside the graph")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_in_viewport()
    axe(page)
    grip = page.get_by_role("button", name="Close the panel")
    expect(grip).to_be_focused()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('.ed-side') !== null")
    page.keyboard.press("Tab")
    expect(grip).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(node(page, "welcome")).to_be_focused()
    page.get_by_role("button", name="Open the panel").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator(".ed-behind").tap(position={"x": 20, "y": 20})
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert fits(page)


def test_a_wire_is_drawn_round_a_card_that_is_dragged_into_its_way(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    edit(page, make())
    before = page.locator(".react-flow__edge-path").evaluate_all("all => all.map((each) => each.getAttribute('d'))")
    head = node(page, "dnc").locator(".mn-head")
    drag(page, head, node(page, "unqualified").locator(".mn-words"))
    after = page.locator(".react-flow__edge-path").evaluate_all("all => all.map((each) => each.getAttribute('d'))")
    assert before != after
