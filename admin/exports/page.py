"""A menu for another system: what becomes of each node there, and the file."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response

from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import Word
from ivr.domain.conversions import Fate
from ivr.domain.exports.targets import TARGETS

pages = Pages()

FATES = {
    Fate.CARRIED.value: Word("carried over", "good"),
    Fate.CHANGED.value: Word("changed", "warn"),
    Fate.NOT_CARRIED.value: Word("not carried", "bad"),
}


@pages("GET", "/menus/<ivr_id>/export", scope="read")
def show_export(page: Page) -> Response:
    """The report for the target that is chosen, and the file to download."""
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"], quiet=True)
    chosen = page.args.get("as", "")
    target = chosen if chosen in TARGETS else next(iter(TARGETS))
    query = {"as": target, "sounds": page.args.get("sounds", "").strip()}
    exported = None
    try:
        exported = page.api("export_ivr", query=query, ivr_id=menu["id"])
    except ApiError as error:
        page = page.refused(error)
    return page.render(
        "export.html",
        menu=menu,
        exported=exported,
        target=target,
        targets=[(name, each.label) for name, each in TARGETS.items()],
        fates=FATES,
        sounds=query["sounds"],
        file=f"/ivr/{menu['id']}/export/file?{urlencode({name: value for name, value in query.items() if value})}",
    )
