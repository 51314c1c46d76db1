"""/ivr: menus."""

from __future__ import annotations

from flask import Response

from admin.http.path_numbers import number, path_number, wanted_text
from admin.http.preconditions import if_match
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer, text_answer
from admin.http.views import sorted_page_json
from admin.menus import schema
from admin.menus.node_schema import PATCH_MENU, WRITTEN_MENU
from admin.menus.rendered import RenderedMenus
from admin.menus.requests import ETAG, IF_MATCH, ivr_id, menu_answer, patch_of, save_options, version_tag
from admin.menus.saving import MenuSaver
from admin.menus.service import MenuService
from admin.menus.views import summary_json
from ivr.ports.menus import MenuStore
from ivr.storage.disk.prompt_files import PromptFiles

routes = Routes("menus", schema.MENU_PATHS)

_THIS_MENU = {
    operation: {"ivr_id": "$response.body#/id"}
    for operation in ("get_menu", "patch_menu", "delete_menu", "assign_did", "speak", "upload_audio")
}
_UNASSIGN = {"unassign_did": {"ivr_id": "$response.body#/id", "did": "$response.body#/did"}}


@routes(
    "POST",
    "/ivr",
    operation="create_menu",
    scope="write",
    query=schema.StrictQuery,
    body=Body(schema=WRITTEN_MENU),
    answers=(
        Answer(
            201, "The menu, a draft", schema.MenuSchema, headers={"Location": "the menu", **ETAG}, links=_THIS_MENU
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_ivr(call: ApiCall) -> Response:
    """Create a menu.

    With `strict=true` a menu with warnings is refused, except for prompts that are not spoken yet.
    """

    stored = call.service(MenuSaver).create(call.body, save_options(call))
    return menu_answer(call, stored, 201, Location=f"/ivr/{stored.ivr_id}")


@routes(
    "GET",
    "/ivr",
    operation="list_menus",
    scope="read",
    query=schema.MenuQuery,
    answers=(Answer(200, "Menus, newest first", schema.MenuPageSchema),),
    problems=(422,),
)
def list_ivrs(call: ApiCall) -> Response:
    """List menus."""
    query = call.query
    page = call.service(MenuStore).list(
        **{**query.model_dump(), "search": wanted_text(call, query.search)}
    )
    return json_answer(sorted_page_json(page, map(summary_json, page.items)))


@routes(
    "GET",
    "/ivr/<menu:ivr_id>",
    operation="get_menu",
    scope="read",
    answers=(Answer(200, "The menu", schema.MenuSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_ivr(call: ApiCall) -> Response:
    """Get a menu: nodes, numbers, prompts, warnings."""
    store = call.service(MenuStore)
    state = store.state(ivr_id(call))
    text = call.service(RenderedMenus).find(state, call.service(PromptFiles).exists)
    if text is None:
        return menu_answer(call, store.get(state.ivr_id))
    return text_answer(text, headers={"ETag": version_tag(state.version)})


@routes(
    "PATCH",
    "/ivr/<menu:ivr_id>",
    operation="patch_menu",
    scope="write",
    query=schema.SaveQuery,
    body=Body(schema=PATCH_MENU),
    headers=IF_MATCH,
    answers=(Answer(200, "The changed menu", schema.MenuSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def patch_ivr(call: ApiCall) -> Response:
    """Change a menu, from the next call on.

    Nodes are merged by id: a node given replaces that node, null removes it, the others stay. Null for a node that is
    not there comes to nothing, with a warning. The first node of a live menu cannot be removed unless `start` names
    another. Calls under way keep their version. Warnings do not stop it, unless `strict=true`.
    """
    patch = patch_of(call.body)
    stored, warnings = call.service(MenuSaver).patch(ivr_id(call), patch, save_options(call))
    return menu_answer(call, stored, warnings=warnings)


@routes(
    "PUT",
    "/ivr/<menu:ivr_id>",
    operation="put_menu",
    scope="write",
    query=schema.SaveQuery,
    body=Body(schema=WRITTEN_MENU),
    headers=IF_MATCH,
    answers=(Answer(200, "The changed menu", schema.MenuSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def put_ivr(call: ApiCall) -> Response:
    """Replace a menu by a whole document, from the next call on.

    Unlike PATCH it can reorder nodes, and it removes the nodes that are left out. Prompts and numbers stay. Send
    `If-Match`, or you may overwrite what somebody else has just saved.
    """
    return menu_answer(call, call.service(MenuSaver).replace(ivr_id(call), call.body, save_options(call)))


@routes(
    "DELETE",
    "/ivr/<menu:ivr_id>",
    operation="delete_menu",
    scope="write",
    query=schema.DeleteQuery,
    headers=IF_MATCH,
    answers=(Answer(204, "The menu is deleted"),),
    problems=(404, 409, 412, 422),
)
def delete_ivr(call: ApiCall) -> Response:
    """Delete a menu; one with numbers assigned only with `force=true`."""
    wanted = if_match().versions
    call.service(MenuService).delete(ivr_id(call), force=call.query.force, actor=call.actor, if_match=wanted)
    return Response(status=204)


@routes(
    "POST",
    "/ivr/<ivr_id>/assign",
    scope="write",
    body=Body(schema.Assign),
    headers=IF_MATCH,
    answers=(Answer(200, "The menu, live", schema.AssignedSchema, headers=ETAG, links=_UNASSIGN),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def assign_did(call: ApiCall) -> Response:
    """Assign a number to this menu, from the next call on; again with another `language` changes that."""
    did = number(call, call.body.did, "/did")
    language = (call.body.language or "") if "language" in call.body.model_fields_set else None
    stored = call.service(MenuService).assign(
        ivr_id(call),
        did,
        replace=call.body.replace,
        language=language,
        actor=call.actor,
        if_match=if_match().versions,
    )
    return menu_answer(call, stored, did=did)


@routes(
    "DELETE",
    "/ivr/<ivr_id>/assign/<did>",
    scope="write",
    headers=IF_MATCH,
    answers=(Answer(200, "The menu; a draft again when that was its last number", schema.MenuSchema, headers=ETAG),),
    problems=(404, 412, 422),
)
def unassign_did(call: ApiCall) -> Response:
    """Take a number away from this menu: further calls to it get SIP 404."""
    did, wanted = path_number(call, "did"), if_match().versions
    stored = call.service(MenuService).unassign(ivr_id(call), did, actor=call.actor, if_match=wanted)
    return menu_answer(call, stored)
