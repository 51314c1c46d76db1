"""Telephones, verified here, and the calls to them; the button that makes one is on a menu's page (call.html)."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.test_calls.page import show_phone

pages = Pages()


@pages("GET", "/telephones", scope="read")
def show_telephones(page: Page) -> Response:
    found = page.api("list_telephones")
    trunks = page.api("list_trunks", query={"limit": "200"}, quiet=True)["items"]
    return page.render("telephones.html", found=found, trunks=[(each["name"], each["name"]) for each in trunks])


@pages("POST", "/telephones", scope="admin")
def add_telephone(page: Page) -> Response:
    try:
        body = {"number": page.number(page.form.get("number", ""), "/number"), "trunk": page.form.get("trunk", "")}
        added = page.api("add_telephone", body=body, quiet=True)
    except ApiError as error:
        return show_telephones(page.refused(error))
    said = t("%(number)s is called now; type the code that it hears.", number=added["telephone"]["number"])
    return page.redirect("/telephones", said)


@pages("POST", "/telephones/<telephone>/code", scope="admin")
def send_code(page: Page) -> Response:
    body = {"trunk": page.form.get("trunk", "")}
    return _done(page, "send_telephone_code", body, t("It is called with a new code."))


@pages("POST", "/telephones/<telephone>/verify", scope="admin")
def verify_telephone(page: Page) -> Response:
    code = "".join(page.form.get("code", "").split())
    return _done(page, "verify_telephone", {"code": code}, t("This telephone can be rung now."))


@pages("POST", "/telephones/<telephone>/delete", scope="admin")
def delete_telephone(page: Page) -> Response:
    return _done(page, "delete_telephone", None, t("%(telephone)s is gone.", telephone=page.path["telephone"]))


@pages("POST", "/menus/<ivr_id>/ring", scope="write")
def ring(page: Page) -> Response:
    form, menu = page.form, page.path["ivr_id"]
    body = {"ring": form.get("ring", ""), "trunk": form.get("trunk", ""), "ivr_id": menu}
    try:
        made = page.api("ring_telephone", body=body, quiet=True)
    except ApiError as error:
        return show_phone(page.refused(error))
    if not page.can("calls"):
        return page.redirect(f"/menus/{menu}/call", t("%(telephone)s is called now.", telephone=made["telephone"]))
    return page.redirect(f"/telephone-calls/{made['id']}")


@pages("GET", "/telephone-calls/<telephone_call>", scope="calls")
def show_call(page: Page) -> Response:
    call = page.api("get_telephone_call", telephone_call=page.path["telephone_call"])
    menu = page.api("get_ivr", quiet=True, ivr_id=call["ivr_id"]) if call["ivr_id"] and page.can("read") else None
    return page.render("telephone_call.html", call=call, menu=menu)


@pages("POST", "/telephone-calls/<telephone_call>/hangup", scope="write")
def hang_up(page: Page) -> Response:
    call = page.path["telephone_call"]
    page.api("hang_up_telephone_call", telephone_call=call)
    return page.redirect(f"/telephone-calls/{call}")


def _done(page: Page, operation: str, body: Any, said: str) -> Response:
    try:
        page.api(operation, body=body, quiet=True, telephone=page.path["telephone"])
    except ApiError as error:
        return show_telephones(page.refused(error))
    return page.redirect("/telephones", said)
