"""The menu editor: drawn, wired, undone, written as JSON, saved; and nobody overwrites anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.helpers import wait_until
from tests.web.conftest import NARROW, Site, fits
from tests.web.editing import publish

HOSTILE = "<img src=x onerror=alert(1)>\"'"
NUMBERED = {
    "name": "In this order",
    "nodes": {
        "20": {"gather": {"9": "end", "1": "3"}, "timeout_node": "20"},
        "3": {"action": "hangup"},
        "end": {"action": "suppress"},
    },
}


@pytest.fixture
def make(api: httpx.Client) -> Callable[..., str]:
    """A new menu's id."""

    def create(tree: Any = PAGE_TREE) -> str:
        return str(api.post("/ivr", json=tree).raise_for_status().json()["id"])

    return create


def edit(page: Page, menu: str) -> None:
    page.goto(f"/ui/menus/{menu}/edit")
    expect(page.locator(".react-flow__node").first).to_be_visible()
    # Until then the graph moves into sight.
    expect(page.locator(".digitree-graph[data-shown]")).to_be_visible()


def node(page: Page, name: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{name}"]')


def drag(page: Page, start: Locator, end: Locator) -> None:
    a, b = start.bounding_box(), end.bounding_box()
    assert a
    assert b
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
    page.mouse.down()
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=8)
    page.mouse.up()


def text_of(page: Page) -> dict[str, Any]:
    page.get_by_role("tab", name="JSON").click()
    return dict(json.loads(page.get_by_label("The menu as JSON").input_value()))


def test_a_key_is_wired_by_dragging_and_a_save_shows_first_what_changes_and_for_whom(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    menu, page = make(), browser_page
    api.post(f"/ivr/{menu}/assign", json={"did": PAGE_DID}).raise_for_status()
    edit(page, menu)
    drag(page, node(page, "welcome").locator('[data-handleid="gather/+"]'), node(page, "dnc").locator(".target"))
    expect(node(page, "welcome").locator(".mn-row", has_text="2")).to_contain_text("dnc")
    node(page, "unqualified").click()
    page.get_by_label("Text", exact=True).fill("Sorry. Press 3.")
    page.get_by_label("The menu's name").fill("Plumbers")
    page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nodes: 0 added, 2 changed, 0 removed.")
    expect(dialog).to_contain_text("The next call to +1 415-555-9876 hears it.")
    expect(dialog).to_contain_text("key 2: dnc")
    expect(dialog).to_contain_text("name: Plumber Qualifier → Plumbers")
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Publish as version 2").click()
    expect(dialog).to_have_count(0)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["version"], stored["name"]) == (2, "Plumbers")
    assert stored["nodes"]["welcome"]["gather"] == {"1": "has_license", "9": "dnc", "2": "dnc"}
    assert list(json.loads(json.dumps(stored["nodes"]))) == list(PAGE_TREE["nodes"])
    expect(node(page, "unqualified").locator(".mn-tag.warning")).to_be_visible()
    page.get_by_role("tab", name=re.compile("Warnings")).click()
    expect(page.get_by_role("tabpanel")).to_contain_text("says to press 3")


