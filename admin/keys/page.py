"""API keys: created (and shown once), revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response

from admin.audit.page import actor_names
from admin.http.language import later, t, translated
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import SCOPES

pages = Pages()

LIFETIMES = (
    ("", later("until it is revoked")),
    ("7", later("a week")),
    ("30", later("30 days")),
    ("90", later("90 days")),
    ("365", later("a year")),
)


def scope_choices() -> list[tuple[str, str, str]]:
    """(value, label, explanation) of each scope."""
    return [(scope, scope, word.text) for scope, word in SCOPES.items()]


@pages("GET", "/keys", scope="admin")
def show_keys(page: Page) -> Response:
    return _render(page)


@pages("POST", "/keys", scope="admin")
def create_key(page: Page) -> Response:
    """Answers with the page itself, since the secret can be shown only once."""
    try:
        days = page.form.get("days", "")
        body: dict[str, Any] = {"name": page.form.get("name", "").strip(), "scopes": page.form_list("scopes")}
        if days.isascii() and days.isdigit() and len(days) < 5:
            body["expires_at"] = (datetime.now(UTC) + timedelta(days=int(days))).isoformat()
        made = page.api("create_key", body=body)
    except ApiError as error:
        return _render(page.refused(error))
    return _render(replace(page, blank=True), made)


@pages("POST", "/keys/<key_id>/revoke", scope="admin")
def revoke_key(page: Page) -> Response:
    try:
        page.api("revoke_key", key_id=page.path["key_id"])
    except ApiError as error:
        if error.status != 409:
            raise
        return _render(page.refused(error))
    return page.redirect("/keys", t("The key is revoked: requests with it are refused from now on."))


def _render(page: Page, made: dict[str, str] | None = None) -> Response:
    keys = page.api("list_keys")["items"]
    now = datetime.now(UTC)
    for each in keys:
        ends = each["expires_at"]
        each["ended"] = ends is not None and datetime.fromisoformat(ends) <= now
        each["outranks"] = not all(map(page.can, each["scopes"]))
    keys.sort(key=lambda each: (each["revoked_at"] is not None, each["ended"], each["created_at"]))
    offered = [each for each in scope_choices() if page.can(each[0])]
    names = actor_names(page)
    lifetimes = translated(LIFETIMES)
    return page.render("keys.html", keys=keys, names=names, made=made, scopes=offered, lifetimes=lifetimes)
