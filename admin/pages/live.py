"""Live: the calls under way; a script follows them and sends what the buttons ask for."""

from __future__ import annotations

from flask import Response

from admin.pages.routing import Page, Pages

pages = Pages()


@pages("GET", "/live", scope="calls")
def show_live(page: Page) -> Response:
    page.note("list_live_calls")
    page.note("watch_live_calls")
    page.note("move_call", body={"node": "NODE"}, call_id="CALL_ID")
    page.note("hang_up_call", call_id="CALL_ID")
    names = {each["id"]: each["name"] for each in page.menus()}
    return page.render("live.html", names=names)
