"""POST /calls and /calls/outgoing: calls that we make, for reminders and confirmations."""

from __future__ import annotations

import re
from typing import Any

from flask import Response

from admin.http.path_numbers import known_number, number
from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import fault_json, maybe_time, page_json, time_json
from admin.outgoing import schema
from admin.outgoing.service import OutgoingDesk
from ivr.domain.call_records import utc_now
from ivr.domain.errors import ListNotFound
from ivr.domain.outgoing.errors import OrderNotFound
from ivr.domain.outgoing.model import LASTS, Attempt, NewOrder, Order, Retries, new_order_id
from ivr.domain.telephones.errors import DestinationRefused
from ivr.ports.outgoing import OrderFilter, OrderStore

routes = Routes("outgoing", schema.PATHS)

_ORDER = re.compile(schema.ORDER_PATTERN, re.ASCII)
_THIS = {
    operation: {"outgoing_id": "$response.body#/id"} for operation in ("get_outgoing_call", "cancel_outgoing_call")
}


@routes(
    "POST",
    "/calls",
    scope="write",
    body=Body(schema.OutgoingOrder),
    answers=(
        Answer(
            201, "The call, which waits to be made", schema.OrderedCallSchema, headers={"Location": "the call"},
            links=_THIS,
        ),
    ),
    problems=(*BAD_BODY, 404, 409, 429, 503),
)  # fmt: skip
def order_call(call: ApiCall) -> Response:
    """Order a call: we call a number over a trunk, and whoever answers hears a menu.

    It is made within the hours of the called number, and not while the number is on a do-not-call list that counts
    for all calls, on `dnc_list`, or on one of `lists`: that is looked up now and once more before it is dialled. The
    called person is the caller of the menu: `caller` is their number, and an opt-out puts it on the do-not-call list.
    What a trunk is used for in 24 hours is limited (DIGITREE_OUTGOING_CALLS_DAY and the like); a call beyond that
    waits.
    """
    order = _order_of(call)
    try:
        made, lacking = call.service(OutgoingDesk).add(order)
    except DestinationRefused as error:
        raise fault("/to", error.code, str(error)) from None
    except ListNotFound as error:
        raise fault("/dnc_list", error.code, str(error)) from None
    answer = {**order_json(made), "warnings": [fault_json(each) for each in lacking]}
    return json_answer(answer, 201, {"Location": f"/calls/outgoing/{order.order_id}"})


@routes(
    "GET",
    "/calls/outgoing",
    scope="calls",
    query=schema.OutgoingQuery,
    answers=(Answer(200, "Calls that we make, newest order first", schema.OutgoingPageSchema),),
    problems=(422,),
)
def list_outgoing_calls(call: ApiCall) -> Response:
    """List the calls that were ordered, with what came of them."""
    query = call.query
    to = None if query.to is None else known_number(call, query.to, "/query/to")
    wanted = OrderFilter(query.state, to, query.ivr_id)
    page = call.service(OrderStore).list(wanted, limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(order_json, page.items)))


@routes(
    "GET",
    "/calls/outgoing/<outgoing_id>",
    scope="calls",
    answers=(Answer(200, "The call, with its attempts", schema.OutgoingCallSchema),),
    problems=(404, 422),
)
def get_outgoing_call(call: ApiCall) -> Response:
    """Get a call that was ordered."""
    return json_answer(order_json(call.service(OutgoingDesk).get(_id(call))))


@routes(
    "DELETE",
    "/calls/outgoing/<outgoing_id>",
    scope="write",
    answers=(Answer(204, "It is not made, or is hung up"),),
    problems=(404, 409, 422, 503),
)
def cancel_outgoing_call(call: ApiCall) -> Response:
    """Cancel a call that was ordered; one that is under way is hung up."""
    call.service(OutgoingDesk).cancel(_id(call), actor=call.actor)
    return Response(status=204)


def _order_of(call: ApiCall) -> NewOrder:
    body: schema.OutgoingOrder = call.body
    not_before = body.at or utc_now()
    return NewOrder(
        new_order_id(),
        number(call, body.to, "/to"),
        body.trunk,
        body.ivr_id,
        call.actor,
        not_before,
        body.until or not_before + LASTS,
        None if body.caller is None else number(call, body.caller, "/from"),
        body.variables,
        body.hours.hours(),
        Retries(body.retries.most, body.retries.busy_s, body.retries.no_answer_s),
        body.purpose,
        body.on_behalf_of,
        body.dnc_list,
        tuple(dict.fromkeys(body.lists)),
        body.detect_machine,
    )


def order_json(made: Order) -> dict[str, Any]:
    order = made.order
    return {
        "id": order.order_id,
        "to": order.to,
        "caller": order.caller,
        "trunk": order.trunk,
        "ivr_id": order.ivr_id,
        "variables": dict(order.variables),
        "purpose": order.purpose,
        "on_behalf_of": order.on_behalf_of,
        "state": made.state,
        "result": made.result,
        "reason": made.reason,
        "created_at": time_json(made.created_at),
        "due_at": time_json(made.due_at),
        "until": time_json(order.until),
        "ended_at": maybe_time(made.ended_at),
        "attempts": [_attempt_json(each) for each in made.attempts],
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "started_at": time_json(attempt.started_at),
        "answered_at": maybe_time(attempt.answered_at),
        "ended_at": maybe_time(attempt.ended_at),
        "state": attempt.state,
        "result": attempt.result,
        "reason": attempt.reason,
        "sip_status": attempt.sip_status,
        "answered_by": attempt.answered_by,
        "usd": float(attempt.usd),
        "call_id": attempt.call_id,
    }


def _id(call: ApiCall) -> str:
    text = call.path["outgoing_id"]
    if not _ORDER.fullmatch(text):
        raise OrderNotFound
    return text
