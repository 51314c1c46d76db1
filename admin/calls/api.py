"""/calls: call records."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from admin.calls import schema
from admin.calls.views import CSV_COLUMNS, call_json, csv_call
from admin.channels.messages_api import message_json
from admin.http.path_numbers import known_number, wanted_text
from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import sorted_page_json
from ivr.domain.dnc.csv_cells import csv_line
from ivr.ports.calls import CallFilter, CallStore
from ivr.ports.notices import MessageStore
from ivr.ports.pages import MAX_LIMIT, MOST_COUNTED

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
    store, wanted = call.service(CallStore), _filter(call)
    page = store.list(wanted, limit=query.limit, cursor=query.cursor, sort=query.sort)
    total = store.count(wanted, at_most=MOST_COUNTED) if query.total else None
    return json_answer({**sorted_page_json(page, map(call_json, page.items)), "total": total})


@routes(
    "GET",
    "/calls.csv",
    scope="calls",
    query=schema.CallFilters,
    answers=(Answer(200, "One line per call, newest first, under their names", {"type": "string"}, "text/csv"),),
    problems=(422,),
)
def export_calls(call: ApiCall) -> Response:
    """Download calls as CSV.

    The filters are those of GET /calls, and all calls that they leave are in it: ask for a month, not for years.
    `nodes` are those that the call came to, `keys` what was pressed there.
    """
    store, wanted = call.service(CallStore), _filter(call)
    # Read before the answer begins: an early error is a problem document, not half a file.
    page = store.list(wanted, limit=MAX_LIMIT)

    def lines() -> Iterator[str]:
        shown = page
        yield csv_line(CSV_COLUMNS)
        while True:
            yield "".join(map(csv_call, shown.items))
            if shown.next_cursor is None:
                return
            shown = store.list(wanted, limit=MAX_LIMIT, cursor=shown.next_cursor)

    response = Response(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="calls.csv"'
    return response


@routes(
    "GET",
    "/calls/<call_id>",
    scope="calls",
    answers=(Answer(200, "The call record", schema.CallDetailsSchema),),
    problems=(404, 422),
)
def get_call(call: ApiCall) -> Response:
    """Get one call, and what became of its messages."""
    call_id = call.path["call_id"]
    record = call.service(CallStore).find(call_id) if call_id.isascii() and call_id.isprintable() else None
    if record is None:
        raise not_found("no such call", "call_not_found")
    messages = call.service(MessageStore).of_call(record.call_id)
    return json_answer({**call_json(record), "messages": [message_json(each) for each in messages]})


def _filter(call: ApiCall) -> CallFilter:
    query: schema.CallFilters = call.query
    did, ani = (
        None if text is None else known_number(call, text, f"/query/{name}")
        for name, text in (("did", query.did), ("ani", query.ani))
    )
    search = wanted_text(call, query.search)
    return CallFilter(
        did, ani, query.ivr_id, query.outcome, query.since, query.until, query.language, search, query.test
    )
