"""Search: one box for menus, numbers, calls and the do-not-call list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response

from admin.http.models import MAX_SEARCH
from admin.http.page import Page, Pages
from admin.http.path_numbers import Region
from ivr.domain.searched import read_search

pages = Pages()

# Of each kind; its own page shows the rest.
_SHOWN = "5"


@pages("GET", "/search", scope="read")
def show_found(page: Page) -> Response:
    text = page.args.get("search", "").strip()[:MAX_SEARCH]
    return page.render("search.html", text=text, found=dict(_found(page, text)) if text else {})


def _found(page: Page, text: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The first ones of each kind that this reader may see."""
    wanted = {"search": text, "limit": _SHOWN}
    yield "menus", page.api("list_ivrs", query=wanted, quiet=True)["items"]
    yield "numbers", page.api("list_dids", query=wanted, quiet=True)["items"]
    if page.can("calls"):
        yield "calls", page.api("list_calls", query=wanted, quiet=True)["items"]
    if read_search(text, page.service(Region).name).digits:
        yield "dnc", page.api("list_dnc", query=wanted, quiet=True)["items"]