def test_buttons_and_fields_stay_where_they_are_when_there_is_something_to_tell(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    edit(page, make())
    node(page, "unqualified").click()
    add = page.get_by_role("button", name="Arrange")
    text = page.get_by_role("textbox", name="Text", exact=True)
    pane = page.get_by_role("tab", name="JSON")
    places = [each.bounding_box() for each in (add, text, pane)]
    text.fill("Press 3.")
    expect(page.get_by_role("tabpanel").get_by_text("says to press 3")).to_be_visible()
    expect(page.get_by_text("Not saved")).to_be_visible()
    assert [each.bounding_box() for each in (add, text, pane)] == places
    pane.click()
    area = page.get_by_label("The menu as JSON")
    place = area.bounding_box()
    area.press_sequentially("x")
    expect(page.get_by_text("The JSON has an error")).to_be_visible()
    assert [add.bounding_box(), pane.bounding_box(), area.bounding_box()] == [places[0], places[2], place]


def test_what_was_done_is_undone_and_done_again(browser_page: Page, make: Callable[..., str]) -> None:
    page = browser_page
    edit(page, make())
    page.get_by_label("Add a node").select_option(label="Hang up")
    expect(node(page, "goodbye")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("farewell")
    page.keyboard.press("Enter")
    expect(node(page, "farewell")).to_be_visible()
    node(page, "farewell").click()
    page.keyboard.press("Control+z")
    expect(node(page, "goodbye")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(node(page, "goodbye")).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Shift+z")
    expect(node(page, "farewell")).to_be_visible()


def test_it_works_by_keyboard_and_a_new_name_is_followed(browser_page: Page, make: Callable[..., str]) -> None:
    page = browser_page
    edit(page, make())
    node(page, "welcome").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".react-flow__node:focus")).to_have_attribute("data-id", re.compile("has_license|dnc"))
    node(page, "dnc").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(node(page, "dnc")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("out")
    page.keyboard.press("Enter")
    expect(node(page, "out")).to_be_visible()
    expect(node(page, "welcome").locator(".mn-row", has_text="9")).to_contain_text("out")
    node(page, "welcome").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Key 2 leads to", exact=True).select_option("unqualified")
    expect(page.get_by_role("button", name="Remove key 2")).to_be_visible()
    node(page, "out").focus()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Remove it").click()
    nodes = text_of(page)["nodes"]
    assert "out" not in nodes
    assert nodes["welcome"]["gather"] == {"1": "has_license", "2": "unqualified"}


def test_every_way_out_follows_a_new_name_and_goes_with_its_node(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    page = browser_page
    nodes = {
        "ask": {"gather": {"1": "sales"}},
        "sales": {"action": "transfer", "fallback_node": "bye", "on_agent_hangup": "bye"},
        "note": {"text": "Thank you.", "next": "bye"},
        "bye": {"action": "hangup"},
    }
    menu = make({"name": "Ways", "nodes": nodes})
    edit(page, menu)
    expect(node(page, "sales").locator(".mn-row", has_text="after the talk")).to_contain_text("bye")
    node(page, "bye").click()
    page.get_by_label("Name", exact=True).fill("farewell")
    page.keyboard.press("Enter")
    expect(node(page, "farewell")).to_be_visible()
    changed = text_of(page)["nodes"]
    assert changed["sales"] == {"action": "transfer", "fallback_node": "farewell", "on_agent_hangup": "farewell"}
    assert changed["note"]["next"] == "farewell"
    page.get_by_role("tab", name="Node").click()
    page.get_by_role("button", name="Remove this node").click()
    page.get_by_role("button", name="Remove it").click()
    changed = text_of(page)["nodes"]
    assert changed["sales"] == {"action": "transfer"}
    assert changed["note"]["next"] == "", "it has no kind without it"
    page.get_by_role("tab", name="Node").click()
    node(page, "note").click()
    page.get_by_label("Then", exact=True).select_option("ask")
    node(page, "sales").click()
    page.get_by_label("After the agent has hung up").select_option("ask")
    publish(page, speak=False)
    stored = api.get(f"/ivr/{menu}").json()["nodes"]
    assert (stored["note"]["next"], stored["sales"]["on_agent_hangup"]) == ("ask", "ask")


def test_a_way_out_for_each_result_of_an_agent_is_added_drawn_and_removed(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    page = browser_page
    nodes = {
        "sales": {"action": "transfer", "on_agent_hangup": "bye"},
        "ask": {"gather": {"1": "bye"}},
        "bye": {"action": "hangup"},
    }
    menu = make({"name": "Results", "nodes": nodes})
    edit(page, menu)
    node(page, "sales").click()
    page.get_by_label("A result of the agent").fill("booked")
    page.get_by_label("booked leads to").select_option("ask")
    assert text_of(page)["nodes"]["sales"]["on_agent_hangup"] == {"*": "bye", "booked": "ask"}
    rows = node(page, "sales").locator(".mn-row")
    expect(rows.filter(has_text="after the talk: booked")).to_contain_text("ask")
    expect(rows.filter(has_text="after the talk: any other")).to_contain_text("bye")
    publish(page)
    stored = api.get(f"/ivr/{menu}").json()["nodes"]["sales"]
    assert stored["on_agent_hangup"] == {"*": "bye", "booked": "ask"}
    page.get_by_role("tab", name="Node").click()
    page.get_by_role("button", name="Remove after the talk: booked").click()
    assert text_of(page)["nodes"]["sales"]["on_agent_hangup"] == "bye"


def test_a_node_of_a_kind_that_the_editor_does_not_know_is_shown_as_such_and_left_alone(
    browser_page: Page, make: Callable[..., str], axe: Callable[[Page], None]
) -> None:
    page = browser_page
    edit(page, make(NUMBERED))
    page.get_by_role("tab", name="JSON").click()
    area = page.get_by_label("The menu as JSON")
    strange = '"3": { "action": "fly", "to": "20", "up": 7 }'
    area.fill(area.input_value().replace('"3": { "action": "hangup" }', strange))
    expect(node(page, "3").locator(".menu-node.unknown")).to_contain_text("Unknown kind")
    expect(node(page, "3").locator(".mn-row")).to_have_count(0)
    node(page, "3").click()
    page.get_by_role("tab", name="Node").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("does not know what this node does")
    expect(page.get_by_role("combobox", name="Kind", exact=True)).to_be_disabled()
    axe(page)
    node(page, "20").click()
    page.get_by_label("Name", exact=True).fill("ask")
    page.keyboard.press("Enter")
    expect(node(page, "ask")).to_be_visible()
    assert text_of(page)["nodes"]["3"] == {"action": "fly", "to": "20", "up": 7}


def test_json_and_graph_are_the_same_menu_in_the_authors_order(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    menu, page = make(NUMBERED), browser_page
    edit(page, menu)
    page.get_by_role("tab", name="JSON").click()
    area = page.get_by_label("The menu as JSON")
    text = area.input_value()
    assert list(json.loads(text)["nodes"]) == ["20", "3", "end"]
    assert '"gather": { "9": "end", "1": "3" }' in text
    text = text.replace('"9": "end"', '"9": "end", "0": "7"')
    area.fill(text.replace('"3": {', '"7": { "action": "transfer" },\n    "3": {'))
    expect(node(page, "7")).to_be_visible()
    publish(page)
    stored = api.get(f"/ivr/{menu}").text
    assert list(json.loads(stored)["nodes"]) == ["20", "7", "3", "end"]
    assert '"gather":{"9":"end","0":"7","1":"3"}' in stored.replace(" ", "")
    node(page, "3").click()
    page.get_by_role("tab", name="Node").click()
    page.get_by_label("Name", exact=True).fill("4")
    page.keyboard.press("Enter")
    assert list(text_of(page)["nodes"]) == ["20", "7", "4", "end"]


def test_faults_of_the_json_stand_at_their_line_and_what_was_typed_stays(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    edit(page, make(NUMBERED))
    page.get_by_role("tab", name="JSON").click()
    area = page.get_by_label("The menu as JSON")
    whole = area.input_value()
    broken = whole.replace('"3": { "action": "hangup" },', '"3": { "action": "hangup" }')
    area.fill(broken)
    pane = page.get_by_role("tabpanel")
    expect(pane.locator("li.fault")).to_contain_text("Line 9")
    expect(pane.locator("li.fault")).to_contain_text("a comma or } is expected here")
    page.get_by_role("tab", name="Node").click()
    expect(page.get_by_label("Add a node")).to_be_disabled()
    page.get_by_role("tab", name="JSON").click()
    assert area.input_value() == broken
    area.fill(whole.replace("hangup", "explode"))
    expect(pane.locator("li.fault")).to_contain_text("/nodes/3/action")
    expect(pane.locator("li.fault")).to_contain_text("Line 8")
    expect(node(page, "3").locator(".mn-tag.fault")).to_be_visible()
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("an action is one of")


def test_the_second_of_two_editors_is_told_and_both_changes_live(
    open_page: Callable[..., Page], make: Callable[..., str], api: httpx.Client
) -> None:
    menu = make()
    one, two = open_page(), open_page()
    for page in (one, two):
        edit(page, menu)
    node(one, "unqualified").click()
    one.get_by_label("Text", exact=True).fill("Sorry.")
    one.get_by_role("button", name="Publish…").click()
    one.get_by_role("dialog").get_by_role("checkbox").uncheck()
    one.get_by_role("button", name="Publish as version 2").click()
    expect(one.get_by_role("dialog")).to_have_count(0)
    two.get_by_label("The menu's name").fill("Second")
    expect(two.get_by_role("alert")).to_contain_text("Version 2 was published by somebody else")
    two.get_by_role("button", name="Publish…").click()
    two.get_by_role("button", name=re.compile("Publish as version")).click()
    dialog = two.get_by_role("dialog")
    expect(dialog).to_contain_text("Version 2 was published while you were editing")
    expect(dialog).to_contain_text("text: Sorry.")
    assert api.get(f"/ivr/{menu}").json()["name"] == "Plumber Qualifier"
    dialog.get_by_role("button", name="Merge both").click()
    two.get_by_role("button", name="Publish…").click()
    two.get_by_role("dialog").get_by_role("checkbox").uncheck()
    two.get_by_role("button", name="Publish as version 3").click()
    expect(dialog).to_have_count(0)
    stored = api.get(f"/ivr/{menu}").json()
    assert (stored["name"], stored["nodes"]["unqualified"]["text"]) == ("Second", "Sorry.")


def test_leaving_with_something_unsaved_is_asked_about(browser_page: Page, make: Callable[..., str]) -> None:
    page = browser_page
    edit(page, make())
    page.get_by_label("The menu's name").fill("Half done")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto("/ui/health")
    assert asked == ["beforeunload"]


def test_who_may_only_read_can_look_and_not_save(
    open_page: Callable[..., Page], make: Callable[..., str], site: Site
) -> None:
    page = open_page(key=site.new_key("read"))
    edit(page, make())
    node(page, "welcome").click()
    expect(page.get_by_label("Text", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Publish…")).to_be_disabled()


def test_what_others_wrote_is_shown_as_text(browser_page: Page, make: Callable[..., str]) -> None:
    page = browser_page
    nodes = {"ask": {"text": HOSTILE, "gather": {"1": "end"}}, "end": {"action": "hangup", "text": HOSTILE}}
    menu = make({"name": HOSTILE, "nodes": nodes})
    edit(page, menu)
    expect(node(page, "ask")).to_contain_text(HOSTILE)
    for tail in ("prompts", "versions", "versions/1"):
        page.goto(f"/ui/menus/{menu}/{tail}")
        expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0


def test_the_pages_of_a_menu_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], make: Callable[..., str], axe: Callable[[Page], None]
) -> None:
    menu = make()
    for scheme, size in (("light", None), ("dark", NARROW)):
        page = open_page(scheme=scheme, size=size)
        edit(page, menu)
        for tab in ("JSON", re.compile("Warnings"), "Node"):
            page.get_by_role("tab", name=tab).click()
            axe(page)
        assert fits(page)
        # On a telephone the panel lies over the rest.
        page.keyboard.press("Escape")
        page.get_by_label("The menu's name").fill("Other")
        page.get_by_role("button", name="Publish…").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        axe(page)
        page.get_by_role("button", name="Continue editing").click()
        page.on("dialog", lambda dialog: dialog.accept())
        for tail in ("prompts", "versions", "versions/1"):
            page.goto(f"/ui/menus/{menu}/{tail}")
            axe(page)
            assert fits(page), tail


def test_a_version_is_returned_to_and_a_page_that_is_old_returns_to_nothing(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    menu, page = make(), browser_page
    api.patch(f"/ivr/{menu}", json={"name": "Two", "nodes": {"dnc": None}})
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/ui/menus/{menu}/versions")
    expect(page.locator("#version-2")).to_contain_text("Node dnc")
    expect(page.locator("#version-2").get_by_role("link")).to_have_text(re.compile("^[A-Z].*[Dd]nc|^Renamed"))
    api.patch(f"/ivr/{menu}", json={"name": "Three"})
    page.locator("#version-1").get_by_role("button", name="Restore this version").click()
    expect(page.get_by_role("alert")).to_contain_text("Version 3 was saved since")
    page.locator("#version-1").get_by_role("link").click()
    expect(page.locator(".react-flow__node")).to_have_count(7)
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_role("status").first).to_contain_text("Version 1 was restored as version 4.")
    assert "dnc" in api.get(f"/ivr/{menu}").json()["nodes"]


def test_of_200_nodes_only_the_one_that_is_dragged_is_drawn_again(
    browser_page: Page, make: Callable[..., str]
) -> None:
    nodes: dict[str, Any] = {}
    for count in range(160):
        further = {str(key): f"n{count * 3 + key}" for key in (1, 2, 3) if count * 3 + key < 160}
        nodes[f"n{count}"] = {"text": f"Press 1, 2 or 3. {count}", "gather": {**further, "9": f"e{count % 40}"}}
    nodes |= {f"e{count}": {"action": "hangup"} for count in range(40)}
    page = browser_page
    edit(page, make({"name": "Two hundred", "nodes": nodes}))
    expect(page.locator("#tab-notes")).to_contain_text("(")
    box = node(page, "n0").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 15)
    page.mouse.down()
    page.evaluate("""() => {
        window.changed = new Set()
        new MutationObserver((all) => {
            for (const { target } of all) {
                const node = target.closest?.(".react-flow__node")
                if (node) window.changed.add(node.dataset.id)
            }
        }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    }""")
    for step in range(60):
        page.mouse.move(box["x"] + 40 + step * 3, box["y"] + 15 + step * 2)
    page.mouse.up()
    wait_until(lambda: node(page, "n0").bounding_box()["x"] > box["x"] + 100, 20, "it is where it was dragged to")
    changed = page.evaluate("[...window.changed]")
    assert changed == ["n0"], "no other node is drawn again"


THINKING = {
    "name": "Thinks",
    "nodes": {
        "who": {"switch": "caller", "case": {"+1480*": "ask", "anonymous": "bye"}, "default": "ask"},
        "ask": {"gather": {"1": "bye", "XXXXX": "bye"}, "text": "Enter your zip code.", "max_visits": 2,
                "over_node": "bye"},
        "bye": {"action": "hangup"},
    },
}  # fmt: skip


def test_a_switch_entries_variables_and_limits_are_drawn_and_changed(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    menu, page = make(THINKING), browser_page
    edit(page, menu)
    expect(node(page, "who")).to_contain_text("if +1480*")
    expect(node(page, "who")).to_contain_text("otherwise")
    expect(node(page, "ask")).to_contain_text("key XXXXX")
    expect(node(page, "ask")).to_contain_text("too often")
    node(page, "who").click()
    page.get_by_label("Depends on").fill("hours:office")
    page.get_by_label("Another case").fill("open")
    page.get_by_label("if open: leads to").select_option("ask")
    page.get_by_role("button", name="Remove if anonymous").click()
    page.get_by_text("Variables and limits").click()
    page.get_by_label("Another variable").fill("line")
    page.get_by_role("button", name="Add line").click()
    page.get_by_label("Value of line").fill("7")
    node(page, "ask").click()
    page.get_by_label("An entry of several keys").fill("X{6,16}")
    page.get_by_label("Key X{6,16} leads to").select_option("bye")
    page.get_by_role("button", name="Limit silences separately").click()
    page.get_by_label("Attempts: silences").fill("2")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Keep what was keyed as").fill("zip")
    page.get_by_label("What was keyed is secret").check()
    page.get_by_label("After the last silence").select_option("bye")
    publish(page, speak=False)
    nodes = api.get(f"/ivr/{menu}").json()["nodes"]
    assert nodes["who"] == {
        "switch": "hours:office", "case": {"+1480*": "ask", "open": "ask"}, "default": "ask", "set": {"line": 7},
    }  # fmt: skip
    assert list(nodes["ask"]["gather"]) == ["1", "XXXXX", "X{6,16}"]
    kept = {name: nodes["ask"][name] for name in ("max_attempts", "save", "secret", "no_input_node", "over_node")}
    assert kept == {
        "max_attempts": {"no_input": 2, "no_match": 3}, "save": "zip", "secret": True, "no_input_node": "bye",
        "over_node": "bye",
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_forms_of_thinking_nodes_fit_a_narrow_screen_and_can_be_read(
    open_page: Callable[..., Page], make: Callable[..., str], axe: Callable[[Page], None], scheme: str
) -> None:
    page = open_page(scheme=scheme, size=NARROW)
    edit(page, make(THINKING))
    for name in ("who", "ask"):
        node(page, name).click()
        expect(page.get_by_text("Variables and limits")).to_be_visible()
        assert fits(page)
        axe(page)
        page.keyboard.press("Escape")


def test_prompts_are_written_per_language_and_in_parts_each_of_which_can_be_spoken(
    browser_page: Page, make: Callable[..., str], api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    page, menu = browser_page, make()
    edit(page, menu)
    node(page, "welcome").click()
    page.get_by_label("Text", exact=True).fill("Welcome. Press 9 to opt out.")
    page.get_by_label("Another language").select_option("Spanish")
    tabs = page.get_by_role("group", name="Language of the texts")
    spanish = tabs.get_by_role("button", name=re.compile("Spanish"))
    expect(spanish).to_contain_text("words missing")
    spanish.click()
    expect(page.get_by_label("Text: Spanish")).to_have_value("")
    page.get_by_label("Text: Spanish").fill("Bienvenidos.")
    expect(spanish).to_contain_text("not spoken")
    expect(node(page, "welcome")).to_contain_text("Bienvenidos.")
    page.get_by_role("button", name="Add a part").first.click()
    page.get_by_label("Text: Spanish, part 2").fill("Oprima 1.")
    expect(page.get_by_role("note", name="Will be said")).to_contain_text("Oprima uno.")
    axe(page)
    page.get_by_role("button", name="Publish…").click()
    page.get_by_role("dialog").get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Publish as version 2").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    stored = api.get(f"/ivr/{menu}").json()
    assert stored["languages"] == ["en", "es"]
    welcome = stored["nodes"]["welcome"]["text"]
    assert welcome == {"en": "Welcome. Press 9 to opt out.", "es": ["Bienvenidos.", "Oprima 1."]}
    expect(page.get_by_role("button", name="Speak: Spanish, part 2")).to_be_enabled()
    tabs.get_by_role("button", name=re.compile("English")).click()
    expect(page.get_by_label("Text: English")).to_have_value("Welcome. Press 9 to opt out.")


def test_a_language_names_the_nodes_that_lack_words_in_it_and_leads_to_them(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    nodes = {"ask": {"text": {"en": "Press 1.", "es": "Oprima 1."}, "gather": {"1": "bye"}},
             "bye": {"text": "Goodbye.", "action": "hangup"}}  # fmt: skip
    edit(page, make({"name": "Two", "languages": ["en", "es"], "nodes": nodes}))
    menu_languages = page.get_by_role("group", name="Languages of the menu")
    menu_languages.get_by_role("button", name="bye").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("bye")
    page.get_by_label("Text: Spanish").fill("Adiós.")
    node(page, "ask").click()
    expect(page.get_by_label("Text: Spanish")).to_have_value("Oprima 1.")
    expect(menu_languages.get_by_role("button", name="bye")).to_have_count(0)
    page.get_by_role("button", name="Move Spanish up").click()
    assert text_of(page)["languages"] == ["es", "en"]


def test_the_keys_of_a_question_for_the_language_are_chosen_among_those_of_the_menu(
    browser_page: Page, make: Callable[..., str]
) -> None:
    page = browser_page
    nodes = {"language": {"action": "ask_language", "next": "bye"}, "bye": {"action": "hangup"}}
    edit(page, make({"name": "Two", "languages": ["en", "es"], "nodes": nodes}))
    page.get_by_role("tabpanel").locator("summary", has_text="More").click()
    page.get_by_label("Offer a language").select_option("Spanish")
    page.get_by_label("Offer a language").select_option("English")
    expect(page.get_by_label("Offer a language")).to_have_count(0)
    page.get_by_label("Key for English").select_option("9")
    assert text_of(page)["nodes"]["language"]["keys"] == {"1": "es", "9": "en"}
    page.get_by_role("tab", name="Node").click()
    keys = page.get_by_role("group", name="Language of each key")
    keys.get_by_role("button", name="Move English up").click()
    keys.get_by_role("button", name="Remove Spanish").click()
    assert text_of(page)["nodes"]["language"]["keys"] == {"9": "en"}
