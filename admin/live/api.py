"""/calls/live: the calls under way."""

from __future__ import annotations

from flask import Response

from admin.calls.schema import CALL_PATHS
from admin.http import streams
from admin.http.models import ShortListQuery
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json
from admin.live import schema
from admin.live.control import CallControl
from admin.live.service import LiveService, News
from admin.live.views import live_json

routes = Routes("calls", CALL_PATHS)


@routes(
    "GET",
    "/calls/live",
    scope="calls",
    query=ShortListQuery,
    answers=(Answer(200, "The calls under way, newest first", schema.LiveCallsSchema),),
    problems=(422,),
)
def list_live_calls(call: ApiCall) -> Response:
    """List the calls under way, each with its current node, at most half a second old."""
    page = page_of(
        call.service(LiveService).calls(),
        call.query,
        lambda each: (f"{each.started_ms:020d}", each.call_id),
        last_first=True,
    )
    return json_answer(page_json(page, map(live_json, page.items)))


@routes(
    "GET",
    "/calls/live/events",
    scope="calls",
    query=schema.LiveEventsQuery,
    answers=(Answer(200, "Events: snapshot, change, away", {"type": "string"}, media=streams.MEDIA_TYPE),),
    problems=(422,),
)
def watch_live_calls(call: ApiCall) -> Response:
    """Follow the calls under way, as server-sent events.

    `snapshot`, sent first and after an interruption, has all calls in `calls`. `change` has the calls that began or
    moved in `calls`, and the ids of those that ended in `ended`. `away` says that the calls are unknown just now. The
    stream ends after `seconds`, and soon after its key is revoked; reconnect then. A key may have 5 streams in each
    process.
    """
    return streams.stream(call.service(LiveService).watch(call.actor), render_news, call.stands, call.query.seconds)


@routes(
    "POST",
    "/calls/<call_id>/hangup",
    scope="calls",
    answers=(Answer(204, "The switch has ended the call"),),
    problems=(404, 409, 422),
)
def hang_up_call(call: ApiCall) -> Response:
    """Hang up a call under way, wherever it is; the agent's leg ends with it."""
    call.service(CallControl).hang_up(call.path["call_id"], actor=call.actor)
    return Response(status=204)


@routes(
    "POST",
    "/calls/<call_id>/move",
    scope="calls",
    body=Body(schema.MoveCall),
    answers=(Answer(200, "The call as it stands now", schema.LiveCallSchema),),
    problems=(*BAD_BODY, 404, 409),
)
def move_call(call: ApiCall) -> Response:
    """Send a call under way to a node of its menu.

    The question ends, and the call goes on at the node; the call record says `moved` at the question that was left. A
    call that is not at a question (with an agent, or at its last prompt) stays where it is: 409.
    """
    control = call.service(CallControl)
    return json_answer(live_json(control.move(call.path["call_id"], call.body.node, actor=call.actor)))


def render_news(news: News) -> bytes:
    if news.kind == "away":
        return streams.event("away", {"detail": "the calls under way cannot be read just now"})
    calls = [live_json(each) for each in news.calls.values() if each is not None]
    if news.kind == "snapshot":
        return streams.event("snapshot", {"calls": calls}, news.at)
    ended = [call_id for call_id, each in news.calls.items() if each is None]
    return streams.event("change", {"calls": calls, "ended": ended}, news.at)
