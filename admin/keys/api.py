"""/keys and /audit: who may, and who did."""

from __future__ import annotations

from flask import Response

from admin.http import answers, models
from admin.http.problems import ApiError, not_found
from admin.http.routing import BAD_BODY, Answer, Body, Call, Routes, json_answer
from admin.http.views import audit_json, key_json, page_json

routes = Routes("keys")


@routes(
    "POST",
    "/keys",
    scope="write",
    body=Body(models.CreateKey),
    answers=(
        Answer(
            201,
            "The key; `key` is shown this once",
            answers.NewKey,
            links={"revoke_key": {"key_id": "$response.body#/id"}},
        ),
    ),
    problems=BAD_BODY,
)
def create_key(call: Call) -> Response:
    """Create an API key.

    It can have no scope that the key asking for it lacks.
    """
    lacking = sorted(set(call.body.scopes) - call.principal.scopes) if call.principal else []
    if lacking:
        raise ApiError(403, "scope_missing", f"this key cannot give away what it lacks: {', '.join(lacking)}")
    key, secret = call.services.keys.create(call.body.name, call.body.scopes, actor=call.actor)
    return json_answer({**key_json(key), "key": secret}, 201)


@routes("GET", "/keys", scope="write", answers=(Answer(200, "The keys, without their secrets", answers.KeyList),))
def list_keys(call: Call) -> Response:
    """List API keys."""
    return json_answer({"items": [key_json(key) for key in call.services.keys.list()], "next_cursor": None})


@routes(
    "DELETE",
    "/keys/<key_id>",
    scope="write",
    answers=(Answer(204, "The key is refused from now on"),),
    problems=(404, 409, 422),
)
def revoke_key(call: Call) -> Response:
    """Revoke an API key; it is refused within seconds everywhere.

    A key cannot revoke itself, so that nobody locks himself out by mistake: another one can, or the command line.
    """
    key_id = call.path["key_id"]
    if key_id == call.actor:
        raise ApiError(409, "own_key", "a key cannot revoke itself; use another one, or `digitree keys revoke`")
    known = key_id.isascii() and key_id.isprintable()
    if not known or not call.services.keys.revoke(key_id, actor=call.actor):
        raise not_found("no such key in force", "key_not_found")
    call.services.auth.forget(key_id)
    call.services.sessions.forget()
    return Response(status=204)


@routes(
    "GET",
    "/audit",
    scope="write",
    query=models.AuditQuery,
    answers=(Answer(200, "Changes, newest first", answers.AuditPage),),
    problems=(422,),
)
def list_audit(call: Call) -> Response:
    """List changes: who, what, before, after.

    Where these are whole menus, and large, a page has fewer than `limit`.
    """
    query = call.query
    wanted = {"subject": query.subject, "actor": query.actor, "action": query.action}
    page = call.services.keys.history(query.limit, query.cursor, **wanted)
    return json_answer(page_json(page, map(audit_json, page.items)))
