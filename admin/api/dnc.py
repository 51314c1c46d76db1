"""/dnc: the do-not-call list."""

from __future__ import annotations

from itertools import chain, islice

from flask import Response

from admin import answers, models
from admin.api.common import number, path_number
from admin.problems import not_found
from admin.routing import BAD_BODY, Answer, Body, Call, Routes, json_answer
from admin.services.dnc import DncService
from admin.views import dnc_json, event_json, page_json
from ivr.domain.numbers import E164
from ivr.domain.ports import DncFilter

routes = Routes("do not call")


@routes(
    "GET",
    "/dnc",
    scope="read",
    query=models.DncQuery,
    answers=(Answer(200, "Entries, newest first", answers.SuppressionPage),),
    problems=(422,),
)
def list_dnc(call: Call) -> Response:
    """List the numbers that must not be called again."""
    query = call.query
    wanted = DncFilter(query.source, query.since, query.until)
    page = call.services.dnc.list(wanted, query.limit, query.cursor)
    return json_answer(page_json(page, map(dnc_json, page.items)))


@routes(
    "POST",
    "/dnc",
    scope="write",
    body=Body(models.AddSuppression),
    answers=(
        Answer(
            201,
            "The number is on the list now",
            answers.Suppression,
            headers={"Location": "the entry"},
            links={"get_dnc": {"number": "$response.body#/number"}},
        ),
        Answer(200, "It was on the list; this is another event of it", answers.Suppression),
    ),
    problems=BAD_BODY,
)
def add_dnc(call: Call) -> Response:
    """Put a number on the list by hand."""
    wanted = number(call.body.number, "/number")
    new = call.services.dnc.add(wanted, call.body.source, actor=call.actor)
    return json_answer(_entry(call.services.dnc, wanted), 201 if new else 200, {"Location": f"/dnc/{wanted}"})


@routes(
    "GET",
    "/dnc/<number>",
    scope="read",
    answers=(Answer(200, "The entry and its events", answers.Suppression),),
    problems=(404, 422),
)
def get_dnc(call: Call) -> Response:
    """Get one number; 404 when it is not on the list."""
    return json_answer(_entry(call.services.dnc, path_number(call, "number")))


@routes(
    "GET",
    "/dnc.csv",
    scope="read",
    answers=(Answer(200, "One line per entry", {"type": "string"}, "text/csv"),),
)
def export_dnc(call: Call) -> Response:
    """Export the list as CSV, oldest first."""
    lines = call.services.dnc.export()
    head = list(islice(lines, 2))  # what fails at once is still a problem document, not half a file
    response = Response(chain(head, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="dnc.csv"'
    return response


def _entry(dnc: DncService, wanted: E164) -> dict[str, object]:
    found = dnc.find(wanted)
    if found is None:
        raise not_found(f"{wanted} is not on the do-not-call list", "not_suppressed")
    entry, events = found
    return {**dnc_json(entry), "events": [event_json(event) for event in events]}
