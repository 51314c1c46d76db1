"""Numbers: where each leads, and leading it elsewhere."""

from __future__ import annotations

from flask import Response

from admin.http.filters import phone
from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()


@pages("GET", "/numbers", scope="read")
def show_numbers(page: Page) -> Response:
    wanted = {name: page.args.get(name) for name in ("search", "cursor")}
    found = page.api("list_dids", query={"limit": "50", **wanted})
    menus = page.menus() if page.can("write") else []
    return page.render("numbers.html", found=found, menus=menus)


@pages("POST", "/numbers", scope="write")
def assign_number(page: Page) -> Response:
    form = page.form
    try:
        did = page.number(form.get("did", ""), "/did")
        body = {"did": did, "replace": form.get("replace") == "yes"}
        menu = page.api("assign_did", ivr_id=form.get("ivr_id", ""), body=body)
    except ApiError as error:
        return show_numbers(page.refused(error))
    return page.redirect("/numbers", t("%(did)s leads to %(name)s from now on.", did=phone(did), name=menu["name"]))


@pages("POST", "/numbers/<did>/release", scope="write")
def release_number(page: Page) -> Response:
    page.api("unassign_did", ivr_id=page.form.get("ivr_id", ""), did=page.path["did"])
    return page.redirect("/numbers", t("%(did)s has no menu now.", did=phone(page.path["did"])))
