"""Calls out: those that wait, are under way or are over, and a form that orders one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import ORDER_STATES, options

pages = Pages()
_SHOWN = "50"


@pages("GET", "/calls-out", scope="calls")
def show_outgoing(page: Page) -> Response:
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    args = page.args
    try:
        to = page.number(args["to"], "/query/to") if args.get("to") else None
        query = {"limit": _SHOWN, "cursor": args.get("cursor"), "state": args.get("state") or None, "to": to}
        found = page.api("list_outgoing_calls", query=query)
    except ApiError as error:
        if error.status != 422:
            raise
        page = page.refused(error)
    menus = page.menus() if page.can("read") else []
    trunks = page.api("list_trunks", query={"limit": "200"}, quiet=True)["items"] if page.can("read") else []
    return page.render(
        "outgoing.html",
        found=found,
        names={each["id"]: each["name"] for each in menus},
        menus=[(each["id"], each["name"]) for each in menus],
        trunks=[(each["name"], each["name"]) for each in trunks if each["numbers"]],
        states=[("", t("any")), *options(ORDER_STATES)],
    )


@pages("POST", "/calls-out", scope="write")
def order_call(page: Page) -> Response:
    form = page.form
    try:
        body: dict[str, Any] = {
            "to": page.number(form.get("to", ""), "/to"),
            "ivr_id": form.get("ivr_id", ""),
            "trunk": form.get("trunk", ""),
            "purpose": form.get("purpose", ""),
            "variables": _variables(form.get("variables", "")),
        }
        if form.get("on_behalf_of", "").strip():
            body["on_behalf_of"] = form["on_behalf_of"].strip()
        if form.get("at"):
            body["at"] = _moment(page, form["at"])
        made = page.api("order_call", body=body, quiet=True)
    except ApiError as error:
        return show_outgoing(page.refused(error))
    return page.redirect(f"/calls-out/{made['id']}", t("It is called as soon as its hours allow."))


@pages("GET", "/calls-out/<outgoing_id>", scope="calls")
def show_order(page: Page) -> Response:
    order = page.api("get_outgoing_call", outgoing_id=page.path["outgoing_id"])
    menu = page.api("get_ivr", quiet=True, ivr_id=order["ivr_id"]) if page.can("read") else None
    return page.render("outgoing_call.html", order=order, menu=menu)


@pages("POST", "/calls-out/<outgoing_id>/cancel", scope="write")
def cancel(page: Page) -> Response:
    where = page.path["outgoing_id"]
    try:
        page.api("cancel_outgoing_call", outgoing_id=where)
    except ApiError as error:
        if error.status != 409:
            raise
    return page.redirect(f"/calls-out/{where}")


def _variables(text: str) -> dict[str, Any]:
    """Lines like `call.id = A7`."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _moment(page: Page, text: str) -> str:
    """The value of a datetime field, in the viewer's zone, in the form that the API takes."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=page.zone).isoformat()
    except ValueError:
        return text
