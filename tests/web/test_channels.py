"""Channels on the page, and messages in the editor."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from ivr.storage.postgres.database import Database
from tests.left_notices import give_up, leave
from tests.mail_server import mail_server
from tests.web.conftest import Site, fits, narrow
from tests.web.editing import publish
from tests.web.test_editor import edit, make, node, text_of

__all__ = ["make"]

MENU: dict[str, Any] = {
    "name": "Shop",
    "nodes": {
        "ask": {"audio": "ask.wav", "gather": {"1": "tell"}},
        "tell": {"action": "hangup", "audio": "tell.wav"},
        "bye": {"action": "hangup"},
    },
}


def test_a_channel_is_made_tested_and_changed(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    with mail_server() as box:
        page.goto("/ui/channels")
        page.get_by_role("link", name="New channel").first.click()
        page.get_by_role("link", name="Mail server (SMTP)").click()
        page.get_by_label("Name", exact=True).fill("office")
        page.get_by_label("Server").fill("127.0.0.1")
        page.get_by_label("Port").fill(str(box.port))
        page.get_by_label("Encryption").select_option("None")
        page.get_by_label("From", exact=True).fill("ivr@example.com")
        page.get_by_label("To", exact=True).fill("office@example.com")
        page.get_by_role("button", name="Create channel").click()
        expect(page.get_by_role("alert")).to_contain_text("leads into a private network")
        page.get_by_label("It may be inside a private network").check()
        page.get_by_role("button", name="Create channel").click()
        expect(page.get_by_text("menus send to mail:office")).to_be_visible()
        page.get_by_label("Text", exact=True).fill("Is it there?")
        page.get_by_role("button", name="Send it now").click()
        expect(page.get_by_role("status").first).to_contain_text("taken")
        box.refuse = "554 no spam"
        page.get_by_role("button", name="Send it now").click()
        expect(page.get_by_role("status").first).to_contain_text("refused")
        expect(page.get_by_text("no spam")).to_be_visible()
    assert "Is it there?" in box.mails[0].get_content()
    assert api.get("/channels/office").json()["settings"]["security"] == "none"


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None], database: str
) -> None:
    settings = {
        "host": "smtp.a-very-long-name-of-a-mail-server.example.com", "from": "ivr@example.com",
        "to": "office@example.com, somebody.else.with.a.long.address@example.com", "user": "u", "password": "p",
    }  # fmt: skip
    office = {"name": "office", "preset": "smtp", "settings": settings}
    paths = ("/ui/channels", "/ui/channels/new", "/ui/channels/new?preset=twilio", "/ui/channels/new?preset=http_sms",
             "/ui/channels/office", "/ui/channels/office?state=dead")  # fmt: skip
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in paths:
            if scheme == "light" and "office" in path:
                continue  # not there yet
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
        if scheme == "light":
            site.http.post("/channels", json=office).raise_for_status()
            with closing(Database(database)) as pool:
                leave(pool, ("msg_1", "mail:office"), ("msg_2", "mail:office"))
                give_up(pool)
    page.get_by_role("row", name="call_1").get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The message will be sent again.")).to_be_visible()
    page.get_by_role("button", name="Send all that were given up again").click()
    expect(page.get_by_text("1 message will be sent again.")).to_be_visible()
    found = site.http.get("/channels/office/messages").json()["items"]
    assert [each["state"] for each in found] == ["waiting"] * 2


def test_a_message_is_written_in_the_editor(
    browser_page: Page, make: Callable[..., str], api: httpx.Client
) -> None:
    page = browser_page
    chat = {"name": "sales", "preset": "ntfy", "settings": {"topic": "x", "base_url": "https://ntfy.example.com"}}
    api.post("/channels", json={**chat, "allow_private": True}).raise_for_status()
    edit(page, make(MENU))
    node(page, "tell").click()
    page.get_by_role("combobox", name="Kind").select_option("Send")
    expect(page.get_by_role("group", name="Prompt")).to_have_count(0)
    page.get_by_label("To", exact=True).fill("chat:sales")
    page.get_by_label("Text").fill("Call {caller:phone}.\nNow.")
    page.get_by_label("Attached sounds").fill("message, name")
    page.get_by_role("combobox", name="Then").select_option("bye")
    assert text_of(page)["nodes"]["tell"] == {
        "action": "send", "to": "chat:sales", "text": "Call {caller:phone}.\nNow.", "attach": ["message", "name"],
        "next": "bye",
    }  # fmt: skip
    page.get_by_role("tab", name="Node").click()
    expect(node(page, "tell").locator(".mn-row", has_text="then")).to_have_count(1)
    publish(page)
