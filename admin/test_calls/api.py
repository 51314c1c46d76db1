"""/test-calls: calls to a menu from the page's phone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Response, request

from admin.calls.views import call_json
from admin.http import streams
from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.path_numbers import known_number
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.test_calls import schema
from admin.test_calls.service import Callee, StartedTestCall, TestCallService
from ivr.clients.phone import PhoneClient
from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.language_sentences import find_sentence
from ivr.domain.system_prompts.languages import find_text
from ivr.ports.menu_drafts import DraftStore

routes = Routes("test calls", schema.TEST_CALL_PATHS)

_TEST_CALL = re.compile(schema.TEST_CALL_PATTERN, re.ASCII)
_THIS_CALL = {
    operation: {"test_call_id": "$response.body#/id"}
    for operation in ("get_test_call", "press_keys", "hang_up_test_call")
}


@routes(
    "POST",
    "/test-calls",
    scope="write",
    body=Body(schema.TestCallOrder),
    answers=(
        Answer(201, "The call, ringing", schema.TestCallSchema, headers={"Location": "the call"}, links=_THIS_CALL),
    ),
    problems=(*BAD_BODY, 404, 503),
)
def make_test_call(call: ApiCall) -> Response:
    """Call a menu, a version of it, its saved draft, or an unsaved one.

    It is a real call to the call server, made by the page's phone in place of a switch; its record is marked `test`.
    An opt-out counts on a saved menu; on a draft it has no effect. New texts of a draft are spoken first. The call is
    hung up when nobody follows its events for a while.
    """
    order, service = call.body, call.service(TestCallService)
    ani = order.ani if order.ani == schema.WITHHELD else known_number(call, order.ani, "/ani")
    if order.draft is not None:
        callee = draft_of(call, order.draft, order.ivr_id)
    else:
        callee = service.saved(order.ivr_id, order.version)
    made = service.get(service.call(callee, ani, order.agent, order.script, order.language, actor=call.actor))
    return json_answer(shown_json(made), 201, {"Location": f"/test-calls/{made.state.id}"})


@routes(
    "GET",
    "/test-calls/<test_call_id>",
    scope="calls",
    answers=(Answer(200, "The call, with its record once it is over", schema.TestCallSchema),),
    problems=(404, 422, 503),
)
def get_test_call(call: ApiCall) -> Response:
    """Get a test call. It is kept for five minutes after its end; its record stays under /calls."""
    return json_answer(shown_json(call.service(TestCallService).get(_id(call))))


@routes(
    "GET",
    "/test-calls/<test_call_id>/events",
    scope="calls",
    query=schema.EventsQuery,
    headers={"Last-Event-ID": "only events after this number; browsers send it after an interruption"},
    answers=(Answer(200, "What happens on the call", {"type": "string"}, media=streams.MEDIA_TYPE),),
    problems=(404, 422, 503),
)
def follow_test_call(call: ApiCall) -> Response:
    """Follow a test call to its end, as server-sent events.

    `answered`; `language` {language: that which the caller hears}; `node` {node};
    `asked` {node, file, files: all of several, said: the words of a system prompt or of languages that offer
    themselves};
    `playing` {file, url, length_ms, said};
    `stopped` {by: the key that cut the prompt}; `pressed` {key}; `taken` {node, key: null is silence};
    `recording` {node}; `recorded` {node, seconds, key}; `dialling`, `ringing`, `ringing_over` and `connected` {to};
    `hung_up` {by, cause}; at last `ended` {by, cause, sip_status, duration_ms, call_id, outcome, faults}. Each has
    a number `n`, counted from 1, which is also the event's id, and `at_ms` since the call came in.
    The stream ends soon after its key is revoked; a key may have 10 streams in each process.
    """
    call_id = _id(call)
    last = request.headers.get("Last-Event-ID", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 8 else call.query.after
    return streams.stream(
        call.service(TestCallService).follow(call_id, after, actor=call.actor),
        lambda event: _rendered(call_id, event),
        call.stands,
        call.query.seconds,
    )


@routes(
    "POST",
    "/test-calls/<test_call_id>/keys",
    scope="write",
    body=Body(schema.Keys),
    answers=(Answer(204, "The keys are pressed"),),
    problems=(*BAD_BODY, 404, 409, 503),
)
def press_keys(call: ApiCall) -> Response:
    """Press keys on a test call."""
    call.service(PhoneClient).press(_id(call), call.body.keys)
    return Response(status=204)


@routes(
    "DELETE",
    "/test-calls/<test_call_id>",
    scope="write",
    answers=(Answer(204, "The call is hung up"),),
    problems=(404, 422, 503),
)
def hang_up_test_call(call: ApiCall) -> Response:
    """Hang up a test call; doing so again has no effect."""
    call.service(PhoneClient).hang_up(_id(call))
    return Response(status=204)


@routes(
    "GET",
    "/test-calls/<test_call_id>/audio/<sound>",
    scope="calls",
    headers=RANGE,
    answers=audio_answers("WAV, 8 kHz mono"),
    problems=(404, 416, 422, 503),
)
def hear_test_call(call: ApiCall) -> Response:
    """Listen to a prompt of a test call: the `url` in its events."""
    path = call.service(TestCallService).find_sound(_id(call), call.path["sound"])
    return audio_answer(path, "private, max-age=300")


def draft_of(call: ApiCall, document: Any, menu: str | None) -> Callee:
    """The draft in the body's field `draft`, to which its faults point; `true`: the menu's saved one."""
    service = call.service(TestCallService)
    if document is True and menu is not None:
        return service.saved_draft(call.service(DraftStore).get(menu))
    try:
        return service.draft(document, menu)
    except InvalidMenu as error:
        raise in_draft(error) from None


def in_draft(error: InvalidMenu) -> InvalidMenu:
    """The same faults with pointers below `/draft`."""
    return InvalidMenu([replace(each, pointer=f"/draft{each.pointer}") for each in error.problems])


def shown_json(made: StartedTestCall) -> dict[str, Any]:
    """A test call as JSON; `state.about` is the description that the phone was given."""
    state, about = made.state, made.state.about
    names = ("ivr_id", "version", "draft", "did", "ani", "agent", "unspoken")
    return {
        "id": state.id,
        **{name: about.get(name) for name in names},
        "over": state.over,
        "node": state.node,
        "events": f"/test-calls/{state.id}/events",
        "record": call_json(made.record) if made.record else None,
    }


def _rendered(call_id: str, event: dict[str, Any]) -> bytes:
    if file := event.get("file"):
        event = {**event, "url": f"/test-calls/{call_id}/audio/{file.replace('/', '-')}"}
        said = [find_text(each or "") or find_sentence(each or "") for each in event.get("files", (file,))]
        if all(said):
            event["said"] = " ".join(map(str, said))
    return streams.event(event["kind"], event, str(event["n"]))


def _id(call: ApiCall) -> str:
    text = call.path["test_call_id"]
    if not _TEST_CALL.fullmatch(text):
        raise not_found("there is no such test call", "test_call_not_found")
    return text
