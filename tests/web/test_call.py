"""The phone of a menu's page: real calls through Chromium, from the first ring to the record and the saved test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from ivr.storage.disk.prompt_files import silence, write_wav
from tests.admin.running import RunningAdmin, run_admin
from tests.calling import call_processes
from tests.helpers import wait_until
from tests.ports import free_port
from tests.test_calls.conftest import MENU
from tests.web.conftest import NARROW, PATIENCE_MS, Site, fits, narrow, place_of

HOSTILE = "<img src=x onerror=alert(1)>"
# Somebody who looks at the page for long, or on a busy machine, is still asked.
_NODES: dict[str, Any] = {
    name: {**node, "timeout_s": 60} if "gather" in node else node for name, node in MENU["nodes"].items()
}


@pytest.fixture(scope="module")
def running(
    chromium: str, migrated_postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningAdmin]:
    """The app with the real call server, keeper and phone behind it."""
    home = tmp_path_factory.mktemp("calling")
    with (
        call_processes(home, migrated_postgres_url, redis_url) as env,
        run_admin(home, free_port(), "none", {**env, "DIGITREE_TTS": "127.0.0.1:1"}) as admin,
    ):
        yield admin


@pytest.fixture
def menu(api: httpx.Client) -> str:
    return str(api.post("/ivr", json={**MENU, "nodes": _NODES}).raise_for_status().json()["id"])


def dial(page: Page, menu: str, query: str = "") -> None:
    page.goto(f"/ui/menus/{menu}/call{query}")
    page.get_by_role("button", name="Call now").click()


def until(page: Page, expression: str) -> None:
    """`wait_for_function` needs eval, which the page's policy forbids."""
    for _ in range(PATIENCE_MS // 25):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never: {expression}")


def state(page: Page) -> Locator:
    return page.locator("#call-state")


def test_a_menu_is_called_with_the_mouse_and_the_keyboard_and_the_record_is_there_at_the_end(
    browser_page: Page, menu: str, axe: Callable[[Page], None], api: httpx.Client
) -> None:
    page = browser_page
    dial(page, menu)
    expect(state(page)).to_have_text("At welcome")
    expect(page.locator('[data-id="welcome"] .active, [data-id="welcome"].active').first).to_be_visible()
    axe(page)
    page.get_by_role("group", name="Keypad").get_by_role("button", name="1", exact=True).click()
    expect(state(page)).to_have_text("At area")
    page.keyboard.press("1")
    expect(state(page)).to_have_text("With a simulated agent")
    page.get_by_role("button", name="Hang up").click()
    expect(state(page)).to_have_text("The call is over")
    facts = page.locator("#record-facts")
    expect(facts).to_contain_text("transferred to an agent (simulated)")
    expect(facts).to_contain_text("welcome (1) › area (1) › agent")
    axe(page)

    page.get_by_label("What it shows").fill("1,1 reaches the agent")
    page.get_by_role("button", name="Save the test").click()
    expect(page.locator("#toast")).to_contain_text("is a test of this menu now")
    (test,) = api.get(f"/ivr/{menu}/tests").json()["items"]
    assert test["script"] == "1,1"
    assert test["expected"] == {"outcome": "transferred", "node": "agent"}


def test_prompts_are_played_and_a_key_cuts_them(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.add_init_script(
        "window.heard = []; window.playing = []; const play = Audio.prototype.play;"
        "Audio.prototype.play = function () {"
        "  window.heard.push(this);"
        "  this.addEventListener('playing', () => window.playing.push(this.duration));"
        "  return play.call(this);"
        "};"
    )
    dial(page, menu)
    until(page, "window.heard.length === 1 && window.heard[0].currentTime > 0")
    page.keyboard.press("9")
    until(page, "window.heard[0].paused")
    expect(state(page)).to_have_text("The call is over")
    expect(page.locator("#record-facts")).to_contain_text("opted out")
    assert page.evaluate("window.heard.map((each) => each.src.split('/').at(-1))") == [
        "system-keys-19.wav",
        "system-opted_out.wav",
    ]
    until(page, "window.playing.length === 2")
    lengths = page.evaluate("window.playing")
    assert all(length > 0.4 for length in lengths)


def test_nobody_takes_the_simulated_agent_for_the_real_one(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    dead = "sip:sales@192.0.2.9:5060"
    api.post("/agents", json={"name": "sales", "targets": [{"uri": dead}]}).raise_for_status()
    nodes = {"welcome": {"gather": {"1": "go"}, "timeout_s": 60}, "go": {"action": "transfer", "agent": "sales"}}
    menu = str(api.post("/ivr", json={"name": "Sales", "nodes": nodes}).raise_for_status().json()["id"])
    dial(page, menu)
    expect(state(page)).to_have_text("At welcome")
    page.keyboard.press("1")
    expect(state(page)).to_have_text("With a simulated agent")
    expect(page.locator("#call-hears")).to_contain_text("No real agent was dialled.")
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#record-facts")).to_contain_text(f"{dead} was not dialled. Simulated: answered")
    expect(page.locator("#call-story")).to_contain_text("The simulated agent answers.")
    expect(page.locator("#call-story")).not_to_contain_text("The agent answers.")

    page.get_by_role("link", name="This call").click()
    tried = page.get_by_role("region", name="Simulated agents")
    expect(tried).to_contain_text(dead)
    expect(tried).to_contain_text("simulated: answered")
    expect(page.get_by_text("No agent was dialled")).to_be_visible()
    with narrow(page):
        assert fits(page)
    for path in ("/ui/agents", "/ui/agents/sales"):
        page.goto(path)
        expect(page.get_by_text("none", exact=True)).to_be_visible()
        expect(page.get_by_text("answered")).to_have_count(0)


_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      for (const {node, previousRect, currentRect} of entry.sources)
        if (node instanceof Element && node.closest(".keys, .ends, .who-calls"))
          window.shifts.push([node.outerHTML.slice(0, 60), previousRect.y, currentRect.y]);
  }).observe({type: "layout-shift"});
}"""


@pytest.mark.parametrize("size", [None, NARROW], ids=["wide", "narrow"])
def test_the_keypad_stays_where_it_is_whatever_the_phone_says(
    open_page: Callable[..., Page], api: httpx.Client, size: dict[str, int] | None
) -> None:
    page = open_page(size=size)
    long = "Thank you for calling. " * 40
    name = "a_node_whose_name_is_as_long_as_it_may_be_which_is_64_characters"
    nodes = {
        "welcome": {"gather": {"1": name}},
        name: {"text": long, "gather": {"1": "end"}},
        "end": {"gather": {"1": "go"}},
        "go": {"action": "transfer"},
    }
    menu = str(api.post("/ivr", json={"name": "Long", "nodes": nodes}).raise_for_status().json()["id"])
    page.goto(f"/ui/menus/{menu}/call")
    draft = json.dumps({"name": "Long", "nodes": nodes})
    page.evaluate(f"sessionStorage.setItem('digitree-draft-{menu}', {json.dumps(draft)})")
    page.goto(f"/ui/menus/{menu}/call?draft=1")
    pad = page.get_by_role("group", name="Keypad")
    one = pad.get_by_role("button", name="1", exact=True)
    expect(page.locator("#call-graph .react-flow__node").first).to_be_visible()
    page.evaluate(_SHIFTS)
    place = place_of(one)
    page.get_by_role("button", name="Call now").click()
    for at in ("At welcome", f"At {name}", "At end"):
        expect(state(page)).to_have_text(at)
        assert place_of(one) == place, at
        one.click()
    expect(state(page)).to_have_text("With a simulated agent")
    assert place_of(one) == place
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#record-facts")).to_be_visible()
    assert place_of(one) == place
    assert page.evaluate("window.shifts") == []


def test_a_draft_is_called_without_being_saved_and_puts_nobody_on_the_list(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    nodes = {**_NODES, "welcome": {"gather": {"5": "out"}, "timeout_s": 60}, "out": {"action": "suppress"}}
    page.goto(f"/ui/menus/{menu}/call")
    draft = json.dumps({"name": HOSTILE, "nodes": nodes})
    page.evaluate(f"sessionStorage.setItem('digitree-draft-{menu}', {json.dumps(draft)})")
    dial(page, menu, "?draft=1")
    expect(state(page)).to_have_text("At welcome")
    page.keyboard.press("5")
    expect(page.locator("#record-links")).to_contain_text("a call to a draft puts nobody on it")
    assert api.get("/dnc/+14805551234").status_code == 404
    assert api.get(f"/ivr/{menu}").json()["version"] == 1
    page.goto("/ui/calls")
    expect(page.get_by_role("cell", name="a draft", exact=True)).to_be_visible()
    expect(page.get_by_text("Times are those of UTC.")).to_be_visible()
    row = page.locator("table tbody tr").first
    # Every cell begins at the top of its row, and a time is two lines at most.
    tops = [row.locator(cell).bounding_box()["y"] for cell in (".began", ".parties", ".outcome")]
    assert max(tops) - min(tops) < 1
    assert row.locator(".began a").bounding_box()["height"] < 45


def test_the_editor_has_its_unsaved_menu_called_in_a_tab_of_its_own(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    page.goto(f"/ui/menus/{menu}/edit")
    page.get_by_label("The menu's name").fill("Not saved at all")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Call it").click()
    phone = opened.value
    expect(phone.get_by_text("This calls your draft.")).to_be_visible()
    phone.get_by_role("button", name="Call now").click()
    expect(state(phone)).to_have_text("At welcome")
    phone.keyboard.press("9")
    expect(phone.locator("#record-links")).to_contain_text("a call to a draft puts nobody on it")
    assert api.get(f"/ivr/{menu}").json()["name"] == MENU["name"]


def test_what_is_refused_is_told_and_can_be_tried_again(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.goto(f"/ui/menus/{menu}/call")
    page.get_by_label("You call from").fill(HOSTILE)
    page.get_by_role("button", name="Call now").click()
    expect(page.locator("#call-hears")).to_contain_text("is not a telephone number")
    page.get_by_label("You call from").fill("")
    page.get_by_role("button", name="Call now").click()
    expect(state(page)).to_have_text("At welcome")
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#record-facts")).to_contain_text("withheld")


def test_leaving_the_page_hangs_up(browser_page: Page, menu: str, api: httpx.Client) -> None:
    page = browser_page
    dial(page, menu)
    expect(state(page)).to_have_text("At welcome")
    page.goto("/ui/menus")
    ended = f"/calls?ivr_id={menu}&outcome=caller_hung_up"
    wait_until(lambda: api.get(ended).json()["items"], 20, "the call has ended")


def test_tests_are_added_run_and_shown_red_and_green(
    open_page: Callable[..., Page], menu: str, axe: Callable[[Page], None]
) -> None:
    page = open_page()
    page.goto(f"/ui/menus/{menu}/tests")
    expect(page.get_by_role("heading", name="No tests yet")).to_be_visible()
    for name, script, node in (("reaches the agent", "1,1", "agent"), (HOSTILE, "1,2", "agent")):
        page.get_by_label("What it shows").fill(name)
        page.get_by_label("Keys").fill(script)
        page.get_by_label("Last node").select_option(node)
        page.get_by_role("button", name="Add the test").click()
    page.get_by_role("button", name="Run them now").click()
    rows = page.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("passed")
    expect(rows.nth(1)).to_contain_text("failed")
    expect(rows.nth(1)).to_contain_text(HOSTILE)
    expect(rows.nth(1)).to_contain_text("it ends at bye, not at agent")
    axe(page)
    with narrow(page):
        assert fits(page)
    page.on("dialog", lambda dialog: dialog.accept())
    rows.nth(1).get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("What it shows").fill("bad")
    page.get_by_label("Keys").fill("press one")
    page.get_by_role("button", name="Add the test").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Keys")).to_have_value("press one")


def test_the_phone_fits_a_telephone_and_passes_axe_in_the_dark(
    open_page: Callable[..., Page], menu: str, axe: Callable[[Page], None], site: Site
) -> None:
    page = open_page(scheme="dark")
    page.goto(f"/ui/menus/{menu}/call?script=1,2")
    axe(page)
    with narrow(page):
        assert fits(page)
        axe(page)
    page.get_by_role("button", name="Call now").click()
    expect(page.locator("#record-facts")).to_contain_text("menu hung up")


def test_who_may_not_write_sees_the_tests_and_no_phone(
    open_page: Callable[..., Page], menu: str, site: Site
) -> None:
    page = open_page(key=site.new_key("read"))
    page.goto(f"/ui/menus/{menu}/tests")
    expect(page.get_by_role("heading", name="No tests yet")).to_be_visible()
    expect(page.get_by_role("button", name="Add the test")).to_have_count(0)
    page.goto(f"/ui/menus/{menu}/call")
    expect(page.get_by_text("needs the scope")).to_be_visible()


def test_a_call_begins_in_the_language_chosen_and_the_phone_and_the_graph_show_which_is_heard(
    browser_page: Page, api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    nodes = {
        "ask": {"text": {"en": "For English press 1.", "es": "Para ventas oprima 2."},
                "gather": {"1": "english", "2": "bye"}, "timeout_s": 60},
        "english": {"set": {"language": "en"}, "next": "more"},
        "more": {"text": {"en": "Press 2.", "es": "Oprima 2."}, "gather": {"2": "bye"}, "timeout_s": 60},
        "bye": {"action": "hangup"},
    }  # fmt: skip
    document = {"name": "Two languages", "languages": ["en", "es"], "nodes": nodes}
    menu = str(api.post("/ivr", json=document).raise_for_status().json()["id"])
    page.goto(f"/ui/menus/{menu}/call")
    page.get_by_label("The call begins in").select_option("Spanish")
    page.get_by_role("button", name="Call now").click()
    expect(state(page)).to_have_text("At ask")
    heard, words = page.locator("#call-heard"), page.locator('.react-flow__node[data-id="more"] .mn-words')
    expect(heard).to_have_text("Spanish")
    expect(words).to_have_text("Oprima 2.")
    axe(page)
    page.keyboard.press("1")
    expect(state(page)).to_have_text("At more")
    expect(heard).to_have_text("English")
    expect(words).to_have_text("Press 2.")
    story = page.locator("#call-story")
    expect(story).to_contain_text("The call is in Spanish.")
    expect(story).to_contain_text("From now on in English.")


def test_at_the_question_for_the_language_each_sentence_is_heard_and_told(
    browser_page: Page, api: httpx.Client, running: RunningAdmin
) -> None:
    for name in ("en-1", "es-2"):
        write_wav(running.log.parent / "prompts" / "languages" / f"{name}.wav", silence(100))
    nodes = {"language": {"action": "ask_language", "next": "bye", "timeout_s": 60}, "bye": {"action": "hangup"}}
    document = {"name": "Two languages", "languages": ["en", "es"], "nodes": nodes}
    menu = str(api.post("/ivr", json=document).raise_for_status().json()["id"])
    page = browser_page
    with (
        page.expect_response(lambda it: it.url.endswith("/audio/languages-en-1.wav")) as english,
        page.expect_response(lambda it: it.url.endswith("/audio/languages-es-2.wav")) as spanish,
    ):
        dial(page, menu)
    assert {english.value.status, spanish.value.status} <= {200, 206}
    expect(page.locator("#call-hears")).to_have_text("“For English, press 1. Para español, oprima el 2.”")
    story = page.locator("#call-story")
    expect(story).to_contain_text("language asks: “For English, press 1. Para español, oprima el 2.”")
    page.keyboard.press("2")
    expect(state(page)).to_have_text("The call is over")
    expect(page.locator("#record-facts")).to_contain_text("language (2) › bye")
