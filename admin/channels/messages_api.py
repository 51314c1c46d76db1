"""/channels/{channel}/messages: what calls left for a channel, and what nobody took."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.channels import schema
from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from ivr.domain.channels.names import CHANNEL_NAME
from ivr.ports.notices import LeftNotice, MessageStore

routes = Routes("channels", {"channel": schema.CHANNEL_NAME, "message_id": schema.MESSAGE_ID})


@routes(
    "GET",
    "/channels/<channel>/messages",
    scope="admin",
    query=schema.MessageQuery,
    answers=(Answer(200, "Messages, newest first", schema.MessagePageSchema),),
    problems=(404, 422),
)
def list_messages(call: ApiCall) -> Response:
    """List the messages that calls left for a channel, also for one that is not there.

    What a message says is encrypted and never shown. Delivered ones are kept for 7 days, dead ones for 30.
    """
    query = call.query
    page = call.service(MessageStore).list(_channel(call), query.state, limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(message_json, page.items)))


@routes(
    "POST",
    "/channels/<channel>/replay",
    scope="admin",
    answers=(Answer(202, "The number of dead messages that are sent again", schema.ReplayedMessagesSchema),),
    problems=(404, 422),
)
def replay_dead_messages(call: ApiCall) -> Response:
    """Send all dead messages of a channel again, for another day."""
    return json_answer({"replayed": call.service(MessageStore).replay_dead(_channel(call), actor=call.actor)}, 202)


@routes(
    "POST",
    "/channels/<channel>/messages/<message_id>/replay",
    scope="admin",
    answers=(Answer(202, "The message, which is sent again", schema.MessageSchema),),
    problems=(404, 422),
)
def replay_message(call: ApiCall) -> Response:
    """Send a dead message again.

    One that waits, was delivered or was not sent stays as it is.
    """
    message_id = call.path["message_id"]
    if not (message_id.isascii() and message_id.isprintable()):
        raise _no_message()
    message = call.service(MessageStore).replay(_channel(call), message_id, actor=call.actor)
    if message is None:
        raise _no_message()
    return json_answer(message_json(message), 202)


def _channel(call: ApiCall) -> str:
    name = call.path["channel"]
    if not CHANNEL_NAME.fullmatch(name):
        raise _no_message()
    return name


def _no_message() -> Exception:
    return not_found("there is no such message", "message_not_found")


def message_json(message: LeftNotice) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "call_id": message.call_id,
        "to": message.service,
        "state": message.state,
        "attempts": message.attempts,
        "left_at": time_json(message.left_at),
        "next_at": maybe_time(message.next_at),
        "tried_at": maybe_time(message.tried_at),
        "status": message.status,
        "error": message.error,
    }
