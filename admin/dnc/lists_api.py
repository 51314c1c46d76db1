"""/dnc: whole lists checked, imported, followed, made and exported."""

from __future__ import annotations

import tempfile
from itertools import chain, islice

from flask import Response, request

from admin.dnc import schema
from admin.dnc.import_progress import ImportBoard
from admin.dnc.service import DncService
from admin.dnc.views import change_json, list_json, listed_json, logged_json
from admin.http.body import copy_body
from admin.http.models import PageQuery
from admin.http.problems import ApiError, fault, invalid, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import page_json
from ivr.domain.errors import ImportRefused
from ivr.domain.problems import Problem
from ivr.ports.dnc import DncStore

routes = Routes("do not call", {"import_name": {"type": "string", "pattern": schema.IMPORT_NAME}})

# A million numbers, and as much again for other columns.
MAX_CSV_BYTES = 32 * 1024 * 1024
_IN_MEMORY_BYTES = 1024 * 1024


@routes(
    "POST",
    "/dnc/check",
    scope="read",
    body=Body(schema.CheckNumbers),
    answers=(Answer(200, "Those that must not be called", schema.CheckedSchema),),
    problems=(*BAD_BODY, 404),
)
def check_dnc(call: ApiCall) -> Response:
    """Ask for up to 10,000 numbers at once.

    Lists of scope `all` always count, `list` and `seller` name further ones. Each check is logged.
    """
    body = call.body
    check, listed = call.service(DncStore).check(
        body.numbers, actor=call.actor, list_id=body.list, seller=body.seller
    )
    return json_answer({**logged_json(check), "listed": [listed_json(each) for each in listed]})


@routes(
    "POST",
    "/dnc/import",
    scope="write",
    query=schema.ImportQuery,
    body=Body(raw={"text/csv": {"type": "string"}}),
    answers=(Answer(200, "All of them are on the list now", schema.ImportedSchema),),
    problems=(*BAD_BODY, 404),
)
def import_dnc(call: ApiCall) -> Response:
    """Put a CSV of numbers on a list: all of them, or with a single bad line none.

    The column `number` or `phone` counts, else the first; what GET /dnc.csv gives can be given back. Numbers that are
    on the list already get no further event.
    """
    if request.mimetype != "text/csv":
        raise ApiError(415, "unsupported_media_type", "send CSV with Content-Type: text/csv")
    query = call.query
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        copy_body(file, MAX_CSV_BYTES)
        size = file.tell()
        file.seek(0)
        try:
            done = call.service(DncService).import_csv(file, query.list, actor=call.actor, name=query.name, size=size)
        except ImportRefused as refused:
            faults = (Problem(f"/{line}", "bad_line", f"line {line}: {reason}") for line, reason in refused.bad)
            raise invalid(*faults, code=refused.code, detail=str(refused)) from None
    return json_answer({"numbers_count": done.numbers, "added": done.added, "passed_over": done.passed_over})


@routes(
    "GET",
    "/dnc/imports/<import_name>",
    scope="write",
    answers=(Answer(200, "How far it is", schema.ImportStateSchema),),
    problems=(404, 422),
)
def watch_import(call: ApiCall) -> Response:
    """See how far an import of yours is, by the `name` that it was sent with; known for a quarter of an hour."""
    found = call.service(ImportBoard).find(call.actor, call.path["import_name"])
    if found is None:
        raise not_found("nothing is known of an import of this name", "import_not_found")
    return json_answer(found)


@routes(
    "GET",
    "/dnc/checks",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Checks, newest first", schema.CheckPageSchema),),
    problems=(422,),
)
def list_checks(call: ApiCall) -> Response:
    """See who checked when."""
    page = call.service(DncStore).checks(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(logged_json, page.items)))


@routes(
    "GET",
    "/dnc/changes",
    scope="read",
    query=schema.ChangesQuery,
    answers=(Answer(200, "Events in the order of the chain", schema.ChangesSchema),),
    problems=(404, 422),
)
def dnc_changes(call: ApiCall) -> Response:
    """Follow a list: every opt-out and release after `since`.

    Nothing ever comes in before an event that was given out, so `next_since` misses nothing.
    """
    query = call.query
    events = call.service(DncStore).changes(query.list, query.since, limit=query.limit)
    next_since = events[-1].seq if events else query.since
    return json_answer({"items": [change_json(each) for each in events], "next_since": next_since})


@routes(
    "GET",
    "/dnc/lists",
    scope="read",
    answers=(Answer(200, "All lists", schema.DncListsSchema),),
    problems=(422,),
)
def list_dnc_lists(call: ApiCall) -> Response:
    """See the lists: opt-outs of calls go to `default`, which binds everybody."""
    return json_answer({"items": list(map(list_json, call.service(DncStore).lists())), "next_cursor": None})


@routes(
    "POST",
    "/dnc/lists",
    scope="write",
    body=Body(schema.CreateList),
    answers=(Answer(201, "The list", schema.DncListSchema),),
    problems=(*BAD_BODY, 409),
)
def create_dnc_list(call: ApiCall) -> Response:
    """Make a list. Lists cannot be changed or deleted."""
    body = call.body
    if (body.seller is not None) != (body.scope == "seller"):
        text = "a list of one seller needs the seller's name, and any other list has none"
        raise fault("/seller", "seller_and_scope", text)
    made = call.service(DncStore).create_list(body.id, body.scope, body.seller, actor=call.actor)
    return json_answer(list_json(made), 201)


@routes(
    "GET",
    "/dnc.csv",
    scope="read",
    query=schema.ListQuery,
    answers=(Answer(200, "One line per entry", {"type": "string"}, "text/csv"),),
    problems=(404, 422),
)
def export_dnc(call: ApiCall) -> Response:
    """Export a list as CSV, oldest first, released entries included."""
    lines = call.service(DncService).export(call.query.list)
    head = list(islice(lines, 2))  # an error at once is still a problem document, not half a file
    response = Response(chain(head, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="dnc.csv"'
    return response
