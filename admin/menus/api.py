"""/ivr: menus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from admin.http import answers, models
from admin.http.path_numbers import number, path_number
from admin.http.problems import ApiError, invalid, not_found
from admin.http.routing import BAD_BODY, Answer, Body, Call, Routes, dump_json, json_answer, text_answer
from admin.http.views import page_json, summary_json
from admin.menus.node_schema import CREATE_MENU, PATCH_MENU
from admin.test_calls import schema as try_models
from ivr.domain.menu.document import merge_patch
from ivr.domain.menu.published import IVR_ID
from ivr.domain.problems import Problem
from ivr.ports.menus import StoredMenu

routes = Routes("menus")

ETAG = {"ETag": "the version, in quotes"}
IF_MATCH = {"If-Match": "the version the change was made for, in quotes; another one: 412"}
_ONCE = {"Idempotency-Key": "the same key again within a day gets the first answer, and nothing is done twice"}
_THIS_MENU = {
    operation: {"ivr_id": "$response.body#/id"}
    for operation in ("get_ivr", "patch_ivr", "delete_ivr", "assign_did", "speak", "upload_audio")
}
_UNASSIGN = {"unassign_did": {"ivr_id": "$response.body#/id", "did": "$response.body#/did"}}
_MAX_ETAGS = 20


@routes(
    "POST",
    "/ivr",
    scope="write",
    query=models.StrictQuery,
    body=Body(schema=CREATE_MENU),
    headers=_ONCE,
    answers=(
        Answer(201, "The menu, a draft", answers.Menu, headers={"Location": "the menu", **ETAG}, links=_THIS_MENU),
    ),
    problems=(*BAD_BODY, 409),
)
def create_ivr(call: Call) -> Response:
    """Create a menu.

    Warnings do not stop it, unless `strict=true`; prompts that are not spoken yet are no reason then.
    """

    def create() -> Response:
        stored = call.services.menus.create(call.body, strict=call.query.strict, actor=call.actor)
        return menu_answer(call, stored, 201, Location=f"/ivr/{stored.ivr_id}")

    return call.services.once.run(call, create)


@routes(
    "GET",
    "/ivr",
    scope="read",
    query=models.MenuQuery,
    answers=(Answer(200, "Menus, newest first", answers.MenuPage),),
    problems=(422,),
)
def list_ivrs(call: Call) -> Response:
    """List menus."""
    page = call.services.menus.list(call.query.limit, call.query.cursor, call.query.search)
    return json_answer(page_json(page, map(summary_json, page.items)))


@routes(
    "GET",
    "/ivr/<ivr_id>",
    scope="read",
    answers=(Answer(200, "The menu", answers.Menu, headers=ETAG),),
    problems=(404, 422),
)
def get_ivr(call: Call) -> Response:
    """Get a menu: nodes, numbers, prompts, warnings."""
    menus = call.services.menus
    state = menus.state(ivr_id(call))
    text = call.services.rendered.find(state, menus.prompts.exists)
    if text is None:
        return menu_answer(call, menus.get(state.ivr_id))
    return text_answer(text, headers={"ETag": f'"{state.version}"'})


@routes(
    "PATCH",
    "/ivr/<ivr_id>",
    scope="write",
    query=try_models.SaveQuery,
    body=Body(schema=PATCH_MENU),
    headers=IF_MATCH,
    answers=(Answer(200, "The menu as it is now", answers.Menu, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def patch_ivr(call: Call) -> Response:
    """Change a menu; the next call has it.

    Nodes are merged by id: a node given replaces that node, null removes it, the others stay. Calls under way keep
    their version. Warnings do not stop it, unless `strict=true`.
    """
    menus = call.services.menus
    patch = patch_of(call.body)
    stored = menus.get(ivr_id(call))
    wanted = _tested(call, stored, lambda: merge_patch(stored.document, patch))
    stored = menus.patch(stored, patch, strict=call.query.strict, expected_version=wanted, actor=call.actor)
    call.services.menu_tests.after_save(stored)
    return menu_answer(call, stored)


@routes(
    "PUT",
    "/ivr/<ivr_id>",
    scope="write",
    query=try_models.SaveQuery,
    body=Body(schema=CREATE_MENU),
    headers=IF_MATCH,
    answers=(Answer(200, "The menu as it is now", answers.Menu, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def put_ivr(call: Call) -> Response:
    """Replace a menu by a whole document; the next call has it.

    What PATCH cannot say: another order of nodes, or a node gone by not being there. Prompts and numbers stay. Send
    `If-Match`, or you may undo what somebody else has just saved.
    """
    stored = call.services.menus.get(ivr_id(call))
    wanted = _tested(call, stored, lambda: call.body)
    stored = call.services.menus.replace(
        stored, call.body, strict=call.query.strict, expected_version=wanted, actor=call.actor
    )
    call.services.menu_tests.after_save(stored)
    return menu_answer(call, stored)


@routes(
    "DELETE",
    "/ivr/<ivr_id>",
    scope="write",
    query=models.DeleteQuery,
    answers=(Answer(204, "It is gone"),),
    problems=(404, 409, 422),
)
def delete_ivr(call: Call) -> Response:
    """Delete a menu; one that numbers lead to only with `force=true`."""
    call.services.menus.delete(ivr_id(call), force=call.query.force, actor=call.actor)
    return Response(status=204)


@routes(
    "POST",
    "/ivr/<ivr_id>/assign",
    scope="write",
    body=Body(models.Assign),
    answers=(Answer(200, "The menu, live", answers.Assigned, headers=ETAG, links=_UNASSIGN),),
    problems=(*BAD_BODY, 404, 409),
)
def assign_did(call: Call) -> Response:
    """Lead a number to this menu; the next call to it has the menu."""
    did = number(call.body.did, "/did")
    stored = call.services.menus.assign(ivr_id(call), did, replace=call.body.replace, actor=call.actor)
    return menu_answer(call, stored, did=did)


@routes(
    "DELETE",
    "/ivr/<ivr_id>/assign/<did>",
    scope="write",
    answers=(Answer(200, "The menu; a draft again when that was its last number", answers.Menu, headers=ETAG),),
    problems=(404, 422),
)
def unassign_did(call: Call) -> Response:
    """Lead a number nowhere: calls to it get a 404."""
    stored = call.services.menus.unassign(ivr_id(call), path_number(call, "did"), actor=call.actor)
    return menu_answer(call, stored)


def menu_answer(
    call: Call, stored: StoredMenu, status: int = 200, did: str | None = None, **headers: str
) -> Response:
    """A whole menu with its ETag."""
    text = call.services.rendered.menu(stored, call.services.menus.ready_prompts(stored))
    if did is not None:
        text = f'{text[:-1]},"did":{dump_json(did)}}}'
    return text_answer(text, status, {"ETag": f'"{stored.version}"', **headers})


def ivr_id(call: Call) -> str:
    """The id of the path; what cannot be one is not found."""
    text = call.path["ivr_id"]
    if not IVR_ID.fullmatch(text):
        raise not_found("no such menu: an id looks like ivr_abc123", "tree_not_found")
    return text


def patch_of(body: Any) -> dict[str, Any]:
    """A body that is laid over a menu."""
    if not isinstance(body, dict):
        raise invalid(Problem("", "not_an_object", "the body must be a JSON object"), code="invalid_tree")
    return body


def _tested(call: Call, stored: StoredMenu, document: Callable[[], Any]) -> int | None:
    """The version that the change is for. With `require_tests` the menu's tests have passed on what it makes of that
    version; raises TestsFailed."""
    wanted = expected(stored)
    if not call.query.require_tests:
        return wanted
    call.services.menu_tests.require(stored, document())
    return stored.version


def expected(stored: StoredMenu) -> int | None:
    """The version that If-Match asks for. Weak tags never match there (RFC 9110, 13.1.1)."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    tags = [each.strip() for each in header.split(",", _MAX_ETAGS)]
    if f'"{stored.version}"' not in tags:
        raise ApiError(
            412,
            "version_replaced",
            f"the menu is at version {stored.version} now",
            headers={"ETag": f'"{stored.version}"'},
        )
    return stored.version
