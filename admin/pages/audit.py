"""The audit log: who changed what, and how it was before."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from flask import Response

from admin.pages.filters import pretty
from admin.pages.routing import Page, Pages

pages = Pages()

_ACTIONS = (
    ("", "everything"),
    ("ivr", "menus"),
    ("did", "numbers"),
    ("prompt", "prompts"),
    ("agent", "agents"),
    ("dnc", "do not call"),
    ("webhook", "webhooks"),
    ("key", "keys"),
    ("user", "users"),
    ("session", "sessions"),
)
_MAX_DIFF_LINES = 400


@pages("GET", "/audit", scope="write")
def show_audit(page: Page) -> Response:
    wanted = {name: page.args.get(name, "").strip() for name in ("subject", "actor", "action", "cursor")}
    found = page.api("list_audit", query={"limit": "50", **wanted})
    for each in found["items"]:
        each["diff"] = changed_lines(each["before"], each["after"])
    return page.render("audit.html", found=found, names=actor_names(page), actions=_ACTIONS)


def actor_names(page: Page) -> dict[str, str]:
    """Who stands behind the ids of keys and users."""
    names = {each.key_id: each.name for each in page.services.keys.list()}
    return names | {each.user_id: each.name for each in page.services.users.list()}


def changed_lines(before: Any, after: Any) -> list[tuple[str, str]]:
    """What of two JSON values differs, line by line, with some lines around, as (kind, line): kind is added, removed,
    same or gap."""
    if before is None or after is None:
        kind, value = ("added", after) if before is None else ("removed", before)
        lines = [] if value is None else pretty(value).splitlines()
        return [(kind, line) for line in lines[:_MAX_DIFF_LINES]]
    lines = list(unified_diff(pretty(before).splitlines(), pretty(after).splitlines(), lineterm="", n=2))[2:]
    kinds = {"+": "added", "-": "removed", "@": "gap"}
    return [
        (kinds.get(line[:1], "same"), "⋯" if line.startswith("@@") else line[1:]) for line in lines[:_MAX_DIFF_LINES]
    ]
