"""API keys: created (and shown once), revoked."""

from __future__ import annotations

from flask import Response

from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import SCOPES

pages = Pages()


def scope_choices() -> list[tuple[str, str, str]]:
    """(value, label, explanation) of each scope."""
    return [(scope, scope, word.text) for scope, word in SCOPES.items()]


@pages("GET", "/keys", scope="write")
def show_keys(page: Page) -> Response:
    return _render(page)


@pages("POST", "/keys", scope="write")
def create_key(page: Page) -> Response:
    """Answers with the page itself, since the secret can be shown only once."""
    try:
        body = {"name": page.form.get("name", "").strip(), "scopes": page.form_list("scopes")}
        made = page.api("create_key", body=body)
    except ApiError as error:
        return _render(page.refused(error))
    return _render(page, made)


@pages("POST", "/keys/<key_id>/revoke", scope="write")
def revoke_key(page: Page) -> Response:
    try:
        page.api("revoke_key", key_id=page.path["key_id"])
    except ApiError as error:
        if error.status != 409:
            raise
        return _render(page.refused(error))
    return page.redirect("/keys", "The key is revoked: requests with it are refused from now on.")


def _render(page: Page, made: dict[str, str] | None = None) -> Response:
    keys = page.api("list_keys")["items"]
    keys.sort(key=lambda each: (each["revoked_at"] is not None, each["created_at"]))
    offered = [each for each in scope_choices() if page.can(each[0])]
    return page.render("keys.html", keys=keys, made=made, scopes=offered)
