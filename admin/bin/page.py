"""The bin: what was deleted, to be restored or deleted for good."""

from __future__ import annotations

from flask import Response

from admin.http.filters import phone
from admin.http.language import t, tn
from admin.http.listed import BulkAction, run_bulk
from admin.http.page import Page, Pages
from ivr.domain.errors import BinEntryNotFound
from ivr.ports.bin import BinStore

pages = Pages()


@pages("GET", "/bin", scope="read")
def show_bin(page: Page) -> Response:
    found = page.api("list_bin", query={"limit": "50", "cursor": page.args.get("cursor")})
    return page.render("bin.html", found=found, bulk=_BULK)


@pages("POST", "/bin/bulk", scope="write")
def change_bin(page: Page) -> Response:
    store = page.service(BinStore)

    def name_of(bin_id: str) -> str:
        try:
            return store.get(bin_id).name
        except BinEntryNotFound:
            return bin_id

    return run_bulk(page, _BULK, "/bin", name_of)


def _restore(page: Page, bin_id: str) -> None:
    page.api("restore_bin", bin_id=bin_id)


def _delete(page: Page, bin_id: str) -> None:
    page.api("delete_bin", bin_id=bin_id)


_BULK = {
    "restore": BulkAction(
        lambda count: tn("Restore %(num)s entry?", "Restore %(num)s entries?", count),
        lambda count: tn("%(num)s entry is back.", "%(num)s entries are back.", count),
        _restore,
        lambda: t("Restore"),
    ),
    "delete": BulkAction(
        lambda count: tn("Delete %(num)s entry for good?", "Delete %(num)s entries for good?", count),
        lambda count: tn("%(num)s entry is gone for good.", "%(num)s entries are gone for good.", count),
        _delete,
        lambda: t("Delete for good"),
        danger=True,
    ),
}


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
    return page.redirect(f"/{'agents' if back['kind'] == 'agent' else 'menus'}/{back['id']}", said)


@pages("POST", "/bin/<bin_id>/delete", scope="write")
def delete_for_good(page: Page) -> Response:
    page.api("delete_bin", bin_id=page.path["bin_id"])
    return page.redirect("/bin", t("It is gone for good."))
