"""/ivr/{id}/versions and /ivr/{id}/check: what a menu was, and what a change would do."""

from __future__ import annotations

import re

from flask import Response

from admin.http import answers, models
from admin.http.models import VERSION_PATTERN
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, Body, Call, Routes, json_answer
from admin.http.views import page_json
from admin.menus.api import ETAG, IF_MATCH, expected, ivr_id, menu_answer, patch_of
from admin.menus.node_schema import PATCH_MENU
from admin.versions.views import checked_json, diff_json, listed_version_json, version_json

routes = Routes("menus")

_VERSION = re.compile(VERSION_PATTERN, re.ASCII)


@routes(
    "GET",
    "/ivr/<ivr_id>/versions",
    scope="read",
    query=models.PageQuery,
    answers=(Answer(200, "Versions, newest first", answers.VersionPage),),
    problems=(404, 422),
)
def list_versions(call: Call) -> Response:
    """List the versions of a menu: who wrote each, when, and what it changed.

    Of large menus a page has fewer than `limit`.
    """
    current = call.services.menus.get(ivr_id(call)).version
    page = call.services.versions.list(ivr_id(call), call.query.limit, call.query.cursor)
    return json_answer(page_json(page, (listed_version_json(each, current) for each in page.items)))


@routes(
    "GET",
    "/ivr/<ivr_id>/versions/<version>",
    scope="read",
    answers=(Answer(200, "The menu as it was then", answers.Version),),
    problems=(404, 422),
)
def get_version(call: Call) -> Response:
    """Get one version of a menu."""
    current = call.services.menus.get(ivr_id(call)).version
    return json_answer(version_json(call.services.versions.get(ivr_id(call), _version(call, "version")), current))


@routes(
    "GET",
    "/ivr/<ivr_id>/versions/<version>/diff/<other>",
    scope="read",
    answers=(Answer(200, "What is different in the other version", answers.Diff),),
    problems=(404, 422),
)
def diff_versions(call: Call) -> Response:
    """Compare two versions of a menu, from the first to the other."""
    diff = call.services.versions.diff(ivr_id(call), _version(call, "version"), _version(call, "other"))
    return json_answer(diff_json(diff))


@routes(
    "POST",
    "/ivr/<ivr_id>/versions/<version>/restore",
    scope="write",
    headers=IF_MATCH,
    answers=(Answer(200, "The menu as it is now", answers.Menu, headers=ETAG),),
    problems=(404, 412, 422),
)
def restore_version(call: Call) -> Response:
    """Return to a version: its nodes and prompts become a new version, and the next call has it.

    Prompts that were spoken or uploaded under other names since then stay.
    """
    stored = call.services.menus.get(ivr_id(call))
    restored = call.services.menus.restore(
        stored, _version(call, "version"), expected_version=expected(stored), actor=call.actor
    )
    call.services.menu_tests.after_save(restored)
    return menu_answer(call, restored)


@routes(
    "POST",
    "/ivr/<ivr_id>/check",
    scope="read",
    query=models.CheckQuery,
    body=Body(schema=PATCH_MENU),
    answers=(Answer(200, "What the change would do", answers.CheckedChange),),
    problems=(*BAD_BODY, 404),
)
def check_change(call: Call) -> Response:
    """Try a change and write nothing: what is different, what is unwise, whose callers hear it.

    The body is what PATCH takes; with `replace=true` what PUT takes. What they would refuse is refused here.
    """
    body = call.body if call.query.replace else patch_of(call.body)
    return json_answer(checked_json(call.services.versions.check(ivr_id(call), body, replace=call.query.replace)))


def _version(call: Call, name: str) -> int:
    """A version of the path; what cannot be one is not found."""
    text = call.path[name]
    if not _VERSION.fullmatch(text):
        raise not_found("no such version: they count from 1", "version_not_found")
    return int(text)
