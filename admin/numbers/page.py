"""Numbers: where each leads, and leading it elsewhere."""

from __future__ import annotations

from flask import Response

from admin.http.filters import phone
from admin.http.language import t, tn
from admin.http.listed import BulkAction, read_list, run_bulk
from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()


@pages("GET", "/numbers", scope="read")
def show_numbers(page: Page) -> Response:
    found = read_list(page, "list_dids", "search")
    menus = page.menus() if page.can("write") else []
    return page.render("numbers.html", found=found, menus=menus, bulk=_BULK)


@pages("POST", "/numbers/bulk", scope="write")
def change_numbers(page: Page) -> Response:
    return run_bulk(page, _BULK, "/numbers", phone)


def _assign(page: Page, did: str) -> None:
    page.api("assign_did", ivr_id=page.form.get("ivr_id", ""), body={"did": did, "replace": True})


def _release(page: Page, did: str) -> None:
    found = page.api("list_dids", query={"search": did, "limit": "1"}, quiet=True)["items"]
    if not found or found[0]["did"] != did:
        raise ApiError(404, "tree_not_found", t("it has no menu any more"))
    page.api("unassign_did", ivr_id=found[0]["ivr_id"], did=did)


_BULK = {
    "assign": BulkAction(
        lambda count: tn(
            "Move %(num)s number to the menu that you chose?",
            "Move %(num)s numbers to the menu that you chose?",
            count,
        ),
        lambda count: tn("%(num)s number has that menu now.", "%(num)s numbers have that menu now.", count),
        _assign,
        lambda: t("Move to this menu"),
        fields=("ivr_id",),
    ),
    "release": BulkAction(
        lambda count: tn(
            "Release %(num)s number? Its callers will reach no menu.",
            "Release %(num)s numbers? Their callers will reach no menu.",
            count,
        ),
        lambda count: tn("%(num)s number has no menu now.", "%(num)s numbers have no menu now.", count),
        _release,
        lambda: t("Release"),
        danger=True,
    ),
}


@pages("POST", "/numbers", scope="write")
def assign_number(page: Page) -> Response:
    form = page.form
    try:
        did = page.number(form.get("did", ""), "/did")
        body = {"did": did, "replace": form.get("replace") == "yes"}
        menu = page.api("assign_did", ivr_id=form.get("ivr_id", ""), body=body)
    except ApiError as error:
        return show_numbers(page.refused(error))
    said = t("%(did)s leads to %(name)s from now on. Call it to hear it.", did=phone(did), name=menu["name"])
    return page.redirect("/numbers", said)


@pages("POST", "/numbers/<did>/language", scope="write")
def choose_language(page: Page) -> Response:
    did, language = page.path["did"], page.form.get("language") or None
    page.api("assign_did", ivr_id=page.form.get("ivr_id", ""), body={"did": did, "language": language})
    return page.redirect("/numbers", t("The language of %(did)s is saved.", did=phone(did)))


@pages("POST", "/numbers/<did>/release", scope="write")
def release_number(page: Page) -> Response:
    page.api("unassign_did", ivr_id=page.form.get("ivr_id", ""), did=page.path["did"])
    return page.redirect("/numbers", t("%(did)s has no menu now.", did=phone(page.path["did"])))
