"""The bin: what was deleted, to be restored or deleted for good."""

from __future__ import annotations

from flask import Response

from admin.http.filters import phone
from admin.http.language import t
from admin.http.page import Page, Pages

pages = Pages()


@pages("GET", "/bin", scope="read")
def show_bin(page: Page) -> Response:
    found = page.api("list_bin", query={"limit": "50", "cursor": page.args.get("cursor")})
    return page.render("bin.html", found=found)


@pages("POST", "/bin/<bin_id>/restore", scope="write")
def restore(page: Page) -> Response:
    back = page.api("restore_bin", bin_id=page.path["bin_id"])
    if not back["taken"]:
        said = t("%(name)s is back.", name=back["name"])
    else:
        numbers = ", ".join(map(phone, back["taken"]))
        said = t(
            "%(name)s is back, without %(numbers)s: another menu has that by now.", name=back["name"], numbers=numbers
        )
    return page.redirect(f"/menus/{back['id']}", said)


@pages("POST", "/bin/<bin_id>/delete", scope="write")
def delete_for_good(page: Page) -> Response:
    page.api("delete_bin", bin_id=page.path["bin_id"])
    return page.redirect("/bin", t("It is gone for good."))
