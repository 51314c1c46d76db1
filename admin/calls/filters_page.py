"""Filters of calls under names of one's own: kept, renamed and deleted."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from ivr.ports.saved_filters import MAX_FILTER_NAME, SavedFilterStore

pages = Pages()

# What a filter has of the page's address.
FIELDS = ("search", "ani", "did", "ivr_id", "outcome", "test", "language", "days", "from", "to", "sort")


def saved_filters(page: Page) -> list[dict[str, Any]]:
    """The reader's own, with their addresses; `on`: it is what the page shows."""
    if page.principal is None:
        return []
    now = {name: page.args[name] for name in FIELDS if page.args.get(name)}
    return [
        {
            "id": each.filter_id,
            "name": each.name,
            "address": f"/ui/calls?{urlencode(each.query)}",
            "on": dict(each.query) == now,
        }
        for each in page.service(SavedFilterStore).list(page.principal.key_id)
    ]


@pages("POST", "/calls/filters", scope="calls")
def save_filter(page: Page) -> Response:
    query = {name: page.form[name][:200] for name in FIELDS if page.form.get(name)}
    name = _name(page)
    where = f"/calls?{urlencode(query)}" if query else "/calls"
    if not name or page.principal is None:
        return page.redirect(where, t("Give the filter a name."))
    page.service(SavedFilterStore).save(page.principal.key_id, name, query)
    return page.redirect(where, t("“%(name)s” is saved: it stands above the filters.", name=name))


@pages("POST", "/calls/filters/<filter_id>/name", scope="calls")
def rename_filter(page: Page) -> Response:
    name = _name(page)
    if not name or page.principal is None:
        return page.redirect("/calls", t("Give the filter a name."))
    done = page.service(SavedFilterStore).rename(page.principal.key_id, _id(page), name)
    said = t("It is called “%(name)s” now.", name=name)
    return page.redirect("/calls", said if done else t("You have a filter “%(name)s” already.", name=name))


@pages("POST", "/calls/filters/<filter_id>/delete", scope="calls")
def delete_filter(page: Page) -> Response:
    if page.principal is not None:
        page.service(SavedFilterStore).delete(page.principal.key_id, _id(page))
    return page.redirect("/calls", t("The filter is gone; the calls stay."))


def _id(page: Page) -> str:
    """What no id can be is nothing's."""
    return page.path["filter_id"].replace("\0", "")


def _name(page: Page) -> str:
    return " ".join(page.form.get("name", "").replace("\0", "").split())[:MAX_FILTER_NAME]
