"""People: who rings in which group, who is on duty, and a switch for it."""

from __future__ import annotations

import re
from typing import Any

from flask import Response

from admin.http.language import t, tn
from admin.http.listed import BulkAction, read_list, run_bulk
from admin.http.models import MAX_LIMIT
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.domain.people.model import PLACE
from ivr.ports.hours import HoursStore

pages = Pages()

_BETWEEN = re.compile(r"[,;\s]+")


@pages("GET", "/people", scope="read or people")
def show_people(page: Page) -> Response:
    group = page.args.get("group") or None
    return page.render(
        "people.html",
        found=read_list(page, "list_people", "group"),
        group=group,
        hours=_hours(page),
        usual=PLACE,
        bulk=_BULK,
    )


@pages("POST", "/people/bulk", scope="write or people")
def change_people(page: Page) -> Response:
    return run_bulk(page, _BULK, "/people", str)


def _put_on_duty(page: Page, name: str) -> None:
    page.api("patch_person", body={"duty": "on"}, person=name)


def _take_off_duty(page: Page, name: str) -> None:
    page.api("patch_person", body={"duty": "off"}, person=name)


def _delete(page: Page, name: str) -> None:
    page.api("delete_person", person=name)


_BULK = {
    "on": BulkAction(
        lambda count: tn("Put %(num)s person on duty?", "Put %(num)s people on duty?", count),
        lambda count: tn("%(num)s person is on duty now.", "%(num)s people are on duty now.", count),
        _put_on_duty,
        lambda: t("On duty"),
    ),
    "off": BulkAction(
        lambda count: tn("Take %(num)s person off duty?", "Take %(num)s people off duty?", count),
        lambda count: tn("%(num)s person is off duty now.", "%(num)s people are off duty now.", count),
        _take_off_duty,
        lambda: t("Off duty"),
    ),
    "delete": BulkAction(
        lambda count: tn("Delete %(num)s person?", "Delete %(num)s people?", count),
        lambda count: tn("%(num)s person was deleted.", "%(num)s people were deleted.", count),
        _delete,
        lambda: t("Delete"),
        danger=True,
    ),
}


@pages("POST", "/people", scope="write or people")
def add_person(page: Page) -> Response:
    body = {"name": page.form.get("name", "").strip(), **_fields(page)}
    try:
        page.api("create_person", body=body)
    except ApiError as error:
        return show_people(page.refused(error))
    said = t("%(name)s is there. Transfers to their groups ring them while they are on duty.", name=body["name"])
    return page.redirect("/people", said)


@pages("GET", "/people/<person>", scope="read or people")
def show_person(page: Page) -> Response:
    name = page.path["person"]
    return page.render("person.html", person=page.api("get_person", person=name), hours=_hours(page))


@pages("POST", "/people/<person>", scope="write or people")
def change_person(page: Page) -> Response:
    name = page.path["person"]
    try:
        page.api("patch_person", body=_fields(page), person=name)
    except ApiError as error:
        return show_person(page.refused(error))
    return page.redirect("/people", t("%(name)s is changed.", name=name))


@pages("POST", "/people/<person>/duty", scope="write or people")
def set_duty(page: Page) -> Response:
    name, duty = page.path["person"], page.form.get("duty", "")
    page.api("patch_person", body={"duty": duty}, person=name)
    said = t("%(name)s is on duty.", name=name) if duty == "on" else t("%(name)s is off duty.", name=name)
    return page.redirect("/people", said)


@pages("POST", "/people/<person>/delete", scope="write or people")
def delete_person(page: Page) -> Response:
    page.api("delete_person", person=page.path["person"])
    return page.redirect("/people", t("%(person)s is gone.", person=page.path["person"]))


def _fields(page: Page) -> dict[str, Any]:
    form = page.form
    place = form.get("place", "").strip()
    return {
        "address": form.get("address", "").strip(),
        "groups": [each for each in _BETWEEN.split(form.get("groups", "")) if each],
        "place": int(place) if place.isascii() and place.isdigit() and len(place) < 5 else PLACE,
        "duty": form.get("duty", "on"),
        "hours": form.get("hours") or None,
        "duty_list": form.get("duty_list", "").strip() or None,
    }


def _hours(page: Page) -> list[tuple[str, str]]:
    """Their names only, so that a role without `read` can put people on duty by hours."""
    names = [each.hours.name for each in page.service(HoursStore).list(limit=MAX_LIMIT).items]
    return [("", t("None")), *((name, name) for name in names)]
