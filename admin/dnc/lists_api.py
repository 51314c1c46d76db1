"""/dnc: whole lists checked, followed, created and exported."""

from __future__ import annotations

from itertools import chain, islice

from flask import Response

from admin.dnc import schema
from admin.dnc.service import DncService
from admin.dnc.views import change_json, list_json, listed_json, logged_json
from admin.http.models import PageQuery, ShortListQuery
from admin.http.path_numbers import numbers
from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json
from ivr.ports.dnc import DncStore

routes = Routes("do not call")


@routes(
    "POST",
    "/dnc/check",
    scope="read",
    body=Body(schema.CheckNumbers),
    answers=(Answer(200, "The numbers that must not be called", schema.CheckedSchema),),
    problems=(*BAD_BODY, 404),
)
def check_dnc(call: ApiCall) -> Response:
    """Check up to 10,000 numbers at once.

    Lists of scope `all` are always checked; `list` and `seller` name further ones. Each check is logged.
    """
    body = call.body
    wanted = numbers(call, body.numbers, "/numbers")
    check, listed = call.service(DncStore).check(
        wanted, actor=call.actor, list_id=body.list, seller=body.seller
    )
    read = {text: understood for text, understood in zip(body.numbers, wanted, strict=True) if text != understood}
    return json_answer(
        {
            **logged_json(check),
            "listed": [listed_json(each) for each in listed],
            "understood": [{"given": text, "number": understood} for text, understood in read.items()],
        }
    )


@routes(
    "GET",
    "/dnc/checks",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Checks, newest first", schema.CheckPageSchema),),
    problems=(422,),
)
def list_checks(call: ApiCall) -> Response:
    """List the checks: who checked when."""
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

    No event is ever inserted before one that was returned, so `next_since` misses nothing.
    """
    query = call.query
    events = call.service(DncStore).changes(query.list, query.since, limit=query.limit)
    next_since = events[-1].seq if events else query.since
    return json_answer({"items": [change_json(each) for each in events], "next_since": next_since})


@routes(
    "GET",
    "/dnc/lists",
    scope="read",
    query=ShortListQuery,
    answers=(Answer(200, "All lists", schema.DncListsSchema),),
    problems=(422,),
)
def list_dnc_lists(call: ApiCall) -> Response:
    """List the do-not-call lists; opt-outs of calls go to `default`, which binds everybody."""
    page = page_of(call.service(DncStore).lists(), call.query, lambda each: (each.list_id,))
    return json_answer(page_json(page, map(list_json, page.items)))


@routes(
    "POST",
    "/dnc/lists",
    scope="dnc",
    body=Body(schema.CreateList),
    answers=(Answer(201, "The list", schema.DncListSchema),),
    problems=(*BAD_BODY, 409),
)
def create_dnc_list(call: ApiCall) -> Response:
    """Create a list. Lists cannot be changed or deleted."""
    body = call.body
    if (body.seller is not None) != (body.scope == "seller"):
        text = "give the seller's name for a list of scope seller, and leave it out for any other list"
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
    head = list(islice(lines, 2))  # an early error is still answered as a problem document, not as half a file
    response = Response(chain(head, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="dnc.csv"'
    return response
