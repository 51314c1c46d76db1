"""/calls: call records."""

from __future__ import annotations

from flask import Response

from admin.calls import schema
from admin.calls.views import call_json
from admin.http.path_numbers import known_number
from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import page_json
from ivr.ports.calls import CallFilter, CallStore

routes = Routes("calls", schema.CALL_PATHS)


@routes(
    "GET",
    "/calls",
    scope="calls",
    query=schema.CallQuery,
    answers=(Answer(200, "Call records, newest first", schema.CallPageSchema),),
    problems=(422,),
)
def list_calls(call: ApiCall) -> Response:
    """List calls: number dialled, caller, menu and version, path with keys and milliseconds, outcome, duration."""
    query = call.query
    page = call.service(CallStore).list(_filter(call), limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(call_json, page.items)))


@routes(
    "GET",
    "/calls/<call_id>",
    scope="calls",
    answers=(Answer(200, "The call record", schema.CallRecordSchema),),
    problems=(404, 422),
)
def get_call(call: ApiCall) -> Response:
    """Get one call."""
    call_id = call.path["call_id"]
    record = call.service(CallStore).find(call_id) if call_id.isascii() and call_id.isprintable() else None
    if record is None:
        raise not_found("no such call", "call_not_found")
    return json_answer(call_json(record))


def _filter(call: ApiCall) -> CallFilter:
    query: schema.CallFilters = call.query
    did, ani = (
        None if text is None else known_number(call, text, f"/query/{name}")
        for name, text in (("did", query.did), ("ani", query.ani))
    )
    return CallFilter(did, ani, query.ivr_id, query.outcome, query.since, query.until)
