"""The audit log: who changed what, with the state before and after."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from flask import Response

from admin.audit.words import action_text, subject_text
from admin.http.filters import pretty
from admin.http.language import later, translated
from admin.http.page import Page, Pages
from ivr.ports.keys import KeyStore
from ivr.ports.users import UserStore

pages = Pages()

_ACTIONS = (
    ("", later("everything")),
    ("ivr", later("menus")),
    ("did", later("numbers")),
    ("prompt", later("prompts")),
    ("agent", later("agents")),
    ("dnc", later("do not call")),
    ("webhook", later("webhooks")),
    ("key", later("keys")),
    ("user", later("users")),
    ("session", later("sessions")),
    ("call", later("calls hung up or moved")),
    ("test", later("tests of menus")),
    ("test_call", later("test calls")),
)
_MAX_DIFF_LINES = 400
# Comparing takes time by the square of the lines, and a page has 50 changes.
_MAX_COMPARED = 500
_CONTEXT = 2


@pages("GET", "/audit", scope="admin")
def show_audit(page: Page) -> Response:
    wanted = {name: page.args.get(name, "").strip() for name in ("subject", "actor", "action", "cursor")}
    found = page.api("list_audit", query={"limit": "50", **wanted})
    names = actor_names(page)
    known = names | {menu["id"]: menu["name"] for menu in page.menus()}
    for each in found["items"]:
        each["diff"] = changed_lines(each["before"], each["after"]) if page.developer else []
        each["done"] = each["action"] if page.developer else action_text(each["action"])
        each["to"] = subject_text(each["subject"], known)
    return page.render("audit.html", found=found, names=names, actions=translated(_ACTIONS))


def actor_names(page: Page) -> dict[str, str]:
    """The names of API keys and users, by id."""
    names = {each.key_id: each.name for each in page.service(KeyStore).list()}
    return names | {each.user_id: each.name for each in page.service(UserStore).list()}


def changed_lines(before: Any, after: Any) -> list[tuple[str, str]]:
    """The differences of two JSON values, line by line with some lines around, as (kind, line): kind is added,
    removed, same or gap."""
    if before is None or after is None:
        kind, value = ("added", after) if before is None else ("removed", before)
        lines = [] if value is None else pretty(value).splitlines()
        return [(kind, line) for line in lines[:_MAX_DIFF_LINES]]
    one, other, whole = _around_change(pretty(before).splitlines(), pretty(after).splitlines())
    lines = list(unified_diff(one, other, lineterm="", n=_CONTEXT))[2:]
    kinds = {"+": "added", "-": "removed", "@": "gap"}
    shown = [
        (kinds.get(line[:1], "same"), "⋯" if line.startswith("@@") else line[1:]) for line in lines[:_MAX_DIFF_LINES]
    ]
    return shown if whole else [*shown, ("gap", "⋯")]


def _around_change(one: list[str], other: list[str]) -> tuple[list[str], list[str], bool]:
    """Both texts without their common beginning and end, except for some lines around the change; False if the rest
    is still too long to compare and its end is left out."""
    least = min(len(one), len(other))
    head = next((n for n in range(least) if one[n] != other[n]), least)
    tail = next((n for n in range(least - head) if one[-1 - n] != other[-1 - n]), least - head)
    head, tail = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    one, other = one[head : len(one) - tail], other[head : len(other) - tail]
    return one[:_MAX_COMPARED], other[:_MAX_COMPARED], max(len(one), len(other)) <= _MAX_COMPARED
