"""Menus: all of them as cards, a new one, and the first page of each."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

from flask import Response, request

from admin.http.filters import phone
from admin.http.json_body import parse_json
from admin.http.language import t, tn
from admin.http.listed import BulkAction, binned_id, read_list, run_bulk, undo_of
from admin.http.page import ROOT, Page, Pages
from admin.http.problems import ApiError
from admin.menus.picture import Picture, draw
from admin.menus.places import place_words
from admin.menus.rendered import RenderedMenus
from admin.menus.service import MenuService
from ivr.domain.menu.menu_fields import USUAL_MENU_S
from ivr.domain.menu.starters import STARTERS, Starter, find_starter
from ivr.domain.retention import Retention
from ivr.ports.calls import CallStore
from ivr.ports.menus import MenuStore

pages = Pages()

_CARDS = 24
_ROWS = 50
_VIEW = "menus_view"


@pages("GET", "/menus", scope="read")
def show_menus(page: Page) -> Response:
    """As cards with pictures, or as a table to sort and to choose from; the browser keeps which."""
    view = page.args.get("view") or request.cookies.get(_VIEW, "")
    view = "table" if view == "table" else "cards"
    found = read_list(page, "list_ivrs", "search", limit=_CARDS if view == "cards" else _ROWS)
    menus = _drawn(page, found["items"]) if view == "cards" else found["items"]
    since = datetime.combine(datetime.now(page.zone), time(), page.zone)
    ids = [each["id"] for each in found["items"]]
    today = page.service(CallStore).count_by_menu(ids, since) if page.can("calls") else None
    response = page.render("menus.html", found=found, menus=menus, today=today, view=view, bulk=_BULK)
    if page.args.get("view"):
        response.set_cookie(_VIEW, view, max_age=31_536_000, httponly=True, samesite="Lax", path=ROOT)
    return response


def _drawn(page: Page, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As GET /ivr/{id} answers, but in one query instead of one per menu; with pictures."""
    service, rendered = page.service(MenuService), page.service(RenderedMenus)
    stored = page.service(MenuStore).get_many([each["id"] for each in found])
    menus = [json.loads(rendered.menu(each, service.ready_prompts(each))) for each in stored]
    for menu in menus:
        menu["picture"] = draw(menu["start"], menu["nodes"], menu["hung_up_node"])
    return menus


@pages("GET", "/menus/new", scope="write")
def show_new_menu(page: Page) -> Response:
    starter = find_starter(page.form.get("starter", "") or page.args.get("starter", ""))
    pictures = {each.id: _picture(each) for each in STARTERS}
    return page.render("menu_new.html", starters=STARTERS, starter=starter, pictures=pictures)


@pages("POST", "/menus/new", scope="write")
def create_menu(page: Page) -> Response:
    """Create a menu from a starter, or from JSON as POST /ivr takes it."""
    try:
        starter = find_starter(page.form.get("starter", ""))
        if starter is None:
            document = parse_json(page.form.get("json", "").encode("utf-8", "replace"))
        else:
            document = starter.document(page.form.get("name", "").strip())
        menu = page.api("create_ivr", body=document)
    except ApiError as error:
        return show_new_menu(page.refused(error))
    said = t("%(name)s has no number yet. Give it one to make it live.", name=menu["name"])
    return page.redirect(f"/menus/{menu['id']}", said)


