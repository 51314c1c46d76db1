"""/ivr/{id}/tests: scripts of key presses that a menu must pass."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from flask import Response

from admin.http.crowd import aside
from admin.http.models import ShortListQuery
from admin.http.path_numbers import Region
from admin.http.preconditions import ETAG, IfMatch, if_match, quoted, tag_of
from admin.http.problems import invalid, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json, time_json
from admin.menu_tests import schema
from admin.menu_tests.given_schema import GivenWorld
from admin.menu_tests.service import MenuTestService, SentTest
from admin.menus.requests import IF_MATCH, ivr_id, need_version
from admin.test_calls.api import in_draft
from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import Given
from ivr.domain.menu.given_names import find_unused_languages, find_unused_lists, find_unused_names
from ivr.domain.menu_tests import MenuTest, TestRun, parse_expected
from ivr.ports.menu_drafts import DraftStore
from ivr.ports.menu_tests import Check, MenuTestStore
from ivr.ports.menus import MenuStore

routes = Routes("menu tests", schema.MENU_TEST_PATHS)

_IF_MATCH = {"If-Match": "the test's ETag, or the version of its menu, in quotes; another one: 412"}
_MENU_TEST = re.compile(schema.MENU_TEST_PATTERN, re.ASCII)
_THIS_TEST = {
    operation: {"ivr_id": "$request.path.ivr_id", "menu_test_id": "$response.body#/id"}
    for operation in ("get_menu_test", "put_menu_test", "delete_menu_test")
}


@routes(
    "GET",
    "/ivr/<ivr_id>/tests",
    scope="read",
    query=ShortListQuery,
    answers=(Answer(200, "The tests and the results of their last run", schema.MenuTestListSchema),),
    problems=(404, 422),
)
def list_menu_tests(call: ApiCall) -> Response:
    """List the tests of a menu. They run automatically after each save."""
    store, menu = call.service(MenuTestStore), ivr_id(call)
    tests, run = store.list(menu), store.find_run(menu)
    page = page_of(tests, call.query, lambda test: (test.created_at.isoformat(), test.test_id))
    return json_answer({**page_json(page, map(menu_test_json, page.items)), "run": run_json(run) if run else None})


@routes(
    "POST",
    "/ivr/<ivr_id>/tests",
    scope="write",
    body=Body(schema.WrittenTest),
    headers=_IF_MATCH,
    answers=(
        Answer(
            201, "The test", schema.MenuTestSchema, headers={"Location": "the test", **ETAG}, links=_THIS_TEST
        ),
    ),
    problems=(*BAD_BODY, 404, 409, 412),
)
def create_menu_test(call: ApiCall) -> Response:
    """Add a test: the keys to press, and the expected result."""
    tests, written = call.service(MenuTestService), _written(call)
    test = tests.create(ivr_id(call), written, actor=call.actor, check=_check_of(if_match()))
    return _answer(test, 201, Location=f"/ivr/{test.ivr_id}/tests/{test.test_id}")


@routes(
    "GET",
    "/ivr/<ivr_id>/tests/<entry:menu_test_id>",
    scope="read",
    answers=(Answer(200, "The test", schema.MenuTestSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_menu_test(call: ApiCall) -> Response:
    """Get one test."""
    return _answer(call.service(MenuTestStore).get(ivr_id(call), _test_id(call)))


@routes(
    "PUT",
    "/ivr/<ivr_id>/tests/<entry:menu_test_id>",
    scope="write",
    body=Body(schema.WrittenTest),
    headers=_IF_MATCH,
    answers=(Answer(200, "The test as it is now", schema.MenuTestSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def put_menu_test(call: ApiCall) -> Response:
    """Replace a test."""
    tests = call.service(MenuTestService)
    written, check = _written(call), _check_of(if_match())
    return _answer(tests.replace(ivr_id(call), _test_id(call), written, actor=call.actor, check=check))


@routes(
    "DELETE",
    "/ivr/<ivr_id>/tests/<entry:menu_test_id>",
    scope="write",
    headers=_IF_MATCH,
    answers=(Answer(204, "The test is deleted"),),
    problems=(404, 412, 422),
)
def delete_menu_test(call: ApiCall) -> Response:
    """Delete a test."""
    check = _check_of(if_match())
    call.service(MenuTestStore).delete(ivr_id(call), _test_id(call), actor=call.actor, check=check)
    return Response(status=204)


@routes(
    "POST",
    "/ivr/<ivr_id>/tests/run",
    scope="write",
    body=Body(schema.RunOrder),
    headers=IF_MATCH,
    answers=(Answer(200, "The result of each test", schema.TestRunSchema),),
    problems=(*BAD_BODY, 404, 412, 503),
)
def run_menu_tests(call: ApiCall) -> Response:
    """Run all tests of a menu, on the menu as it is, on its saved draft or on an unsaved one.

    Each is a real call to the call server, faster than real time. It has no effect outside: no agent is dialled and
    no number is added to a do-not-call list.
    """
    tests, menu = call.service(MenuTestService), ivr_id(call)
    given = _given(call)
    need_version(call)
    if call.body.draft is None:
        with aside():
            return json_answer(run_json(tests.run(menu, given)))
    try:
        with aside():
            if call.body.draft is True:
                verdicts = tests.run_saved_draft(call.service(DraftStore).get(menu), given)
            else:
                verdicts = tests.run_draft(menu, call.body.draft, given)
    except InvalidMenu as error:
        raise in_draft(error) from None
    return json_answer(_results_json(None, datetime.now(UTC), [each.to_json() for each in verdicts]))


def _check_of(wanted: IfMatch) -> Check:
    def check(test: MenuTest | None, version: int) -> None:
        wanted.need(*([] if test is None else [tag_of(menu_test_json(test))]), str(version))

    return check


def _answer(test: MenuTest, status: int = 200, **headers: str) -> Response:
    document = menu_test_json(test)
    return json_answer(document, status, {"ETag": quoted(tag_of(document)), **headers})


def menu_test_json(test: MenuTest) -> dict[str, Any]:
    return {
        "id": test.test_id,
        "name": test.name,
        "script": test.script,
        "expected": test.expected.to_json(),
        "agent": test.agent,
        "given": test.given.to_json(),
        "created_at": time_json(test.created_at),
        "updated_at": time_json(test.updated_at),
    }


def run_json(run: TestRun) -> dict[str, Any]:
    return _results_json(run.version, run.ran_at, run.results)


def _results_json(version: int | None, ran_at: datetime, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    failed = sum(not each["passed"] for each in results)
    return {
        "version": version,
        "ran_at": time_json(ran_at),
        "passed": len(results) - failed,
        "failed": failed,
        "results": list(results),
    }


def _written(call: ApiCall) -> SentTest:
    """Raises MenuNotFound, and ApiError for names that the menu as it is has no use for."""
    body, given = call.body, _given(call)
    menu = parse_menu(call.service(MenuStore).get(ivr_id(call)).document)
    expected = parse_expected(body.expected.model_dump(exclude_none=True))
    unused = [
        *find_unused_names(given, menu.nodes),
        *find_unused_lists(expected.lists or {}, menu.nodes),
        *find_unused_languages(given.language, expected.language, menu.languages),
    ]
    if unused:
        raise invalid(*unused, code=unused[0].code)
    return SentTest(body.name, body.script, expected, body.agent, given)


def _given(call: ApiCall) -> Given:
    return cast(GivenWorld, call.body.given).given(call.service(Region).name)


def _test_id(call: ApiCall) -> str:
    text = call.path["menu_test_id"]
    if not _MENU_TEST.fullmatch(text):
        raise not_found("the menu has no such test", "test_not_found")
    return text
