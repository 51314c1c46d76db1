"""/hours: opening hours, which menus ask by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response

from admin.hours import schema
from admin.hours.service import HoursService
from admin.http.models import PageQuery
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from ivr.domain.hours.model import HOURS_NAME, Hours
from ivr.domain.hours.state import next_change, state_at
from ivr.ports.hours import HoursStore, StoredHours

routes = Routes("hours", {"hours": schema.HOURS_NAME})

_THESE_HOURS = {operation: {"hours": "$response.body#/name"} for operation in ("get_hours", "delete_hours")}
_CHANGED = (Answer(200, "The hours as they are now", schema.HoursSchema, headers=ETAG),)


@routes(
    "POST",
    "/hours",
    scope="write",
    body=Body(schema.CreateHours),
    answers=(
        Answer(
            201, "The hours", schema.HoursSchema, headers={"Location": "the hours", **ETAG}, links=_THESE_HOURS
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_hours(call: ApiCall) -> Response:
    """Create opening hours.

    For each date an override counts, else a holiday, else the week. The clock on the wall of `zone` decides, also on
    days when clocks are changed.
    """
    body = call.body.model_dump()
    stored = call.service(HoursService).create(body.pop("name"), body, actor=call.actor)
    return _answer(call, stored, status=201, Location=f"/hours/{stored.hours.name}")


@routes(
    "GET",
    "/hours",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Hours, by name", schema.HoursPageSchema),),
    problems=(422,),
)
def list_hours(call: ApiCall) -> Response:
    """List opening hours, each with its present state."""
    page = call.service(HoursStore).list(limit=call.query.limit, cursor=call.query.cursor)
    now = call.service(HoursService).clock()
    return json_answer(page_json(page, (_hours_json(call, each, now) for each in page.items)))


@routes(
    "GET",
    "/hours/<hours>",
    scope="read",
    query=schema.HoursQuery,
    answers=(Answer(200, "The hours", schema.HoursSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_hours(call: ApiCall) -> Response:
    """Get opening hours, and their state now or at any time."""
    stored = _required(call.service(HoursStore).find(_name(call)))
    at = None if call.query.at is None else schema.read_moment(call.query.at, stored.hours.zone)
    return _answer(call, stored, at)


@routes(
    "PUT",
    "/hours/<hours>",
    scope="write",
    body=Body(schema.ReplaceHours),
    headers=IF_MATCH,
    answers=_CHANGED,
    problems=(*BAD_BODY, 404, 412),
)
def replace_hours(call: ApiCall) -> Response:
    """Replace opening hours. What is closed by hand stays closed."""
    body = call.body.model_dump()
    stored = call.service(HoursService).replace(_name(call), body, actor=call.actor, check=_check())
    return _answer(call, _required(stored))


@routes(
    "PATCH",
    "/hours/<hours>",
    scope="write",
    body=Body(schema.PatchHours),
    headers=IF_MATCH,
    answers=_CHANGED,
    problems=(*BAD_BODY, 404, 412),
)
def patch_hours(call: ApiCall) -> Response:
    """Change opening hours, from the next call of each menu that asks them.

    Absent fields stay; `week`, `overrides` and `holidays` are replaced as a whole.
    """
    body = call.body.model_dump(include=call.body.model_fields_set)
    stored = call.service(HoursService).patch(_name(call), body, actor=call.actor, check=_check())
    return _answer(call, _required(stored))


@routes(
    "DELETE",
    "/hours/<hours>",
    scope="write",
    query=schema.DeleteHoursQuery,
    headers=IF_MATCH,
    answers=(Answer(204, "The hours are deleted"),),
    problems=(404, 409, 412, 422),
)
def delete_hours(call: ApiCall) -> Response:
    """Delete opening hours; with `force=true` even if menus ask them."""
    deleted = call.service(HoursService).delete(
        _name(call), force=call.query.force, actor=call.actor, check=_check()
    )
    if not deleted:
        raise _no_hours()
    return Response(status=204)


@routes(
    "PUT",
    "/hours/<hours>/closure",
    scope="write",
    body=Body(schema.CloseHours),
    headers=IF_MATCH,
    answers=_CHANGED,
    problems=(*BAD_BODY, 404, 412),
)
def close_hours(call: ApiCall) -> Response:
    """Close by hand, from now until a time or until further notice, whatever the hours say."""
    body = call.body
    stored = call.service(HoursService).close(
        _name(call), body.until, body.label or "", actor=call.actor, check=_check()
    )
    return _answer(call, _required(stored))


@routes(
    "DELETE",
    "/hours/<hours>/closure",
    scope="write",
    headers=IF_MATCH,
    answers=_CHANGED,
    problems=(404, 412),
)
def reopen_hours(call: ApiCall) -> Response:
    """End a closure by hand: the hours count again."""
    stored = call.service(HoursService).reopen(_name(call), actor=call.actor, check=_check())
    return _answer(call, _required(stored))


def _check() -> Callable[[Hours], None]:
    wanted = if_match()
    return lambda hours: wanted.need(_tag(hours))


def _tag(hours: Hours) -> str:
    """It stays when the keeper adds the holidays of another year."""
    return tag_of({**hours.to_json(), "holiday_dates": None})


def _answer(
    call: ApiCall, stored: StoredHours, at: datetime | None = None, status: int = 200, **headers: str
) -> Response:
    moment = at or call.service(HoursService).clock()
    return json_answer(
        _hours_json(call, stored, moment), status, {"ETag": quoted(_tag(stored.hours)), **headers}
    )


def _hours_json(call: ApiCall, stored: StoredHours, at: datetime) -> dict[str, Any]:
    document = stored.hours.to_json()
    closure = stored.hours.closure
    return {
        "name": stored.hours.name,
        **document,
        "overrides": [{**each, "label": each["label"] or None} for each in document["overrides"]],
        "closure": closure
        and {
            "since": time_json(closure.since),
            "until": maybe_time(closure.until),
            "label": closure.label or None,
        },
        "state": _state_json(call.service(HoursService).at(stored.hours, at), at),
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _state_json(hours: Hours, at: datetime) -> dict[str, Any]:
    state, change = state_at(hours, at), next_change(hours, at)
    opening = None if state.word == "open" else next_change(hours, at, to="open")
    return {
        "at": time_json(at),
        "value": state.word,
        "reason": state.reason,
        "label": state.label or None,
        "next_change": change and {"at": time_json(change.at), "value": change.state.word},
        "opens_at": opening and time_json(opening.at),
    }


def _name(call: ApiCall) -> str:
    name = call.path["hours"]
    if not HOURS_NAME.fullmatch(name):
        raise _no_hours()
    return name


def _required(stored: StoredHours | None) -> StoredHours:
    if stored is None:
        raise _no_hours()
    return stored


def _no_hours() -> Exception:
    return not_found("there are no hours of this name", "hours_not_found")
