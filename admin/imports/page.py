"""Bring your menu: one of another system, looked at before it is made; and what is to be done about it afterwards."""

from __future__ import annotations

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.imports.to_do import find_brought

pages = Pages()


@pages("GET", "/menus/bring", scope="write")
def show_bring(page: Page) -> Response:
    return page.render("bring.html", systems=_systems())


@pages("GET", "/menus/<ivr_id>/import", scope="read")
def show_to_do(page: Page) -> Response:
    """The list alone, which the editor's page replaces its own by."""
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"], quiet=True)
    return page.render("brought_alone.html", menu=menu, brought=find_brought(page, menu))


@pages("POST", "/menus/<ivr_id>/import/done", scope="write")
def put_away(page: Page) -> Response:
    page.api("put_import_away", ivr_id=page.path["ivr_id"])
    return page.redirect(f"/menus/{page.path['ivr_id']}/edit", t("The list was put away."))


def _systems() -> list[tuple[str, str]]:
    """What can be brought in, and how it is got out of there."""
    return [
        (
            "Twilio Studio",
            t("In the Twilio console: Studio, your flow, its Trigger widget, Show flow JSON. Copy and paste it all."),
        ),
        ("Twilio TwiML", t("The XML that your address answers with: save it as a file, or paste it.")),
        ("Amazon Connect", t("In the flow designer: Save, then Export flow.")),
        (
            "FreeSWITCH, FusionPBX",
            t("The file autoload_configs/ivr.conf.xml of FreeSWITCH. FusionPBX shows it under Advanced, XML editor."),
        ),
        (
            "FreePBX",
            t("Admin, Backup and Restore: a backup with the module IVR. Unpack it and bring modulejson/Ivr.json."),
        ),
        ("jambonz", t("The array of verbs that your application answers with: save it as a file, or paste it.")),
        ("SignalWire SWML", t("In the SignalWire space: Relay, your SWML script. Copy and paste it all.")),
    ]