@pages("GET", "/menus/<ivr_id>", scope="read")
def show_menu(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"])
    unspoken = [
        {"node": each.node, "text": each.slot.text, "at": each.slot.at, "place": place_words(each.slot)}
        for each in page.service(MenuService).texts_due(page.service(MenuStore).get(menu["id"]))
    ]
    if page.can("write"):
        if unspoken:
            page.note("speak_menu", ivr_id=menu["id"])
        page.note("assign_did", ivr_id=menu["id"], body={"did": "+14155550100"})
    picture = draw(menu["start"], menu["nodes"], menu["hung_up_node"])
    # Prompts to speak are listed with their text; a warning would repeat them.
    listed, of_prompts = {each["node"] for each in unspoken}, ("audio_not_ready", "stale_prompt")
    warnings = [each for each in menu["warnings"] if each["code"] not in of_prompts or each["node"] not in listed]
    return page.render(
        "menu.html",
        menu=menu,
        picture=picture,
        document=_document(menu),
        unspoken=unspoken,
        speaking=bool(unspoken) and _is_spoken(page, menu["id"]),
        warnings=warnings,
        holder=_holder(page),
        keep_days=page.service(Retention).bin,
    )


def _is_spoken(page: Page, ivr_id: str) -> bool:
    """Whether somebody has all its texts spoken just now."""
    try:
        return bool(page.api("get_menu_speech", ivr_id=ivr_id)["state"] == "running")
    except ApiError:
        return False


@pages("POST", "/menus/<ivr_id>/numbers", scope="write")
def assign_number(page: Page) -> Response:
    """Assign a number; `replace` takes it from another menu."""
    try:
        did = page.number(page.form.get("did", ""), "/did")
        page.api(
            "assign_did", ivr_id=page.path["ivr_id"], body={"did": did, "replace": page.form.get("replace") == "yes"}
        )
    except ApiError as error:
        return show_menu(page.refused(error))
    said = t("Calls to %(did)s get this menu from now on.", did=phone(did))
    return page.redirect(f"/menus/{page.path['ivr_id']}", said)


@pages("POST", "/menus/<ivr_id>/numbers/<did>/release", scope="write")
def release_number(page: Page) -> Response:
    page.api("unassign_did", ivr_id=page.path["ivr_id"], did=page.path["did"])
    said = t("%(did)s was taken away from this menu.", did=phone(page.path["did"]))
    return page.redirect(f"/menus/{page.path['ivr_id']}", said)


@pages("POST", "/menus/<ivr_id>/name", scope="write")
def rename_menu(page: Page) -> Response:
    try:
        page.api("patch_ivr", ivr_id=page.path["ivr_id"], body={"name": page.form.get("name", "").strip()})
    except ApiError as error:
        return show_menu(page.refused(error))
    return page.redirect(f"/menus/{page.path['ivr_id']}", t("The menu was renamed."))


@pages("POST", "/menus/<ivr_id>/delete", scope="write")
def delete_menu(page: Page) -> Response:
    try:
        page.api("delete_ivr", ivr_id=page.path["ivr_id"], query={"force": page.form.get("force")})
    except ApiError as error:
        if error.status != 409:
            raise
        return show_menu(page.refused(error))
    return page.redirect("/menus", t("The menu was deleted."), undo_of(page, page.path["ivr_id"]))


@pages("POST", "/menus/bulk", scope="write")
def change_menus(page: Page) -> Response:
    names = {each.ivr_id: each.name for each in page.service(MenuStore).get_many(page.form_list("chosen"))}
    return run_bulk(page, _BULK, "/menus", lambda ivr_id: names.get(ivr_id, ivr_id))


def _delete(page: Page, ivr_id: str) -> str | None:
    page.api("delete_ivr", ivr_id=ivr_id, query={"force": page.form.get("force")})
    return binned_id(page, ivr_id)


def _duplicate(page: Page, ivr_id: str) -> None:
    page.api("duplicate_ivr", ivr_id=ivr_id)


_BULK = {
    "duplicate": BulkAction(
        lambda count: tn("Duplicate %(num)s menu?", "Duplicate %(num)s menus?", count),
        lambda count: tn("%(num)s menu was duplicated.", "%(num)s menus were duplicated.", count),
        _duplicate,
        lambda: t("Duplicate"),
    ),
    "delete": BulkAction(
        lambda count: tn("Delete %(num)s menu?", "Delete %(num)s menus?", count),
        lambda count: tn("%(num)s menu was deleted.", "%(num)s menus were deleted.", count),
        _delete,
        lambda: t("Delete"),
        danger=True,
        force=lambda: t("Also those with numbers: their callers get no answer then"),
    ),
}


@pages("POST", "/menus/<ivr_id>/duplicate", scope="write")
def duplicate_menu(page: Page) -> Response:
    copy = page.api("duplicate_ivr", ivr_id=page.path["ivr_id"])
    said = t("This is the copy: it has no number yet. Change it, then give it one.")
    return page.redirect(f"/menus/{copy['id']}", said)


def _picture(starter: Starter) -> Picture:
    """The picture of a starter, whose first node is its start."""
    return draw(next(iter(starter.nodes)), starter.nodes)


def _holder(page: Page) -> str | None:
    """The name of the menu that already has the wanted number."""
    if page.problem is None or page.problem.code != "did_taken":
        return None
    try:
        return str(page.api("get_ivr", ivr_id=page.problem.extra["ivr_id"], quiet=True)["name"])
    except ApiError:
        return None


def _document(menu: dict[str, Any]) -> str:
    """The JSON from which this menu could be created again."""
    start = {"start": menu["start"]} if menu["start"] != next(iter(menu["nodes"])) else {}
    answer = {} if menu["answer"] else {"answer": False}
    languages = {"languages": menu["languages"]} if menu["languages"] else {}
    longest = {"max_menu_s": menu["max_menu_s"]} if menu["max_menu_s"] != USUAL_MENU_S else {}
    rate = {"rate": menu["rate"]} if menu["rate"] is not None else {}
    hung_up = {"hung_up_node": menu["hung_up_node"]} if menu["hung_up_node"] else {}
    recorded = {"record_call": True} if menu["record_call"] else {}
    words = {"words": menu["words"]} if menu["words"] else {}
    fields = {**start, **answer, **languages, **longest, **rate, **recorded, **hung_up, **words}
    document = {"name": menu["name"], **fields, "nodes": menu["nodes"]}
    return json.dumps(document, indent=2, ensure_ascii=False)
