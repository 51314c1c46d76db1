"""What the endpoints of menus have in common: reading the menu's id, a patch and the save options, answering a
menu."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response

from admin.http.preconditions import if_match, quoted
from admin.http.problems import invalid, not_found
from admin.http.routing import ApiCall, dump_json, text_answer
from admin.http.views import fault_json
from admin.menus.rendered import RenderedMenus
from admin.menus.saving import SaveOptions
from admin.menus.schema import StrictQuery
from admin.menus.service import MenuService, expected_version
from ivr.domain.menu.published import IVR_ID
from ivr.domain.problems import Problem
from ivr.ports.menus import MenuStore, StoredMenu

ETAG = {"ETag": "the version, in quotes"}
IF_MATCH = {"If-Match": "the version the change is based on, in quotes; if the menu is at another version: 412"}


def ivr_id(call: ApiCall) -> str:
    """The menu's id in the path; raises ApiError 404 for one that cannot exist."""
    text = call.path["ivr_id"]
    if not IVR_ID.fullmatch(text):
        raise not_found("there is no such menu; an id looks like ivr_abc123", "tree_not_found")
    return text


def patch_of(body: Any) -> dict[str, Any]:
    """The body as a patch of a menu; raises ApiError 422."""
    if not isinstance(body, dict):
        raise invalid(Problem("", "not_an_object", "the body must be a JSON object"), code="invalid_tree")
    return body


def save_options(call: ApiCall) -> SaveOptions:
    """Of the query and the header If-Match."""
    query: StrictQuery = call.query
    return SaveOptions(call.actor, query.strict, getattr(query, "require_tests", False), if_match().versions)


def need_version(call: ApiCall) -> None:
    """Raises VersionReplaced where If-Match names other versions of the menu; for what writes nothing to it."""
    wanted = if_match().versions
    if wanted is not None:
        expected_version(call.service(MenuStore).get(ivr_id(call)), wanted)


def menu_answer(
    call: ApiCall,
    stored: StoredMenu,
    status: int = 200,
    did: str | None = None,
    warnings: Sequence[Problem] = (),
    **headers: str,
) -> Response:
    """A whole menu with its ETag. `warnings` are those of the request, beside the menu's own."""
    text = call.service(RenderedMenus).menu(stored, call.service(MenuService).ready_prompts(stored))
    if warnings:
        menu = json.loads(text)
        text = dump_json({**menu, "warnings": [*map(fault_json, warnings), *menu["warnings"]]})
    if did is not None:
        text = f'{text[:-1]},"did":{dump_json(did)}}}'
    return text_answer(text, status, {"ETag": version_tag(stored.version), **headers})


def version_tag(version: int) -> str:
    """A menu's ETag."""
    return quoted(str(version))
