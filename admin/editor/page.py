"""The page of the editor; the script of web/editor works over the API."""

from __future__ import annotations

import json

from flask import Response

from admin.audit.page import actor_names
from admin.http.page import Page, Pages
from admin.imports.to_do import find_brought
from admin.menus.choices import choices
from ivr.domain.channels.names import reference

pages = Pages()

# Longer requests are not shown "as curl".
_SHOWN_NODES = 20


@pages("GET", "/menus/<ivr_id>/edit", scope="read")
def show_editor(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"])
    if len(menu["nodes"]) <= _SHOWN_NODES:
        whole = {"name": menu["name"], "nodes": menu["nodes"]}
        page.note("check_change", query={"replace": "true"}, body=whole, ivr_id=menu["id"])
        if page.can("write"):
            page.note("put_ivr", body=whole, ivr_id=menu["id"])
    voices, agents = choices(page, "list_voices"), choices(page, "list_agents", limit="200")
    services, channels = choices(page, "list_services", limit="200"), choices(page, "list_channels", limit="200")
    brought = find_brought(page, menu)
    return page.render(
        "editor.html",
        menu=menu,
        brought=brought,
        marks=json.dumps({"system": brought.system, "nodes": brought.by_node}) if brought else "",
        voices=json.dumps([{name: each[name] for name in ("id", "label", "language", "default")} for each in voices]),
        # Users who may save see who saved before.
        places=json.dumps(page.api("get_places", ivr_id=menu["id"])["places"]),
        names=json.dumps(actor_names(page) if page.can("write") else {}),
        agents=json.dumps([each["name"] for each in agents]),
        services=json.dumps([each["name"] for each in services]),
        channels=json.dumps([reference(each["kind"], each["name"]) for each in channels]),
    )
