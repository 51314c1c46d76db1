"""/lines: waiting lines as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Response

from admin.http.models import ShortListQuery
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json, time_json
from admin.http.zones import InstallationZone
from admin.lines import schema
from admin.lines.service import Line, LineBoard, LineNotFound
from admin.reports.schema import LineReportQuery
from ivr.domain.people.model import GROUP_NAME
from ivr.domain.reports.lines import CLOSED, FULL, IN_VAIN, LEFT, PERSON
from ivr.ports.lines import LineReportStore

routes = Routes("lines", schema.PATHS)


@routes(
    "GET",
    "/lines",
    scope="calls",
    query=ShortListQuery,
    answers=(Answer(200, "Lines, by name", schema.LinesSchema),),
    problems=(422, 503),
)
def list_lines(call: ApiCall) -> Response:
    """List the waiting lines: how many wait, and for how long."""
    page = page_of(call.service(LineBoard).lines(), call.query, lambda each: (each.name,))
    return json_answer(page_json(page, map(_line_json, page.items)))


@routes(
    "GET",
    "/lines/<line>",
    scope="calls",
    answers=(Answer(200, "The line", schema.LineCallsSchema),),
    problems=(404, 503),
)
def get_line(call: ApiCall) -> Response:
    """Get a waiting line: who waits, in which order, and who is with whom."""
    found = call.service(LineBoard).line(call.path["line"])
    return json_answer({**_line_json(found), "calls": list(_calls_json(found))})


@routes(
    "GET",
    "/lines/<line>/report",
    scope="calls",
    query=LineReportQuery,
    answers=(Answer(200, "How the line did", schema.LineReportSchema),),
    problems=(404, 422),
)
def get_line_report(call: ApiCall) -> Response:
    """Read how a waiting line did: service level, abandonment, waits.

    A call belongs to the day on which it began, and is counted once it has ended; test calls are left out.
    """
    line = call.path["line"]
    if not GROUP_NAME.fullmatch(line):
        raise LineNotFound(line)
    zone = call.query.zone(call.service(InstallationZone).zone)
    first, last = call.query.days(zone)
    found = call.service(LineReportStore).read(line, first, last, zone, call.query.within_s)
    answered = found.of(PERSON)
    return json_answer({
        "line": line,
        "waited": found.waited,
        "answered": answered.calls,
        "answered_in_time": answered.within,
        "abandoned": found.of(LEFT).calls,
        "in_vain": found.of(IN_VAIN).calls,
        "by_key": found.by_key,
        "full": found.of(FULL).calls,
        "closed": found.of(CLOSED).calls,
        "within_s": call.query.within_s,
        "service_level": _rounded(found.service_level),
        "abandonment": _rounded(found.abandoned),
        "mean_wait_s": round(answered.total_s / answered.calls, 1) if answered.calls else None,
        "longest_wait_s": max((each.longest_s for each in found.ended.values()), default=0.0),
    })  # fmt: skip


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "waiting": len(line.waiting),
        "with_people": len(line.with_people),
        "longest_wait_s": line.longest_wait_s,
        "held_s": round(line.held_s, 1),
    }


def _calls_json(line: Line) -> Iterator[dict[str, Any]]:
    places = {each.call_id: at for at, each in enumerate(line.waiting, 1)}
    for each in (*line.waiting, *line.with_people):
        yield {
            "call_id": each.call_id,
            "number": each.told.get("number"),
            "ivr_id": each.told.get("ivr_id"),
            "node": each.told.get("node"),
            "entered_at": time_json(datetime.fromtimestamp(each.place.entered_ms / 1000, UTC)),
            "waited_s": line.waited_s(each),
            "priority": each.place.priority,
            "position": places.get(each.call_id),
            "people": list(each.people),
        }
