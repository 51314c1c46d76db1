"""/time-zone: the time zone by whose days reports and files go."""

from __future__ import annotations

from flask import Response

from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.zones import InstallationZone
from admin.preferences import schema

routes = Routes("time zone", {})


@routes("GET", "/time-zone", scope="read", answers=(Answer(200, "The time zone", schema.TimeZoneSchema),))
def get_time_zone(call: ApiCall) -> Response:
    """Get the time zone of the installation.

    Times of the API are in UTC always; days of reports are those of this zone unless a request has `tz`.
    """
    return _answer(call)


@routes(
    "PUT",
    "/time-zone",
    scope="admin",
    body=Body(schema.PutTimeZone),
    answers=(Answer(200, "The time zone as it is now", schema.TimeZoneSchema),),
    problems=BAD_BODY,
)
def put_time_zone(call: ApiCall) -> Response:
    """Choose the time zone of the installation. Calls keep their moments; the days that they count for move."""
    call.service(InstallationZone).set(call.body.zone, actor=call.actor)
    return _answer(call)


def _answer(call: ApiCall) -> Response:
    zone = call.service(InstallationZone)
    return json_answer({"zone": zone.zone.key, "chosen": zone.chosen is not None})
