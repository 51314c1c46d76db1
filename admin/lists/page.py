"""Lists of numbers: who is on them, until when, put on and taken off by hand or as a file."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault

pages = Pages()

_BETWEEN = re.compile(r"[,;\r\n]+")


@pages("GET", "/lists", scope="read")
def show_number_lists(page: Page) -> Response:
    found = page.api("list_number_lists", query={"limit": "50", "cursor": page.args.get("cursor")})
    return page.render("number_lists.html", found=found)


@pages("POST", "/lists", scope="write")
def create_number_list(page: Page) -> Response:
    name = page.form.get("name", "").strip()
    try:
        page.api("create_number_list", body={"name": name})
    except ApiError as error:
        return show_number_lists(page.refused(error))
    return page.redirect(f"/lists/{name}", t("Now put numbers on it."))


@pages("GET", "/lists/<list_name>", scope="read")
def show_number_list(page: Page) -> Response:
    name = page.path["list_name"]
    asked = page.args.get("number", "").strip()
    return page.render(
        "number_list.html",
        list=page.api("get_number_list", list_name=name, quiet=True),
        found=page.api(
            "list_listed_numbers", query={"limit": "50", "cursor": page.args.get("cursor")}, list_name=name
        ),
        asked=asked,
        answer=_answer(page, name, asked) if asked else None,
    )


def _answer(page: Page, name: str, asked: str) -> str | dict[str, Any] | None:
    """The entry of a number, None when it is not on the list, or what is wrong with the text."""
    try:
        entry: dict[str, Any] = page.api("get_listed_number", list_name=name, number=asked, quiet=True)
    except ApiError as error:
        return None if error.status == 404 else error.detail
    return entry


@pages("POST", "/lists/<list_name>", scope="write")
def add_to_number_list(page: Page) -> Response:
    name = page.path["list_name"]
    typed = [each.strip() for each in _BETWEEN.split(page.form.get("numbers", "")) if each.strip()]
    try:
        body = {"numbers": typed, "expires_at": _end(page), "note": page.form.get("note", "").strip() or None}
        done = page.api("add_listed_numbers", body=body, quiet=True, list_name=name)
    except ApiError as error:
        return show_number_list(page.refused(error))
    said = t("Put on the list: %(added)s. Changed: %(changed)s.", added=done["added"], changed=done["changed"])
    return page.redirect(f"/lists/{name}", said)


def _end(page: Page) -> str | None:
    """The time typed in the viewer's zone, as RFC 3339."""
    typed = page.form.get("expires_at", "")
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=page.zone).astimezone(UTC).isoformat() if typed else None
    except (ValueError, OverflowError):
        raise fault("/expires_at", "invalid_time", t("there is no such time; choose a date and a time")) from None


@pages("POST", "/lists/<list_name>/remove", scope="write")
def remove_from_number_list(page: Page) -> Response:
    name, number = page.path["list_name"], page.form.get("number", "")
    page.api("remove_listed_number", list_name=name, number=number)
    return page.redirect(f"/lists/{name}", t("%(number)s is taken off.", number=number))


@pages("POST", "/lists/<list_name>/delete", scope="write")
def delete_number_list(page: Page) -> Response:
    name = page.path["list_name"]
    try:
        page.api("delete_number_list", list_name=name, query={"force": page.form.get("force")})
    except ApiError as error:
        if error.status != 409:
            raise
        return show_number_list(page.refused(error))
    return page.redirect("/lists", t("The list %(name)s is gone.", name=name))
