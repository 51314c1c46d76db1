"""/ivr/{id}/funnel and /usage: where callers go, what it costs, what it saves."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from admin.http.problems import fault
from admin.http.routing import Answer, Call, Routes, json_answer
from admin.menus.api import ivr_id
from admin.reports.schema import FunnelAnswer, FunnelQuery, UsageAnswer, UsageQuery
from admin.reports.service import TooManyLines, usage_csv

routes = Routes("figures")
_CSV = Answer(200, "One line per group, under their names", {"type": "string"}, "text/csv")


@routes(
    "GET",
    "/ivr/<ivr_id>/funnel",
    scope="calls",
    query=FunnelQuery,
    answers=(Answer(200, "Where callers went, node by node", FunnelAnswer),),
    problems=(404, 422),
)
def get_funnel(call: Call) -> Response:
    """Follow callers through a menu.

    Of every node: visits, each key, silence, wrong keys, hang-ups, median and p90 seconds, on to where. Kept up as
    calls end, each counted once, on the day (UTC) it began; calls that only tried the menu are left out.
    """
    menu = ivr_id(call)
    first, last = call.query.days()
    found = call.services.figures.funnel(menu, first, last, call.query.version)
    if not found["calls"]:
        call.services.menus.get(menu)
    return json_answer(found)


@routes(
    "GET",
    "/usage",
    scope="calls",
    query=UsageQuery,
    answers=(Answer(200, "What was used, what it cost, what was saved", UsageAnswer), _CSV),
    problems=(422,),
)
def get_usage(call: Call) -> Response:
    """Read the bill, and the ledger of minutes saved.

    Minutes of menu and of agents' talk, seconds of speech, each charged at the rate of its time, to the millisecond.
    `deflected` are callers whose call ended in the menu, by the menu or by themselves, and who never met an agent.
    With `Accept: text/csv` lines instead of JSON.
    """
    if request.accept_mimetypes.best_match(("application/json", "text/csv")) == "text/csv":
        return _csv(call)
    return json_answer(_usage(call))


@routes("GET", "/usage.csv", scope="calls", query=UsageQuery, answers=(_CSV,), problems=(422,))
def export_usage(call: Call) -> Response:
    """Download the bill as CSV."""
    return _csv(call)


def _csv(call: Call) -> Response:
    usage = _usage(call)
    response = Response(usage_csv(usage), content_type="text/csv; charset=utf-8")
    name = f"usage-{usage['first_day']}-{usage['last_day']}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _usage(call: Call) -> dict[str, Any]:
    first, last = call.query.days()
    try:
        return call.services.figures.usage(first, last, call.query.group.split(","), call.query.ivr_id)
    except TooManyLines as error:
        raise fault("/query/group", error.code, str(error)) from None
