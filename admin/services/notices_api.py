"""/services/{service}/notices: what calls left for a service, and what nobody took."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from admin.services import schema
from ivr.domain.services import SERVICE_NAME
from ivr.ports.notices import LeftNotice, NoticeStore

routes = Routes("services", {"service": schema.SERVICE_NAME, "message_id": schema.MESSAGE_ID})


@routes(
    "GET",
    "/services/<service>/notices",
    scope="admin",
    query=schema.NoticeQuery,
    answers=(Answer(200, "Notices, newest first", schema.NoticePageSchema),),
    problems=(404, 422),
)
def list_notices(call: ApiCall) -> Response:
    """List the notices that calls left for a service, also for one that is not there.

    What a notice says is encrypted and never shown. Delivered ones are kept for 7 days, dead ones for 30.
    """
    query = call.query
    page = call.service(NoticeStore).list(_service(call), query.state, limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(_notice_json, page.items)))


@routes(
    "POST",
    "/services/<service>/replay",
    scope="admin",
    answers=(Answer(202, "The number of dead notices that are sent again", schema.ReplayedNoticesSchema),),
    problems=(404, 422),
)
def replay_dead_notices(call: ApiCall) -> Response:
    """Send all dead notices of a service again, for another day."""
    return json_answer({"replayed": call.service(NoticeStore).replay_dead(_service(call), actor=call.actor)}, 202)


@routes(
    "POST",
    "/services/<service>/notices/<message_id>/replay",
    scope="admin",
    answers=(Answer(202, "The notice, which is sent again", schema.NoticeSchema),),
    problems=(404, 422),
)
def replay_notice(call: ApiCall) -> Response:
    """Send a dead notice again.

    One that waits or was delivered stays as it is: what it said is gone once it was delivered.
    """
    message_id = call.path["message_id"]
    if not (message_id.isascii() and message_id.isprintable()):
        raise _no_notice()
    notice = call.service(NoticeStore).replay(_service(call), message_id, actor=call.actor)
    if notice is None:
        raise _no_notice()
    return json_answer(_notice_json(notice), 202)


def _service(call: ApiCall) -> str:
    name = call.path["service"]
    if not SERVICE_NAME.fullmatch(name):
        raise _no_notice()
    return name


def _no_notice() -> Exception:
    return not_found("there is no such notice", "notice_not_found")


def _notice_json(notice: LeftNotice) -> dict[str, Any]:
    return {
        "message_id": notice.message_id,
        "call_id": notice.call_id,
        "state": notice.state,
        "attempts": notice.attempts,
        "left_at": time_json(notice.left_at),
        "next_at": maybe_time(notice.next_at),
        "tried_at": maybe_time(notice.tried_at),
        "status": notice.status,
        "error": notice.error,
    }
