"""A menu of another system: looked at, made, and what is to be done about it, in one visit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.domain.imports.samples import flow
from tests.domain.imports.test_freepbx import packed
from tests.web.conftest import Site, fits, narrow


def file(content: Any) -> Any:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {"name": "flow.json", "mimeType": "application/json", "buffer": raw}


def test_a_menu_is_seen_before_it_is_made_and_what_is_left_to_do_ticks_itself_off(
    browser_page: Page, api: httpx.Client, site: Site, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto("/ui/menus")
    page.get_by_role("link", name="Bring your menu").click()

    # What is no menu says so; nothing is made before somebody wants it.
    chooser, refused, preview = (page.locator(f"#bring-{each}") for each in ("file", "refused", "preview"))
    page.get_by_role("button", name="See what becomes of it").click()
    expect(refused).to_have_text("Choose a file, or paste its text.")
    chooser.set_input_files(file(b"hello"))
    expect(refused).to_contain_text("neither XML nor JSON")
    expect(preview).to_be_hidden()

    # A backup has recordings with it.
    ivr = {"id": "1", "name": "Main", "announcement": "1"}
    data = [{"id": "1", "filename": "custom/here&custom/away", "files": {}}]
    modules = {"Ivr": {"ivrs": {"1": [ivr]}, "entries": {}}, "Recordings": {"data": data}}
    sound = ("files/var/lib/asterisk/sounds/en/custom/here.wav", b"RIFF, and so on")
    chooser.set_input_files(file(packed({name: {"configs": each} for name, each in modules.items()}, sound)))
    expect(page.locator("#bring-wants li")).to_have_text(
        ["Recordings that come with the file: 1", "Recordings to fetch or upload afterwards: 1"]
    )
    odd = flow("http://127.0.0.1:9/welcome.mp3")
    odd["states"][4]["name"] = "<b>pay</b>"
    for way in odd["states"][3]["transitions"]:
        way["next"] = "<b>pay</b>"
    chooser.set_input_files(file(odd))
    expect(page.locator("#bring-counts")).to_contain_text("Not carried over: 1.")
    expect(refused).to_be_hidden()
    expect(page.locator("#bring-wants li")).to_have_text(
        ["Recordings to fetch or upload afterwards: 1", "Services to make afterwards: 1"]
    )
    rows = page.locator("#bring-lines tbody tr")
    page.get_by_label("Show").select_option("not_carried")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("<b>pay</b>")
    expect(rows.first).to_contain_text("there is no capture-payments here")
    axe(page)
    with narrow(page):
        assert fits(page)
    assert api.get("/ivr").json()["items"] == []

    # Made, it is on the editor with a mark on what is different, and beside that node stands why.
    page.get_by_label("Name").fill("Roofs")
    page.get_by_role("button", name="Make this menu").click()
    page.wait_for_url(re.compile(r"/ui/menus/ivr_\w+/edit$"))
    (menu,) = api.get("/ivr").json()["items"]
    assert menu["name"] == "Roofs"
    page.locator(".react-flow__controls-fitview").click()
    card = page.locator('.react-flow__node[data-id="b_pay_b"]')
    expect(card.locator(".mn-tag.differs")).to_have_text("≠")
    expect(page.locator('.react-flow__node[data-id="hello"] .mn-tag.differs')).to_have_count(0)
    page.get_by_role("tab", name="Warnings").click()
    page.get_by_label("Different from Twilio Studio").get_by_role("button").click()
    expect(page.get_by_label("In Twilio Studio")).to_contain_text("there is no capture-payments here")

    # The list: what fails says why, what is done is ticked.
    to_do = page.locator("#brought")
    expect(to_do.locator("summary")).to_have_text("Brought in from Twilio Studio: 4 things to do")
    to_do.locator("summary").click()
    to_do.get_by_role("button", name="Fetch it from there").click()
    expect(to_do).to_contain_text("its address leads into a private network")
    made = api.post("/services", json={"name": "order", "url": "https://example.com/orders", "method": "POST"})
    assert made.status_code == 201
    to_do.get_by_role("button", name="Fetch it from there").click()
    expect(to_do.locator("summary")).to_contain_text("3 things to do")
    expect(to_do.locator("li.done")).to_contain_text(["order"])
    page.get_by_label("Upload welcome.wav").set_input_files(file(b""))
    expect(to_do.locator('[data-told="welcome.wav"]')).to_have_text("the recording is empty")
    axe(page)
    with narrow(page):
        assert fits(page)

    # Put away, the list and the marks are gone.
    page.on("dialog", lambda dialog: dialog.accept())
    to_do.get_by_role("button", name="Put this list away").click()
    expect(page.locator(".flash")).to_have_text("The list was put away.")
    expect(card).to_be_visible()
    expect(page.locator("#brought, .mn-tag.differs")).to_have_count(0)
