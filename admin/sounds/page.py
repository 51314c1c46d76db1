"""Sounds: what callers left, to be heard, and the mailboxes that it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()

_SHOWN = "50"
_HALF = 20


@pages("GET", "/sounds", scope="calls")
def show_sounds(page: Page) -> Response:
    args = page.args
    chosen = args.get("mailbox")
    query = {
        "mailbox": chosen,
        "heard": "false" if args.get("unheard") else None,
        "call_id": args.get("call_id"),
        "cursor": args.get("cursor"),
        "limit": _SHOWN,
    }
    boxes = page.api("list_mailboxes", query={"limit": "200"}, quiet=True)["items"]
    try:
        found = page.api("list_sounds", query=query)
    except ApiError as error:
        if error.status != 422:
            raise
        page, found = page.refused(error), {"items": [], "next_cursor": None}
    box = next((each for each in boxes if each["name"] == chosen), None)
    return page.render("sounds.html", found=found, boxes=boxes, box=box, chosen=chosen, drawn=drawn)


@pages("POST", "/sounds/<sound>/delete", scope="write")
def delete_sound(page: Page) -> Response:
    page.api("delete_sound", sound=page.path["sound"])
    return page.redirect("/sounds", t("The sound is gone."))


@pages("POST", "/mailboxes", scope="write")
def keep_mailbox(page: Page) -> Response:
    name, days = page.form.get("mailbox", "").strip(), page.form.get("keep_days", "").strip()
    try:
        body: dict[str, Any] = {"keep_days": int(days) if days.isdecimal() else days}
        page.api("put_mailbox", body=body, mailbox=name)
    except ApiError as error:
        return show_sounds(page.refused(error))
    return page.redirect(f"/sounds?mailbox={name}", t("Saved."))


def drawn(waveform: Sequence[int]) -> str:
    """The path of a drawing, one upright line for each part, around the middle."""
    lines = []
    for at, loud in enumerate(waveform):
        half = max(1, round(loud * _HALF / 255))
        lines.append(f"M{at} {_HALF - half}v{2 * half}")
    return "".join(lines)
