"""/telephones and /telephone-calls: people's own telephones, and calls to them over a trunk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response

from admin.calls.views import call_json
from admin.http.models import PageQuery
from admin.http.path_numbers import number, path_number
from admin.http.problems import ApiError, fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from admin.telephones import schema
from admin.telephones.service import TelephoneDesk
from admin.test_calls.api import draft_of
from admin.test_calls.service import TestCallService
from ivr.domain.call_records import CallRecord
from ivr.domain.problems import Problem
from ivr.domain.telephones.errors import DestinationRefused, RingNotFound, TelephoneNotFound, TelephoneVerified
from ivr.domain.telephones.model import Ring, Telephone
from ivr.ports.telephones import TelephoneStore

routes = Routes("telephones", schema.PATHS)

_CALL = re.compile(schema.CALL_PATTERN, re.ASCII)
_THIS_CALL = {
    operation: {"telephone_call": "$response.body#/id"}
    for operation in ("get_telephone_call", "hang_up_telephone_call")
}
_REFUSED = (*BAD_BODY, 409, 503)


@routes(
    "POST",
    "/telephones",
    scope="admin",
    body=Body(schema.AddTelephone),
    answers=(Answer(201, "The telephone, and the call that says its code", schema.AddedTelephoneSchema),),
    problems=_REFUSED,
)
def add_telephone(call: ApiCall) -> Response:
    """Add a telephone, and call it with a code.

    It may be rung for a menu over this trunk once its code was given back. Only ordinary numbers in the country of
    the trunk are called, and those in DIGITREE_RING_COUNTRIES; the calls and the money of a day are limited.
    """
    desk, wanted = call.service(TelephoneDesk), number(call, call.body.number, "/number")
    with _refused_at("/number"):
        known, ring = desk.add(wanted, call.body.trunk, actor=call.actor)
    return json_answer({"telephone": _telephone_json(known, desk.find_ringable()), "call": ring_json(ring)}, 201)


@routes(
    "GET",
    "/telephones",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Telephones, by number", schema.TelephonePageSchema),),
    problems=(422,),
)
def list_telephones(call: ApiCall) -> Response:
    """List telephones."""
    page = call.service(TelephoneStore).list(limit=call.query.limit, cursor=call.query.cursor)
    ringable = call.service(TelephoneDesk).find_ringable()
    return json_answer(page_json(page, (_telephone_json(each, ringable) for each in page.items)))


@routes(
    "POST",
    "/telephones/<telephone>/code",
    scope="admin",
    body=Body(schema.SendCode),
    answers=(Answer(201, "The call that says the code", schema.TelephoneCallSchema, links=_THIS_CALL),),
    problems=(*_REFUSED, 404),
)
def send_telephone_code(call: ApiCall) -> Response:
    """Call a telephone with another code; the one before is void."""
    desk, wanted = call.service(TelephoneDesk), path_number(call, "telephone")
    with _refused_at("/path/telephone"):
        ring = desk.send_code(wanted, call.body.trunk, actor=call.actor)
    return json_answer(ring_json(ring), 201)


@routes(
    "POST",
    "/telephones/<telephone>/verify",
    scope="admin",
    body=Body(schema.VerifyTelephone),
    answers=(Answer(200, "The telephone, verified", schema.TelephoneSchema),),
    problems=(*BAD_BODY, 404, 409),
)
def verify_telephone(call: ApiCall) -> Response:
    """Give back the code that a telephone heard. There are five tries, within ten minutes.

    It may then be rung over the trunk of the code's call, until that has other hosts or another registrar.
    """
    desk, wanted = call.service(TelephoneDesk), path_number(call, "telephone")
    with _refused_at("/path/telephone"):
        verified = desk.verify(wanted, call.body.code, actor=call.actor)
    return json_answer(_telephone_json(verified, desk.find_ringable()))


@routes(
    "DELETE",
    "/telephones/<telephone>",
    scope="admin",
    answers=(Answer(204, "The telephone is deleted"),),
    problems=(404, 422),
)
def delete_telephone(call: ApiCall) -> Response:
    """Delete a telephone; it is not rung any more."""
    wanted = path_number(call, "telephone")
    if not call.service(TelephoneStore).delete(wanted, actor=call.actor):
        raise TelephoneNotFound(wanted)
    return Response(status=204)


@routes(
    "POST",
    "/telephone-calls",
    scope="write",
    body=Body(schema.TelephoneCallOrder),
    answers=(
        Answer(
            201, "The call, being dialled", schema.TelephoneCallSchema, headers={"Location": "the call"},
            links=_THIS_CALL,
        ),
    ),
    problems=(*_REFUSED, 404),
)  # fmt: skip
def ring_telephone(call: ApiCall) -> Response:
    """Ring a verified telephone over a trunk, so that it hears a menu.

    It is the caller of that menu: the record has its number and is marked `test`. An opt-out counts on a saved menu,
    not on a draft. A transfer reaches the switch's sample agent. The call ends after DIGITREE_RING_MAX_S.
    """
    order, desk = call.body, call.service(TelephoneDesk)
    wanted = number(call, order.ring, "/ring")
    if order.draft is not None:
        callee = draft_of(call, order.draft, order.ivr_id)
    else:
        callee = call.service(TestCallService).saved(order.ivr_id, order.version)
    with _refused_at("/ring"):
        ring = desk.ring(wanted, order.trunk, callee, actor=call.actor)
    return json_answer(ring_json(ring), 201, {"Location": f"/telephone-calls/{ring.order.ring_id}"})


@routes(
    "GET",
    "/telephone-calls/<telephone_call>",
    scope="calls",
    answers=(Answer(200, "The call, with its record once it is over", schema.TelephoneCallSchema),),
    problems=(404, 422),
)
def get_telephone_call(call: ApiCall) -> Response:
    """Get a call to a telephone. It is kept for 30 days."""
    return json_answer(ring_json(*call.service(TelephoneDesk).get(_id(call))))


@routes(
    "DELETE",
    "/telephone-calls/<telephone_call>",
    scope="write",
    answers=(Answer(204, "The call is hung up"),),
    problems=(404, 422, 503),
)
def hang_up_telephone_call(call: ApiCall) -> Response:
    """Hang up a call to a telephone; doing so again has no effect."""
    call.service(TelephoneDesk).hang_up(_id(call), actor=call.actor)
    return Response(status=204)


@contextmanager
def _refused_at(pointer: str) -> Iterator[None]:
    """A number that is never rung, or needs no code, is a fault of this field."""
    try:
        yield
    except DestinationRefused as error:
        raise fault(pointer, error.code, str(error)) from None
    except TelephoneVerified as error:
        text = str(error)
        raise ApiError(409, error.code, text, Problem(pointer, error.code, text)) from None


def _telephone_json(known: Telephone, ringable: Callable[[Telephone], list[str]]) -> dict[str, Any]:
    return {
        "number": known.number,
        "verified_at": maybe_time(known.verified_at),
        "verified_over": ringable(known),
        "added_by": known.added_by,
        "added_at": time_json(known.added_at),
    }


def ring_json(ring: Ring, record: CallRecord | None = None) -> dict[str, Any]:
    order = ring.order
    return {
        "id": order.ring_id,
        "telephone": order.number,
        "trunk": order.trunk,
        "purpose": order.purpose,
        "ivr_id": order.ivr_id,
        "version": order.version,
        "state": ring.state,
        "result": ring.result,
        "reason": ring.reason,
        "sip_status": ring.sip_status,
        "usd": float(ring.usd),
        "started_at": time_json(ring.started_at),
        "answered_at": maybe_time(ring.answered_at),
        "ended_at": maybe_time(ring.ended_at),
        "record": call_json(record) if record else None,
    }


def _id(call: ApiCall) -> str:
    text = call.path["telephone_call"]
    if not _CALL.fullmatch(text):
        raise RingNotFound
    return text
