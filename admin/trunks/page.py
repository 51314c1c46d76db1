"""Trunks: made from a preset, changed and deleted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.listed import read_list
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault
from admin.trunks import choices

pages = Pages()

_TEXTS = ("registrar", "outbound_proxy", "username", "auth_username", "realm")
_LISTS = ("hosts", "allowed", "numbers")
_CHOSEN = ("kind", "lookup", "transport", "srtp", "caller_in", "caller_out", "dialled_in", "dtmf")


@pages("GET", "/trunks", scope="read")
def show_trunks(page: Page) -> Response:
    found = read_list(page, "list_trunks")
    states = {each["name"]: page.api("get_trunk_state", trunk=each["name"], quiet=True) for each in found["items"]}
    return page.render("trunks.html", found=found, states=states)


@pages("GET", "/trunks/new", scope="admin")
def show_new_trunk(page: Page) -> Response:
    chosen = page.form.get("preset") or page.args.get("preset")
    presets = page.api("list_trunk_presets", quiet=True)["items"]
    preset = next((each for each in presets if each["id"] == chosen), None)
    if chosen is None:
        return page.render("trunk_presets.html", presets=presets)
    return _form(page, None, preset)


@pages("POST", "/trunks/new", scope="admin")
def create_trunk(page: Page) -> Response:
    preset = page.form.get("preset", "")
    try:
        body = {"name": page.form.get("name", "").strip(), **_body(page)}
        made = page.api("create_trunk", body={**body, **({"preset": preset} if preset else {})}, quiet=True)
    except ApiError as error:
        return show_new_trunk(page.refused(error))
    return page.redirect(f"/trunks/{made['name']}", t("The trunk is made. Test it before calls go over it."))


@pages("GET", "/trunks/<trunk>", scope="read")
def show_trunk(page: Page) -> Response:
    trunk = page.api("get_trunk", trunk=page.path["trunk"])
    presets = page.api("list_trunk_presets", quiet=True)["items"]
    return _form(page, trunk, next((each for each in presets if each["id"] == trunk["preset"]), None))


@pages("POST", "/trunks/<trunk>", scope="admin")
def change_trunk(page: Page) -> Response:
    name = page.path["trunk"]
    try:
        page.api("patch_trunk", trunk=name, body=_body(page), quiet=True)
    except ApiError as error:
        return show_trunk(page.refused(error))
    return page.redirect(f"/trunks/{name}", t("Saved."))


@pages("POST", "/trunks/<trunk>/test", scope="admin")
def test_trunk(page: Page) -> Response:
    name = page.path["trunk"]
    return page.redirect(f"/trunks/{name}", f"{page.api('test_trunk', trunk=name)['said']}.")


@pages("POST", "/trunks/<trunk>/delete", scope="admin")
def delete_trunk(page: Page) -> Response:
    page.api("delete_trunk", trunk=page.path["trunk"])
    return page.redirect("/trunks", t("The trunk %(trunk)s is gone.", trunk=page.path["trunk"]))


def _form(page: Page, trunk: Mapping[str, Any] | None, preset: Mapping[str, Any] | None) -> Response:
    shown = trunk or {"country": page.shell.region, **(preset["trunk"] if preset else {})}
    state = page.api("get_trunk_state", trunk=trunk["name"], quiet=True) if trunk else None
    return page.render("trunk.html", trunk=trunk, state=state, shown=shown, preset=preset, choices=choices)


def _body(page: Page) -> dict[str, Any]:
    """An empty password is the one that is there."""
    password = page.form.get("password", "")
    return {
        **{name: page.form.get(name, "").strip() or None for name in _TEXTS},
        **{name: [each.strip() for each in page.form.get(name, "").splitlines() if each.strip()] for name in _LISTS},
        **{name: page.form.get(name, "") for name in _CHOSEN},
        **({"password": password} if password else {}),
        "country": page.form.get("country", "").strip().upper(),
        "trust_identity": "trust_identity" in page.form,
        "trust_verstat": "trust_verstat" in page.form,
        "expiry_s": _number(page, "expiry_s", int),
        "calls_at_once": _number(page, "calls_at_once", int),
        "calls_per_s": _number(page, "calls_per_s", float),
        "per_caller_per_s": _number(page, "per_caller_per_s", float),
    }


def _number(page: Page, name: str, kind: type[int] | type[float]) -> float | None:
    typed = page.form.get(name, "").strip()
    try:
        number = kind(typed) if typed else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise fault(f"/{name}", "no_number", t("write a number, or nothing"))
    return number
