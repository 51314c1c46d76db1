"""/calls: call records."""

from __future__ import annotations

from flask import Response

from admin.http import answers, models
from admin.http.problems import not_found
from admin.http.routing import Answer, Call, Routes, json_answer
from admin.http.views import call_json, page_json
from ivr.ports.calls import CallFilter

routes = Routes("calls")


@routes(
    "GET",
    "/calls",
    scope="calls",
    query=models.CallQuery,
    answers=(Answer(200, "Call records, newest first", answers.CallPage),),
    problems=(422,),
)
def list_calls(call: Call) -> Response:
    """List calls: number dialled, caller, menu and version, path with keys and milliseconds, outcome, duration."""
    query = call.query
    wanted = CallFilter(query.did, query.ani, query.ivr_id, query.outcome, query.since, query.until)
    page = call.services.calls.list(wanted, query.limit, query.cursor)
    return json_answer(page_json(page, map(call_json, page.items)))


@routes(
    "GET",
    "/calls/<call_id>",
    scope="calls",
    answers=(Answer(200, "The call record", answers.CallRecord),),
    problems=(404, 422),
)
def get_call(call: Call) -> Response:
    """Get one call."""
    call_id = call.path["call_id"]
    record = call.services.calls.find(call_id) if call_id.isascii() and call_id.isprintable() else None
    if record is None:
        raise not_found("no such call", "call_not_found")
    return json_answer(call_json(record))
