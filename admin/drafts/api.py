"""/ivr/{id}/draft: a menu's changes that callers do not hear until they are published."""

from __future__ import annotations

from flask import Response, request

from admin.drafts import schema
from admin.drafts.service import DraftService, PublishOptions
from admin.drafts.views import draft_json
from admin.http.crowd import aside
from admin.http.preconditions import if_match, quoted
from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.menus.node_schema import WRITTEN_MENU
from admin.menus.requests import ETAG, ivr_id, menu_answer
from admin.menus.schema import MenuSchema
from admin.menus.service import MenuService
from ivr.ports.menu_drafts import NO_DRAFT, DraftStore, MenuDraft

routes = Routes("menus", schema.DRAFT_PATHS)

REVISION_ETAG = {"ETag": "the revision, in quotes"}
IF_REVISION = {"If-Match": "the revision of the draft that this is meant for, in quotes; at another one: 412"}
_NONE_MATCH = "If-None-Match"
_IF_NONE = {_NONE_MATCH: "`*`: only if the menu has no draft; otherwise: 412"}


@routes(
    "GET",
    "/ivr/<ivr_id>/draft",
    scope="read",
    answers=(Answer(200, "The draft", schema.MenuDraftSchema, headers=REVISION_ETAG),),
    problems=(404, 422),
)
def get_draft(call: ApiCall) -> Response:
    """Get the draft of a menu: what it will be once the draft is published."""
    return _answer(call, call.service(DraftStore).get(ivr_id(call)))


@routes(
    "PUT",
    "/ivr/<ivr_id>/draft",
    scope="write",
    query=schema.SaveDraftQuery,
    body=Body(schema=WRITTEN_MENU),
    headers={**IF_REVISION, **_IF_NONE},
    answers=(Answer(200, "The draft", schema.MenuDraftSchema, headers=REVISION_ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def put_draft(call: ApiCall) -> Response:
    """Save a whole menu as its draft, of which callers hear nothing.

    A menu has at most one draft, which all its editors share. Sounds that the draft has stay. Send `If-Match`, or for
    the first `If-None-Match: *`: else you may overwrite what somebody else has just saved.
    """
    saved = call.service(DraftService).save(
        ivr_id(call), call.body, based_on=call.query.based_on, actor=call.actor, expected=_expected()
    )
    return _answer(call, saved)


@routes(
    "DELETE",
    "/ivr/<ivr_id>/draft",
    scope="write",
    headers=IF_REVISION,
    answers=(Answer(204, "The draft is discarded"),),
    problems=(404, 412, 422),
)
def delete_draft(call: ApiCall) -> Response:
    """Discard the draft of a menu with the sounds that it has of its own."""
    call.service(DraftStore).delete(ivr_id(call), actor=call.actor, expected=if_match().versions)
    return Response(status=204)


@routes(
    "POST",
    "/ivr/<ivr_id>/draft/publish",
    scope="write",
    query=schema.PublishQuery,
    headers=IF_REVISION,
    answers=(Answer(200, "The menu, one version on", MenuSchema, headers=ETAG),),
    problems=(404, 409, 412, 422),
)
def publish_draft(call: ApiCall) -> Response:
    """Publish the draft: its nodes and all its sounds become one new version, from the next call on.

    Calls under way keep their version. The draft is gone then. If the menu was changed since the version that the
    draft is based on, it is refused (412 `version_replaced`) unless `replace=true`. It is refused, too, if an agent,
    opening hours or whatever else it names was deleted since it was saved.
    """
    query = call.query
    options = PublishOptions(
        call.actor, query.strict, query.require_tests, query.speak, query.replace, if_match().versions
    )
    with aside():
        saved = call.service(DraftService).publish(ivr_id(call), options)
    return menu_answer(call, saved)


def _answer(call: ApiCall, draft: MenuDraft) -> Response:
    headers = {"ETag": quoted(str(draft.head.revision))}
    return json_answer(draft_json(draft, call.service(MenuService)), headers=headers)


def _expected() -> frozenset[int] | None:
    """The revisions that a write may find, by both headers."""
    none_match = request.headers.get(_NONE_MATCH)
    if none_match is None:
        return if_match().versions
    if none_match.strip() != "*":
        text = "If-None-Match can only be * here: the draft is saved if there is none"
        raise fault("/header/If-None-Match", "invalid_header", text)
    return frozenset([NO_DRAFT])
