"""Call-backs: who wants to be called, worked off from the top."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.models import MAX_LIMIT
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.ports.telephones import TelephoneStore
from ivr.ports.trunks import TrunkStore

pages = Pages()


@pages("GET", "/callbacks", scope="calls")
def show_callbacks(page: Page) -> Response:
    state = page.args.get("state") or "open"
    query = {"state": state, "limit": "50", "cursor": page.args.get("cursor")}
    found = page.api("list_callbacks", query=query)
    trunks: list[tuple[str, str]] = []
    telephones: list[tuple[str, str]] = []
    if page.can("write or people"):
        trunks = [(each.name, each.name) for each in page.service(TrunkStore).all()]
        rung = page.service(TelephoneStore).list(limit=MAX_LIMIT).items
        telephones = [(each.number, each.number) for each in rung if each.verified_at]
    return page.render(
        "callbacks.html",
        found=found,
        state=state,
        trunks=trunks,
        telephones=telephones,
    )


@pages("POST", "/callbacks/<callback>/settle", scope="write or people")
def settle(page: Page) -> Response:
    said = {"done": t("Done."), "dropped": t("It is dropped."), "open": t("It is open again.")}
    state = page.form.get("state", "")
    return _done(page, "settle_callback", {"state": state}, said.get(state, ""))


@pages("POST", "/callbacks/<callback>/dial", scope="write or people")
def dial(page: Page) -> Response:
    body = {"person": page.form.get("person", ""), "trunk": page.form.get("trunk", "")}
    said = t("%(person)s is rung now, and then the caller.", person=body["person"])
    return _done(page, "dial_callback", body, said)


def _done(page: Page, operation: str, body: Any, said: str) -> Response:
    try:
        page.api(operation, body=body, quiet=True, callback=page.path["callback"])
    except ApiError as error:
        return show_callbacks(page.refused(error))
    return page.redirect("/callbacks", said)
