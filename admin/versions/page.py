"""The versions of a menu: what each changed, and restoring one."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.audit.page import actor_names
from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.versions.changed_fields import changed_field
from admin.versions.summaries import summary_text

pages = Pages()


@pages("GET", "/menus/<ivr_id>/versions", scope="read")
def show_versions(page: Page) -> Response:
    ivr_id = page.path["ivr_id"]
    menu = page.api("get_ivr", ivr_id=ivr_id)
    query = {"limit": "25", "cursor": page.args.get("cursor")}
    found = page.api("list_versions", query=query, ivr_id=ivr_id)
    for each in found["items"]:
        created = [("added", t("The menu was created"), list[str]())]
        each["summary"] = summary_text(each["diff"], first=each["version"] == 1)
        each["lines"] = diff_lines(each["diff"]) if each["version"] > 1 else created
    return page.render("versions.html", menu=menu, found=found, names=actor_names(page))


@pages("GET", "/menus/<ivr_id>/versions/<version>", scope="read")
def show_version(page: Page) -> Response:
    ivr_id, number = page.path["ivr_id"], page.path["version"]
    menu = page.api("get_ivr", ivr_id=ivr_id)
    version = page.api("get_version", ivr_id=ivr_id, version=number)
    diff = page.api("diff_versions", ivr_id=ivr_id, version=str(menu["version"]), other=number)
    if page.can("write") and not version["current"]:
        page.note("restore_version", ivr_id=ivr_id, version=number)
    lines, names = diff_lines(diff), actor_names(page)
    return page.render("version.html", menu=menu, version=version, lines=lines, names=names)


@pages("POST", "/menus/<ivr_id>/versions/<version>/restore", scope="write")
def restore_version(page: Page) -> Response:
    ivr_id, number = page.path["ivr_id"], page.path["version"]
    try:
        current = page.api("get_ivr", ivr_id=ivr_id)["version"]
        if page.form.get("current") != str(current):
            text = t(
                "Version %(version)s was saved since you opened this page. Look at it first; nothing was changed.",
                version=current,
            )
            raise ApiError(412, "page_is_old", text)
        menu = page.api("restore_version", ivr_id=ivr_id, version=number)
    except ApiError as error:
        return show_versions(page.refused(error))
    said = t("Version %(number)s was restored as version %(version)s.", number=number, version=menu["version"])
    return page.redirect(f"/menus/{ivr_id}/versions", said)


def diff_lines(diff: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """A difference in words: the kind of change, what was changed, and details."""
    lines: list[tuple[str, str, list[str]]] = [
        (each["change"], line, []) for each in diff["menu"] for line in changed_field(each, "")
    ]
    for each in diff["nodes"]:
        fields = [line for field in each["fields"] for line in changed_field(field, f"nodes/{each['node']}/")]
        parts = fields or [t("the order of its keys")] if each["change"] == "changed" else []
        lines.append((each["change"], t("Node %(node)s", node=each["node"]), parts))
    if diff["reordered"]:
        lines.append(("changed", t("The order of the nodes"), []))
    return lines + [(each["change"], t("Prompt %(audio)s", audio=each["audio"]), []) for each in diff["prompts"]]
