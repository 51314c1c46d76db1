"""Channels: made from a preset, changed, tried by hand; messages that can be sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from admin.http.language import t, tn
from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()


@pages("GET", "/channels", scope="read")
def show_channels(page: Page) -> Response:
    found = page.api("list_channels", query={"limit": "50", "cursor": page.args.get("cursor")})
    titles = {each["id"]: t(each["title"]) for each in _presets(page)}
    mail = own = None
    if page.can("admin"):
        mail = [each["name"] for each in found["items"] if each["kind"] == "mail"]
        own = page.api("get_system_mail")["channel"]
    return page.render("channels.html", found=found, titles=titles, mail=mail, own=own)


@pages("GET", "/channels/new", scope="admin")
def show_new_channel(page: Page) -> Response:
    chosen, presets = page.form.get("preset") or page.args.get("preset"), _presets(page)
    preset = next((each for each in presets if each["id"] == chosen), None)
    if preset is None:
        return page.render("channel_presets.html", presets=presets)
    return _form(page, None, preset)


@pages("POST", "/channels/new", scope="admin")
def create_channel(page: Page) -> Response:
    preset = next((each for each in _presets(page) if each["id"] == page.form.get("preset")), None)
    if preset is None:
        return page.redirect("/channels/new", t("Choose what it sends by."))
    try:
        body = {"name": page.form.get("name", "").strip(), "preset": preset["id"], **_body(page, preset)}
        made = page.api("create_channel", body=body, quiet=True)
    except ApiError as error:
        return show_new_channel(page.refused(error))
    return page.redirect(f"/channels/{made['name']}", t("The channel is made. Send a test by it."))


@pages("GET", "/channels/<channel>", scope="read")
def show_channel(page: Page) -> Response:
    channel = page.api("get_channel", channel=page.path["channel"])
    return _form(page, channel, _preset_of(page, channel))


@pages("POST", "/channels/<channel>", scope="admin")
def change_channel(page: Page) -> Response:
    name = page.path["channel"]
    try:
        preset = _preset_of(page, page.api("get_channel", channel=name, quiet=True))
        page.api("patch_channel", channel=name, body=_body(page, preset, changes=True), quiet=True)
    except ApiError as error:
        return show_channel(page.refused(error))
    return page.redirect(f"/channels/{name}", t("Saved. The next message goes by it so."))


@pages("POST", "/channels/<channel>/try", scope="admin")
def try_channel(page: Page) -> Response:
    name = page.path["channel"]
    typed = {field: page.form.get(field, "").strip() for field in ("text", "try_to")}
    body = {"to": typed["try_to"], **({"text": typed["text"]} if typed["text"] else {})}
    try:
        tried = page.api("try_channel", channel=name, body=body)
    except ApiError as error:
        return show_channel(page.refused(error))
    channel = page.api("get_channel", channel=name, quiet=True)
    return _form(replace(page, blank=True), channel, _preset_of(page, channel), {**tried, **typed})


@pages("POST", "/channels/<channel>/replay", scope="admin")
def replay_dead_messages(page: Page) -> Response:
    name = page.path["channel"]
    count = page.api("replay_dead_messages", channel=name)["replayed"]
    said = tn("%(num)s message will be sent again.", "%(num)s messages will be sent again.", count)
    return page.redirect(f"/channels/{name}", said)


@pages("POST", "/channels/<channel>/messages/<message_id>/replay", scope="admin")
def replay_message(page: Page) -> Response:
    name = page.path["channel"]
    page.api("replay_message", channel=name, message_id=page.path["message_id"])
    return page.redirect(f"/channels/{name}", t("The message will be sent again."))


@pages("POST", "/channels/<channel>/delete", scope="admin")
def delete_channel(page: Page) -> Response:
    try:
        page.api("delete_channel", channel=page.path["channel"], query={"force": page.form.get("force")})
    except ApiError as error:
        if error.status != 409:
            raise
        return show_channel(page.refused(error))
    return page.redirect("/channels", t("The channel %(channel)s is gone.", channel=page.path["channel"]))


def _form(
    page: Page,
    channel: Mapping[str, Any] | None,
    preset: Mapping[str, Any],
    tried: Mapping[str, Any] | None = None,
) -> Response:
    messages = None
    if channel is not None and page.can("admin"):
        asked = {"limit": "20", "state": page.args.get("state"), "cursor": page.args.get("cursor")}
        messages = page.api("list_messages", channel=channel["name"], query=asked, quiet=True)
    choices = {
        field["name"]: [(each["id"], t(each["label"])) for each in field["options"]] for field in preset["fields"]
    }
    return page.render(
        "channel.html", channel=channel, preset=preset, tried=tried, messages=messages, choices=choices
    )


def _presets(page: Page) -> list[dict[str, Any]]:
    return list(page.api("list_channel_presets", quiet=True)["items"])


def _preset_of(page: Page, channel: Mapping[str, Any]) -> dict[str, Any]:
    return next(each for each in _presets(page) if each["id"] == channel["preset"])


def _body(page: Page, preset: Mapping[str, Any], *, changes: bool = False) -> dict[str, Any]:
    """An empty secret is the one that is there; another empty field goes."""
    settings: dict[str, str | None] = {}
    for field in preset["fields"]:
        typed = page.form.get(field["name"], "").strip()
        if typed:
            settings[field["name"]] = typed
        elif changes and not field["secret"]:
            settings[field["name"]] = None
    headers = {"headers": _pairs(page.form.get("headers", ""))} if preset["headers"] else {}
    return {"settings": settings, **headers, "allow_private": "allow_private" in page.form}


def _pairs(typed: str) -> dict[str, str | None]:
    """`Name: value` on each line; None without a value."""
    lines = (line.partition(":") for line in typed.splitlines() if line.strip())
    return {name.strip(): value.strip() or None for name, _, value in lines}
