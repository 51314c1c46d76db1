"""/ivr/{id}/funnel and /usage: the paths of callers, costs and savings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, request

from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.menus.requests import ivr_id
from admin.menus.schema import IVR_ID_PATH
from admin.reports.days import zone_of
from admin.reports.schema import FunnelAnswerSchema, FunnelQuery, UsageAnswerSchema, UsageQuery
from admin.reports.service import ReportService, speech_csv, usage_csv
from ivr.ports.menus import MenuStore

routes = Routes("reports", IVR_ID_PATH)
_CSV = Answer(200, "One line per group below a header line", {"type": "string"}, "text/csv")


@routes(
    "GET",
    "/ivr/<ivr_id>/funnel",
    scope="calls",
    query=FunnelQuery,
    answers=(Answer(200, "Where callers went, node by node", FunnelAnswerSchema),),
    problems=(404, 422),
)
def get_funnel(call: ApiCall) -> Response:
    """Follow callers through a menu.

    For every node: visits, each key, silence, wrong keys, hang-ups, median and 90th percentile of the time in
    seconds, and where callers went next. Each call is counted once, when it ends, on the day it began; test calls are
    left out.
    """
    menu, zone = ivr_id(call), zone_of(call)
    first, last = call.query.days(zone)
    found = call.service(ReportService).funnel(menu, first, last, call.query.version, call.query.language, zone)
    if not found["calls"]:
        call.service(MenuStore).state(menu)
    return json_answer(found)


@routes(
    "GET",
    "/usage",
    scope="calls",
    query=UsageQuery,
    answers=(Answer(200, "Usage, costs and savings", UsageAnswerSchema), _CSV),
    problems=(422,),
)
def get_usage(call: ApiCall) -> Response:
    """Read usage, costs, and the savings of calls that needed no agent.

    Minutes of menu and of agents' talk, seconds of speech, each charged at the rate of its time, to the millisecond.
    `deflected` are callers whose call ended in the menu, by the menu or by themselves, and who never met an agent.
    Days are those of `tz`, by default the installation's time zone, whatever its clocks did; a call belongs to the
    day on which it began.
    With `Accept: text/csv` lines instead of JSON.
    """
    if request.accept_mimetypes.best_match(("application/json", "text/csv")) == "text/csv":
        return _csv(call)
    return json_answer(_usage(call))


@routes("GET", "/usage.csv", scope="calls", query=UsageQuery, answers=(_CSV,), problems=(422,))
def export_usage(call: ApiCall) -> Response:
    """Download usage and costs as CSV."""
    return _csv(call)


@routes("GET", "/usage/speech.csv", scope="calls", query=UsageQuery, answers=(_CSV,), problems=(422,))
def export_speech(call: ApiCall) -> Response:
    """Download what was spoken by each engine and voice as CSV."""
    return _csv(call, "speech", speech_csv)


def _csv(
    call: ApiCall, what: str = "usage", written: Callable[[dict[str, Any]], Iterator[str]] = usage_csv
) -> Response:
    usage = _usage(call)
    response = Response(written(usage), content_type="text/csv; charset=utf-8")
    name = f"{what}-{usage['first_day']}-{usage['last_day']}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _usage(call: ApiCall) -> dict[str, Any]:
    zone = zone_of(call)
    first, last = call.query.days(zone)
    group = call.query.group.split(",")
    return call.service(ReportService).usage(first, last, group, call.query.ivr_id, zone)
