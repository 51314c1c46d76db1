"""Services: made and changed, tried by hand; their secrets are shown once; notices that can be sent again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from admin.http.language import t, tn
from admin.http.listed import read_list
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault
from ivr.domain.service_definition import METHODS

pages = Pages()


@pages("GET", "/services", scope="read")
def show_services(page: Page) -> Response:
    found = read_list(page, "list_services")
    return page.render("services.html", found=found)


@pages("GET", "/services/new", scope="admin")
def show_new_service(page: Page) -> Response:
    return _form(page, None)


@pages("POST", "/services/new", scope="admin")
def create_service(page: Page) -> Response:
    """Answers with the page itself, since the secret can be shown only once."""
    try:
        name = page.form.get("name", "").strip()
        made = page.api("create_service", body={"name": name, **_body(page)}, quiet=True)
    except ApiError as error:
        return show_new_service(page.refused(error))
    return _form(replace(page, blank=True), made, secret=made["secret"])


@pages("GET", "/services/<service>", scope="read")
def show_service(page: Page) -> Response:
    return _form(page, page.api("get_service", service=page.path["service"]))


@pages("POST", "/services/<service>", scope="admin")
def change_service(page: Page) -> Response:
    name = page.path["service"]
    try:
        page.api("patch_service", service=name, body=_body(page), quiet=True)
    except ApiError as error:
        return show_service(page.refused(error))
    return page.redirect(f"/services/{name}", t("Saved. Calls ask it so within a second."))


@pages("POST", "/services/<service>/try", scope="admin")
def try_service(page: Page) -> Response:
    name = page.path["service"]
    sent = _pairs(page.form.get("sent", ""))
    variables = {each: value or "" for each, value in sent.items()}
    tried = page.api("try_service", service=name, body={"variables": variables})
    service = page.api("get_service", service=name, quiet=True)
    return _form(replace(page, blank=True), service, tried={**tried, "sent": page.form.get("sent", "")})


@pages("POST", "/services/<service>/rotate", scope="admin")
def rotate_service(page: Page) -> Response:
    made = page.api("rotate_service", service=page.path["service"])
    return _form(replace(page, blank=True), made, secret=made["secret"])


@pages("POST", "/services/<service>/replay", scope="admin")
def replay_dead_notices(page: Page) -> Response:
    name = page.path["service"]
    count = page.api("replay_dead_notices", service=name)["replayed"]
    said = tn("%(num)s notice will be sent again.", "%(num)s notices will be sent again.", count)
    return page.redirect(f"/services/{name}", said)


@pages("POST", "/services/<service>/notices/<message_id>/replay", scope="admin")
def replay_notice(page: Page) -> Response:
    name = page.path["service"]
    page.api("replay_notice", service=name, message_id=page.path["message_id"])
    return page.redirect(f"/services/{name}", t("The notice will be sent again."))


@pages("POST", "/services/<service>/delete", scope="admin")
def delete_service(page: Page) -> Response:
    try:
        page.api("delete_service", service=page.path["service"], query={"force": page.form.get("force")})
    except ApiError as error:
        if error.status != 409:
            raise
        return show_service(page.refused(error))
    return page.redirect("/services", t("The service %(service)s is gone.", service=page.path["service"]))


def _form(
    page: Page, service: Mapping[str, Any] | None, tried: Mapping[str, Any] | None = None, secret: str | None = None
) -> Response:
    methods, notices = [(each, each) for each in METHODS], None
    if service is not None and page.can("admin"):
        asked = {"limit": "20", "state": page.args.get("state"), "cursor": page.args.get("cursor")}
        notices = page.api("list_notices", service=service["name"], query=asked, quiet=True)
    return page.render(
        "service.html", service=service, tried=tried, secret=secret, methods=methods, notices=notices
    )


def _body(page: Page) -> dict[str, Any]:
    return {
        "url": page.form.get("url", "").strip(),
        "method": page.form.get("method", ""),
        "headers": _pairs(page.form.get("headers", "")),
        "timeout_s": _number(page, "timeout_s"),
        "cache_s": _number(page, "cache_s", int),
        "allow_private": "allow_private" in page.form,
    }


def _pairs(typed: str) -> dict[str, str | None]:
    """`Name: value` on each line; None without a value."""
    lines = (line.partition(":") for line in typed.splitlines() if line.strip())
    return {name.strip(): value.strip() or None for name, _, value in lines}


def _number(page: Page, name: str, kind: type[int] | type[float] = float) -> float:
    try:
        number = kind(page.form.get(name, ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise fault(f"/{name}", "no_number", t("write a number of seconds"))
    return number
