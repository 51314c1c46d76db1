"""Webhooks: created (their secret shown once), switched on and off; their deliveries, which can be sent again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from admin.http.language import t, tn
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import WEBHOOK_EVENTS

pages = Pages()

@pages("GET", "/webhooks", scope="admin")
def show_webhooks(page: Page) -> Response:
    return _list(page)


@pages("POST", "/webhooks", scope="admin")
def create_webhook(page: Page) -> Response:
    """Answers with the page itself, since the secret can be shown only once."""
    body = {"url": page.form.get("url", "").strip(), "events": page.form_list("events")}
    if page.form.get("ivr_id"):
        body["ivr_id"] = page.form["ivr_id"]
    try:
        made = page.api("create_webhook", body=body)
    except ApiError as error:
        return _list(page.refused(error))
    return _list(replace(page, blank=True), made)


@pages("GET", "/webhooks/<webhook_id>", scope="admin")
def show_webhook(page: Page) -> Response:
    return _one(page)


@pages("POST", "/webhooks/<webhook_id>/<action>", scope="admin")
def change_webhook(page: Page) -> Response:
    """Run one of the page's buttons: ping, rotate, replay, on, off or delete."""
    webhook_id, action = page.path["webhook_id"], page.path["action"]
    here = f"/webhooks/{webhook_id}"
    if action == "ping":
        page.api("ping_webhook", webhook_id=webhook_id)
        return page.redirect(here, t("A test message is on its way."))
    if action == "rotate":
        return _one(replace(page, blank=True), page.api("rotate_webhook", webhook_id=webhook_id))
    if action == "replay":
        count = page.api("replay_dead_deliveries", webhook_id=webhook_id)["replayed"]
        said = tn("%(num)s delivery will be sent again.", "%(num)s deliveries will be sent again.", count)
        return page.redirect(here, said)
    if action in ("on", "off"):
        page.api("patch_webhook", body={"active": action == "on"}, webhook_id=webhook_id)
        said = t("The webhook was switched on.") if action == "on" else t("The webhook was switched off.")
        return page.redirect(here, said)
    if action == "delete":
        page.api("delete_webhook", webhook_id=webhook_id)
        return page.redirect("/webhooks", t("The webhook was deleted."))
    raise ApiError(404, "not_found", t("there is no such page"))


@pages("POST", "/webhooks/<webhook_id>/deliveries/<message_id>/replay", scope="admin")
def replay_delivery(page: Page) -> Response:
    page.api("replay_delivery", webhook_id=page.path["webhook_id"], message_id=page.path["message_id"])
    return page.redirect(f"/webhooks/{page.path['webhook_id']}", t("The message will be sent again."))


def _list(page: Page, made: dict[str, Any] | None = None) -> Response:
    found = page.api("list_webhooks", query={"cursor": page.args.get("cursor")})
    events = [
        (event, event, word.text) if page.developer else (event, word.text, "")
        for event, word in WEBHOOK_EVENTS.items()
    ]
    menus = [("", t("every menu")), *((each["id"], each["name"]) for each in page.menus())]
    return page.render("webhooks.html", found=found, made=made, menus=menus, names=dict(menus[1:]), events=events)


def _one(page: Page, made: dict[str, Any] | None = None) -> Response:
    webhook_id = page.path["webhook_id"]
    webhook = page.api("get_webhook", webhook_id=webhook_id)
    query = {"cursor": page.args.get("cursor"), "state": page.args.get("state")}
    found = page.api("list_deliveries", query=query, webhook_id=webhook_id)
    names = {each["id"]: each["name"] for each in page.menus()}
    return page.render("webhook.html", webhook=webhook, found=found, made=made, names=names)
