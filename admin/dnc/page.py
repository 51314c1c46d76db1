"""Do not call: search, add, check, import, lists, and the history of one number."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Response

from admin.audit.page import actor_names
from admin.dnc.printed import printed_proof
from admin.dnc.proof import find_proof
from admin.dnc.schema import MAX_CHECKED
from admin.http.language import number_text, t
from admin.http.listed import read_list
from admin.http.page import Page, Pages
from admin.http.path_numbers import Region
from admin.http.problems import ApiError, fault, not_found
from admin.http.words import LIST_SCOPES, OPT_OUT_SOURCES, options
from ivr.domain.numbers import E164, is_e164_form
from ivr.domain.searched import read_search
from ivr.ports.dnc import DncStore

pages = Pages()

_BETWEEN = re.compile(r"[\n,;]+")


@pages("GET", "/dnc", scope="read")
def show_dnc(page: Page) -> Response:
    try:
        found = read_list(page, "list_dnc", "list", "source", "unidentified", "search")
    except ApiError as error:
        if error.status != 422:
            raise
        page, found = page.refused(error), {"items": [], "next_cursor": None}
    page.note("export_dnc", query={"list": page.args.get("list") or "default"})
    return page.render(
        "dnc.html", found=found, lists=_lists(page), sources=[("", t("any way")), *options(OPT_OUT_SOURCES)]
    )


@pages("GET", "/dnc/find", scope="read")
def find_number(page: Page) -> Response:
    """Redirect to the entry of the typed number."""
    wanted = page.args.get("number", "").strip()
    try:
        # An impossible number may have been listed by an earlier release.
        wanted = wanted if is_e164_form(wanted) else page.number(wanted, "/number")
    except ApiError as error:
        if not read_search(wanted, page.service(Region).name).digits:
            return show_dnc(page.refused(error))
        of = {"search": wanted, "list": page.args.get("list") or "default"}
        return page.redirect(f"/dnc?{urlencode(of)}")
    return page.redirect(f"/dnc/{wanted}" + _of_list(page.args.get("list")))


@pages("POST", "/dnc", scope="dnc")
def add_number(page: Page) -> Response:
    list_id = page.form.get("list") or "default"
    try:
        wanted = page.number(page.form.get("number", ""), "/number")
        page.api("add_dnc", body={"number": wanted, "list": list_id})
    except ApiError as error:
        return show_dnc(page.refused(error))
    said = t("%(wanted)s must not be called any more.", wanted=wanted)
    return page.redirect(f"/dnc/{wanted}{_of_list(list_id)}", said)


@pages("GET", "/dnc/check", scope="read")
def show_check(page: Page) -> Response:
    return _render_check(page)


@pages("POST", "/dnc/check", scope="read")
def check_numbers(page: Page) -> Response:
    typed = [each.strip() for each in _BETWEEN.split(page.form.get("numbers", "")) if each.strip()]
    try:
        if not typed:
            raise fault("/numbers", "empty", t("enter at least one number"))
        if len(typed) > MAX_CHECKED:
            # Parsing them all would take longer than the check itself.
            raise fault(
                "/numbers",
                "too_many",
                t(
                    "at most %(most)s numbers can be checked at once; these are %(count)s",
                    most=number_text(MAX_CHECKED),
                    count=number_text(len(typed)),
                ),
            )
        numbers = [page.number(each, "/numbers") for each in typed]
        done = page.api("check_dnc", body={"numbers": numbers, "list": page.form.get("list") or None})
    except ApiError as error:
        return _render_check(page.refused(error))
    return _render_check(page, done)


@pages("GET", "/dnc/import", scope="dnc")
def show_import(page: Page) -> Response:
    return page.render("dnc_import.html", lists=_lists(page))


@pages("GET", "/dnc/lists", scope="read")
def show_lists(page: Page) -> Response:
    return page.render("dnc_lists.html", lists=_lists(page), scopes=options(LIST_SCOPES))


@pages("POST", "/dnc/lists", scope="dnc")
def create_list(page: Page) -> Response:
    form = page.form
    scope = form.get("scope", "")
    seller = {"seller": form.get("seller", "").strip()} if scope == "seller" else {}
    try:
        page.api("create_dnc_list", body={"id": form.get("id", "").strip(), "scope": scope, **seller})
    except ApiError as error:
        return show_lists(page.refused(error))
    return page.redirect("/dnc/lists", t("The list is created. Put numbers on it under Numbers or Import."))


@pages("GET", "/dnc/<number>", scope="read")
def show_entry(page: Page) -> Response:
    list_id = page.args.get("list") or "default"
    try:
        entry = page.api("get_dnc", number=page.path["number"], query={"list": list_id})
    except ApiError as error:
        if error.code != "not_suppressed":
            raise
        return page.render("dnc_free.html", number=page.path["number"], list_id=list_id)
    if page.can("dnc"):
        page.note("release_dnc", number=page.path["number"], body={"reason": "…", "list": list_id})
    return page.render("dnc_entry.html", entry=entry, names=_menu_names(page), actors=actor_names(page))


@pages("GET", "/dnc/<number>/proof", scope="read")
def show_proof(page: Page) -> Response:
    """The letter, in the reader's language and zone."""
    number, list_id = page.path["number"], page.args.get("list") or "default"
    proof = find_proof(page.service(DncStore), E164(number), list_id) if is_e164_form(number) else None
    if proof is None:
        raise not_found(t("there is no opt-out of this number on this list"))
    return printed_proof(page.shell.services, proof, page.zone)


@pages("POST", "/dnc/<number>/release", scope="dnc")
def release_number(page: Page) -> Response:
    number, list_id = page.path["number"], page.form.get("list") or "default"
    body = {"reason": page.form.get("reason", "").strip(), "list": list_id}
    try:
        page.api("release_dnc", number=number, body=body)
    except ApiError as error:
        return show_entry(page.refused(error))
    return page.redirect(f"/dnc/{number}{_of_list(list_id)}", t("%(number)s may be called again.", number=number))


def _menu_names(page: Page) -> dict[str, str]:
    return {menu["id"]: menu["name"] for menu in page.menus()}


def _lists(page: Page) -> list[dict[str, str]]:
    lists: list[dict[str, str]] = page.api("list_dnc_lists", quiet=True)["items"]
    return lists


def _of_list(list_id: str | None) -> str:
    return "?" + urlencode({"list": list_id}) if list_id and list_id != "default" else ""


def _render_check(page: Page, done: dict[str, object] | None = None) -> Response:
    log = page.api("list_checks", query={"limit": "20", "cursor": page.args.get("cursor")})
    return page.render("dnc_check.html", done=done, log=log, lists=_lists(page), actors=actor_names(page))
