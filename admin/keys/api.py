"""/keys: API keys."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response

from admin.http.auth import Auth
from admin.http.models import ShortListQuery
from admin.http.problems import ApiError, fault, not_found
from admin.http.rank import need_rank
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.sessions import Sessions
from admin.http.short_lists import page_of
from admin.http.views import page_json
from admin.keys import schema
from admin.keys.views import key_json
from ivr.ports.keys import KeyStore

routes = Routes("keys", schema.KEY_PATHS)


@routes(
    "POST",
    "/keys",
    scope="admin",
    body=Body(schema.CreateKey),
    answers=(
        Answer(
            201,
            "The key; `key` is shown this once",
            schema.NewKeySchema,
            links={"revoke_key": {"key_id": "$response.body#/id"}},
        ),
    ),
    problems=BAD_BODY,
)
def create_key(call: ApiCall) -> Response:
    """Create an API key.

    The new key cannot have a scope that your own key lacks.
    """
    need_rank(call.principal, call.body.scopes)
    ends = call.body.expires_at
    if ends is not None and ends <= datetime.now(UTC):
        raise fault("/expires_at", "in_the_past", "a key cannot end before it is made; give a time in the future")
    key, secret = call.service(KeyStore).create(
        call.body.name, call.body.scopes, actor=call.actor, expires_at=ends
    )
    return json_answer({**key_json(key), "key": secret}, 201)


@routes(
    "GET",
    "/keys",
    scope="admin",
    query=ShortListQuery,
    answers=(Answer(200, "The keys, without their secrets", schema.KeyListSchema),),
    problems=(422,),
)
def list_keys(call: ApiCall) -> Response:
    """List API keys."""
    page = page_of(call.service(KeyStore).list(), call.query, lambda key: (key.created_at.isoformat(), key.key_id))
    return json_answer(page_json(page, map(key_json, page.items)))


@routes(
    "DELETE",
    "/keys/<key_id>",
    scope="admin",
    answers=(Answer(204, "The key is revoked"),),
    problems=(404, 409, 422),
)
def revoke_key(call: ApiCall) -> Response:
    """Revoke an API key; within seconds every process refuses it.

    You must have every scope that the key has. A key cannot revoke itself, so that nobody locks themselves out by
    mistake: use another key, or the command line.
    """
    key_id = call.path["key_id"]
    if key_id == call.actor:
        raise ApiError(
            409, "own_key", "a key cannot revoke itself; use another key, or the command: digitree keys revoke"
        )
    known = key_id.isascii() and key_id.isprintable()
    principal = call.principal
    if not known or not call.service(KeyStore).revoke(
        key_id, actor=call.actor, check=lambda key: need_rank(principal, key.scopes)
    ):
        raise not_found("there is no such API key, or it is revoked already", "key_not_found")
    call.service(Auth).forget(key_id)
    call.service(Sessions).forget()
    return Response(status=204)
