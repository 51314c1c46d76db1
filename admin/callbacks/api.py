"""/callbacks: callers who would rather be called than wait."""

from __future__ import annotations

import re
from typing import Any

from flask import Response

from admin.callbacks import schema
from admin.callbacks.service import CallbackDesk
from admin.http.path_numbers import number
from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from admin.telephones import schema as telephone_schema
from admin.telephones.api import ring_json
from ivr.domain.call_records import new_id, utc_now
from ivr.domain.callbacks import Callback, CallbackNotFound, CallbackRequest
from ivr.domain.telephones.errors import DestinationRefused
from ivr.ports.callbacks import CallbackStore

routes = Routes("callbacks", schema.PATHS)

_CALLBACK = re.compile(schema.CALLBACK_PATTERN, re.ASCII)
_OF_ONE = ("get_callback", "settle_callback", "dial_callback")
_THIS = {operation: {"callback": "$response.body#/id"} for operation in _OF_ONE}


@routes(
    "GET",
    "/callbacks",
    scope="calls",
    query=schema.CallbackQuery,
    answers=(Answer(200, "Call-backs, the oldest first", schema.CallbackPageSchema),),
    problems=(422,),
)
def list_callbacks(call: ApiCall) -> Response:
    """List call-backs: who wants to be called, the one who has waited for longest first."""
    query = call.query
    page = call.service(CallbackStore).list(query.state, limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(_callback_json, page.items)))


@routes(
    "POST",
    "/callbacks",
    scope="write or people",
    body=Body(schema.AddCallback),
    answers=(
        Answer(201, "The call-back", schema.CallbackSchema, headers={"Location": "the call-back"}, links=_THIS),
    ),
    problems=BAD_BODY,
)
def add_callback(call: ApiCall) -> Response:
    """Add a call-back: of a web form, for instance. Menus add theirs by `action: callback`."""
    wanted = number(call, call.body.number, "/number")
    request = CallbackRequest(new_id("cbk"), wanted, call.body.reason, call.body.wanted, utc_now())
    made = call.service(CallbackDesk).add(request, actor=call.actor)
    return json_answer(_callback_json(made), 201, {"Location": f"/callbacks/{request.callback_id}"})


@routes(
    "GET",
    "/callbacks/<callback>",
    scope="calls",
    answers=(Answer(200, "The call-back", schema.CallbackSchema),),
    problems=(404, 422),
)
def get_callback(call: ApiCall) -> Response:
    """Get a call-back."""
    return json_answer(_callback_json(call.service(CallbackDesk).get(_id(call))))


@routes(
    "PATCH",
    "/callbacks/<callback>",
    scope="write or people",
    body=Body(schema.SettleCallback),
    answers=(Answer(200, "The call-back", schema.CallbackSchema),),
    problems=(*BAD_BODY, 404),
)
def settle_callback(call: ApiCall) -> Response:
    """Say that a call-back is done or dropped, open it again, or leave a note."""
    done = call.service(CallbackStore).settle(_id(call), call.body.state, call.body.note, actor=call.actor)
    if done is None:
        raise CallbackNotFound(_id(call))
    return json_answer(_callback_json(done))


@routes(
    "POST",
    "/callbacks/<callback>/dial",
    scope="write or people",
    body=Body(schema.DialCallback),
    answers=(Answer(201, "The call to the person", telephone_schema.TelephoneCallSchema),),
    problems=(*BAD_BODY, 404, 409, 503),
)
def dial_callback(call: ApiCall) -> Response:
    """Dial a call-back: the person first, and once they have answered the caller.

    The person's telephone is a verified one (see /telephones), and the limits of calls to telephones hold. Once the
    two have talked the call-back is done. A caller who has opted out since they asked is not called.
    """
    person = number(call, call.body.person, "/person")
    try:
        ring = call.service(CallbackDesk).dial(_id(call), person, call.body.trunk, actor=call.actor)
    except DestinationRefused as error:
        raise fault("/person", error.code, str(error)) from None
    return json_answer(ring_json(ring), 201)


def _id(call: ApiCall) -> str:
    text = call.path["callback"]
    if not _CALLBACK.fullmatch(text):
        raise CallbackNotFound(text)
    return text


def _callback_json(each: Callback) -> dict[str, Any]:
    request = each.request
    return {
        "id": request.callback_id,
        "number": request.number,
        "reason": request.reason,
        "wanted": request.wanted,
        "asked_at": time_json(request.asked_at),
        "call_id": request.call_id or None,
        "ivr_id": request.ivr_id or None,
        "node": request.node or None,
        "state": each.state,
        "note": each.note,
        "dialled": each.dialled,
        "dialled_at": maybe_time(each.dialled_at),
        "result": each.result,
        "settled_at": maybe_time(each.settled_at),
        "settled_by": each.settled_by,
    }
