"""/ivr/{id}/versions and /ivr/{id}/check: earlier versions of a menu, and dry runs of a change."""

from __future__ import annotations

import re

from flask import Response

from admin.http.models import PageQuery
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import page_json
from admin.menus.node_schema import PATCH_MENU
from admin.menus.requests import ETAG, IF_MATCH, ivr_id, menu_answer, need_version, patch_of, save_options
from admin.menus.saving import MenuSaver
from admin.menus.schema import CheckQuery, MenuSchema, SaveQuery
from admin.versions import schema
from admin.versions.service import VersionService
from admin.versions.views import checked_json, diff_json, listed_version_json, version_json
from ivr.ports.menu_versions import VersionStore
from ivr.ports.menus import MenuStore

routes = Routes("menus", schema.VERSION_PATHS)

_VERSION = re.compile(schema.VERSION_PATTERN, re.ASCII)


@routes(
    "GET",
    "/ivr/<ivr_id>/versions",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Versions, newest first", schema.VersionPageSchema),),
    problems=(404, 422),
)
def list_versions(call: ApiCall) -> Response:
    """List the versions of a menu: who wrote each, when, and what it changed.

    For large menus a page has fewer than `limit` entries.
    """
    current = call.service(MenuStore).state(ivr_id(call)).version
    page = call.service(VersionService).list(ivr_id(call), call.query.limit, call.query.cursor)
    return json_answer(page_json(page, (listed_version_json(each, current) for each in page.items)))


@routes(
    "GET",
    "/ivr/<ivr_id>/versions/<version>",
    scope="read",
    answers=(Answer(200, "The menu as it was then", schema.VersionSchema),),
    problems=(404, 422),
)
def get_version(call: ApiCall) -> Response:
    """Get one version of a menu."""
    current = call.service(MenuStore).state(ivr_id(call)).version
    version = call.service(VersionStore).get(ivr_id(call), version_number(call, "version"))
    return json_answer(version_json(version, current))


@routes(
    "GET",
    "/ivr/<ivr_id>/versions/<version>/diff/<other>",
    scope="read",
    answers=(Answer(200, "The differences of the other version", schema.DiffSchema),),
    problems=(404, 422),
)
def diff_versions(call: ApiCall) -> Response:
    """Compare two versions of a menu, from the first to the other."""
    version, other = version_number(call, "version"), version_number(call, "other")
    diff = call.service(VersionService).diff(ivr_id(call), version, other)
    return json_answer(diff_json(diff))


@routes(
    "POST",
    "/ivr/<ivr_id>/versions/<version>/restore",
    scope="write",
    query=SaveQuery,
    headers=IF_MATCH,
    answers=(Answer(200, "The restored menu", MenuSchema, headers=ETAG),),
    problems=(404, 409, 412, 422),
)
def restore_version(call: ApiCall) -> Response:
    """Restore a version: its nodes and prompts become a new version, from the next call on.

    Prompts spoken or uploaded under other names since then stay.
    """
    saver, version = call.service(MenuSaver), version_number(call, "version")
    return menu_answer(call, saver.restore(ivr_id(call), version, save_options(call)))


@routes(
    "POST",
    "/ivr/<ivr_id>/check",
    scope="read",
    query=CheckQuery,
    body=Body(schema=PATCH_MENU),
    headers=IF_MATCH,
    answers=(Answer(200, "What the change would do", schema.CheckedChangeSchema),),
    problems=(*BAD_BODY, 404, 412),
)
def check_change(call: ApiCall) -> Response:
    """Check a change without writing it: the differences, the warnings, and the numbers whose callers would hear it.

    The body is what PATCH takes, or with `replace=true` what PUT takes. What they would refuse is refused here, too.
    With `draft=true` it changes the menu's draft, and the differences are those of publishing it.
    """
    query = call.query
    body = call.body if query.replace else patch_of(call.body)
    need_version(call)
    run = call.service(VersionService).check(ivr_id(call), body, replace=query.replace, draft=query.draft)
    return json_answer(checked_json(run))


def version_number(call: ApiCall, name: str) -> int:
    """A version in the path; raises ApiError 404 for one that cannot exist."""
    text = call.path[name]
    if not _VERSION.fullmatch(text):
        raise not_found("there is no such version; versions count from 1", "version_not_found")
    return int(text)
