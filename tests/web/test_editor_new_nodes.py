"""What an author meets in the first minutes: the name of a new node, what it lacks, cards that grow, unsaved work."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import NARROW
from tests.web.editing import publish, state_of
from tests.web.test_editor import edit, node
from tests.web.test_editor_graph import LAPTOP, USED, box, overlap

ADD_A_KEY = {"en": "Add a key and say where it leads.", "es": "Agregue una tecla e indique a dónde lleva."}
NEW_QUESTION = {"en": "Question", "es": "Pregunta"}
KEYS = {"en": "Another key", "es": "Otra tecla"}
PUBLISH = {"en": "Publish…", "es": "Publicar…"}
LONG = {
    "name": "Long",
    "nodes": {
        **{f"step{n}": {"text": "On.", "gather": {"1": f"step{n + 1}"}} for n in range(12)},
        "step12": {"action": "hangup"},
    },
}


@pytest.fixture
def menu(api: httpx.Client) -> str:
    return str(api.post("/ivr", json=USED).raise_for_status().json()["id"])


# What is typed right after a choice goes where the focus is then.
CHOSEN = """async (select) => {
  select.value = [...select.options].find((option) => option.text === "Hang up").value;
  select.dispatchEvent(new Event("change", {bubbles: true}));
  await new Promise((done) => queueMicrotask(() => queueMicrotask(done)));
  return document.activeElement.closest(".ed-pane") !== null && getSelection().toString() !== "";
}"""


def add(page: Page, label: str) -> None:
    page.locator(".ed-add").select_option(label=label)
    expect(page.locator(".ed-pane input").first).to_be_focused()


def note_of(page: Page) -> Locator:
    return page.get_by_role("tabpanel").locator(".ed-notes li")


@pytest.mark.parametrize("locale", ["en", "es"])
def test_what_a_new_question_lacks_is_a_quiet_hint_below_the_fields_until_somebody_leaves_it(
    locale: str, open_page: Callable[..., Page], menu: str
) -> None:
    page = open_page(size={"width": 1280, "height": 657}, locale=locale)
    edit(page, menu)
    with page.expect_response(lambda answer: "/check" in answer.url and answer.status == 422):
        add(page, NEW_QUESTION[locale])
    expect(note_of(page)).to_have_text(ADD_A_KEY[locale])
    expect(note_of(page)).to_have_class("quiet")
    expect(page.locator(".mn-tag.fault")).to_have_count(0)
    fields = page.locator(".ed-scroll")
    assert box(fields)[3] <= box(page.locator(".ed-below"))[1]
    page.get_by_label(KEYS[locale], exact=True).focus()
    expect(note_of(page)).to_have_class("quiet")
    page.locator(".ed-pane input").first.focus()
    expect(note_of(page)).to_have_class("fault")
    expect(page.locator(".mn-tag.fault")).to_have_count(1)
    page.get_by_role("button", name=PUBLISH[locale]).click()
    expect(page.get_by_role("tabpanel")).to_contain_text(ADD_A_KEY[locale])


def test_typing_replaces_the_name_that_a_new_node_has_and_its_card_pushes_others_down(
    open_page: Callable[..., Page], menu: str
) -> None:
    page = open_page(size=LAPTOP)
    edit(page, menu)
    assert page.locator(".ed-add").evaluate(CHOSEN) is True
    page.keyboard.type("Not the owner")
    page.keyboard.press("Enter")
    expect(node(page, "not_the_owner")).to_be_visible()
    node(page, "main").click()
    before = box(node(page, "alone"))
    assert before[0] < box(node(page, "main"))[2], "it stands below the card that grows"
    for key in "3456789":
        page.get_by_label(f"Key {key} leads to", exact=True).select_option("closed")
    assert box(node(page, "alone"))[1] > before[1]
    cards = page.locator(".react-flow__node").all()
    assert [one for at, one in enumerate(cards) for other in cards[at + 1 :] if overlap(one, other)] == []


def test_no_dialog_has_the_focus_on_what_destroys_and_nodes_are_called_as_their_author_does(
    open_page: Callable[..., Page], menu: str
) -> None:
    page = open_page()
    edit(page, menu)
    node(page, "closed").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_label("The menu's name").fill("Mine")
    node(page, "main").click()
    page.get_by_label("Key 1 leads to", exact=True).select_option("alone")
    node(page, "alone").click()
    page.get_by_label("Name", exact=True).fill("Nobody's end")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("button", name="Continue editing")).to_be_focused()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("key 1: sales → Nobody's end")
    expect(dialog).to_contain_text("Changed: Nobody's end")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    publish(page, speak=False)
    expect(state_of(page)).to_have_text("Version 2")
    expect(page.locator("main > .head"), "it would be that of the page's opening").not_to_contain_text(
        re.compile(r"version \d")
    )


@pytest.mark.parametrize("size", [{"width": 1280, "height": 657}, NARROW], ids=["laptop", "phone"])
def test_after_going_on_with_unsaved_work_the_start_is_in_view_and_the_focus_was_on_the_harmless_button(
    size: dict[str, int], open_page: Callable[..., Page], api: httpx.Client
) -> None:
    menu = str(api.post("/ivr", json=LONG).raise_for_status().json()["id"])
    page = open_page(size=size)
    edit(page, menu)
    start = page.get_by_label("The menu's name")
    for label in ("Question", "Message", "Hang up", "Question"):
        page.locator(".ed-add").select_option(label=label)
        page.keyboard.press("Escape")
    start.fill("Longer")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_role("button", name="Go on with them")).to_be_focused()
    page.keyboard.press("Enter")
    expect(start).to_have_value("Longer")
    expect(node(page, "step0")).to_be_in_viewport(ratio=1)
    stage = box(page.locator(".ed-stage"))
    card = box(node(page, "step0"))
    assert (card[0] >= stage[0], card[1] >= stage[1], card[2] <= stage[2], card[3] <= stage[3]) == (True,) * 4
