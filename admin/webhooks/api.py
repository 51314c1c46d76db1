"""/webhooks: addresses that receive messages about events."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any, TypeVar

from flask import Response

from admin.http.models import PageQuery
from admin.http.outbound_urls import refuse_private
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import fault, not_found
from admin.http.rank import need_rank
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from admin.webhooks import schema
from admin.webhooks.service import WebhookService
from ivr.domain.webhooks import Delivery, Webhook
from ivr.ports.webhooks import Check, WebhookStore

routes = Routes("webhooks", schema.WEBHOOK_PATHS)
T = TypeVar("T")

_THIS = {name: {"webhook_id": "$response.body#/id"} for name in ("get_webhook", "list_deliveries", "ping_webhook")}


@routes(
    "POST",
    "/webhooks",
    scope="admin",
    body=Body(schema.CreateWebhook),
    answers=(
        Answer(201, "The webhook; `secret` is shown this once", schema.NewWebhookSchema, headers=ETAG, links=_THIS),
    ),
    problems=BAD_BODY,
)
def create_webhook(call: ApiCall) -> Response:
    """Create a webhook.

    Each message is a POST of JSON with `type`, `timestamp` and `data`, signed according to Standard Webhooks
    (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Any 2xx accepts it, 410 switches the webhook off, and
    anything else is retried for a day. Redirects are not followed. Events of calls also need the scope `calls`, the
    others `read`. Messages about the same list, menu or call arrive in order: a failing delivery holds up those
    behind it until it is accepted or given up (dead). An import is one `dnc.imported`, however many numbers it adds:
    GET /dnc/changes after its `since` has them, from `from_seq` to `to_seq`.
    """
    body = call.body
    _need(call, body.events)
    refuse_private(call.services, body.url, "/url")
    webhook, secret = call.service(WebhookService).create(body.url, list(body.events), body.ivr_id, actor=call.actor)
    return _answer(webhook, 201, secret=secret)


@routes(
    "GET",
    "/webhooks",
    scope="admin",
    query=PageQuery,
    answers=(Answer(200, "Webhooks, newest first", schema.WebhookPageSchema),),
    problems=(422,),
)
def list_webhooks(call: ApiCall) -> Response:
    """List webhooks."""
    page = call.service(WebhookStore).list(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(_webhook_json, page.items)))


@routes(
    "GET",
    "/webhooks/<webhook_id>",
    scope="admin",
    answers=(Answer(200, "The webhook", schema.WebhookSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_webhook(call: ApiCall) -> Response:
    """Get a webhook."""
    return _answer(_there(call.service(WebhookStore).find(_id(call))))


@routes(
    "PATCH",
    "/webhooks/<webhook_id>",
    scope="admin",
    body=Body(schema.PatchWebhook),
    headers=IF_MATCH,
    answers=(Answer(200, "The webhook as it is now", schema.WebhookSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def patch_webhook(call: ApiCall) -> Response:
    """Change a webhook, or switch it off and on."""
    changes = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    nulls = [name for name, value in changes.items() if value is None and name != "ivr_id"]
    if nulls:
        raise fault(f"/{nulls[0]}", "null", "this field cannot be null; leave it out to keep its value")
    refuse_private(call.services, call.body.url, "/url")
    check = _check_of(call, call.body.events or ())
    return _answer(_there(call.service(WebhookStore).edit(_id(call), changes, actor=call.actor, check=check)))


@routes(
    "DELETE",
    "/webhooks/<webhook_id>",
    scope="admin",
    headers=IF_MATCH,
    answers=(Answer(204, "The webhook and its deliveries are deleted"),),
    problems=(404, 412, 422),
)
def delete_webhook(call: ApiCall) -> Response:
    """Delete a webhook."""
    check = _check_of(call)
    _there(call.service(WebhookStore).delete(_id(call), actor=call.actor, check=check) or None)
    return Response(status=204)


@routes(
    "POST",
    "/webhooks/<webhook_id>/rotate",
    scope="admin",
    headers=IF_MATCH,
    answers=(
        Answer(200, "The webhook with its new secret, shown this once", schema.NewWebhookSchema, headers=ETAG),
    ),
    problems=(404, 412, 422),
)
def rotate_webhook(call: ApiCall) -> Response:
    """Give a webhook a new secret; for a day messages are signed with both the old and the new one."""
    check = _check_of(call)
    webhook, secret = _there(call.service(WebhookService).rotate(_id(call), actor=call.actor, check=check))
    return _answer(webhook, secret=secret)


@routes(
    "POST",
    "/webhooks/<webhook_id>/ping",
    scope="admin",
    answers=(Answer(202, "A message of type `ping` is on its way", schema.PingedSchema),),
    problems=(404, 422),
)
def ping_webhook(call: ApiCall) -> Response:
    """Send a test message, whatever events the webhook has."""
    return json_answer({"message_id": _there(call.service(WebhookStore).ping(_id(call), actor=call.actor))}, 202)


@routes(
    "GET",
    "/webhooks/<webhook_id>/deliveries",
    scope="admin",
    query=schema.DeliveryQuery,
    answers=(Answer(200, "Deliveries, newest first", schema.DeliveryPageSchema),),
    problems=(404, 422),
)
def list_deliveries(call: ApiCall) -> Response:
    """List the deliveries of a webhook. Delivered ones are kept for 7 days, dead ones for 30."""
    query = call.query
    page = _there(call.service(WebhookService).deliveries(_id(call), query.state, query.limit, query.cursor))
    return json_answer(page_json(page, map(_delivery_json, page.items)))


@routes(
    "POST",
    "/webhooks/<webhook_id>/replay",
    scope="admin",
    answers=(Answer(202, "The number of dead deliveries that are sent again", schema.ReplayedSchema),),
    problems=(404, 422),
)
def replay_dead_deliveries(call: ApiCall) -> Response:
    """Send all dead deliveries again."""
    return json_answer(
        {"replayed": _there(call.service(WebhookService).replay_dead(_id(call), actor=call.actor))}, 202
    )


@routes(
    "POST",
    "/webhooks/<webhook_id>/deliveries/<message_id>/replay",
    scope="admin",
    answers=(Answer(202, "The delivery, which is sent again", schema.DeliverySchema),),
    problems=(404, 422),
)
def replay_delivery(call: ApiCall) -> Response:
    """Send one message again, even if it was delivered."""
    message_id = _printable(call.path["message_id"])
    again = call.service(WebhookStore).replay(_id(call), message_id, actor=call.actor)
    return json_answer(_delivery_json(_there(again)), 202)


def _need(call: ApiCall, events: Collection[str]) -> None:
    """Raises ApiError 403: a webhook must not send what its owner may not read."""
    of_calls = ("call.", "agent.", "outgoing.")
    need_rank(call.principal, {"calls" if each.startswith(of_calls) else "read" for each in events})


def _id(call: ApiCall) -> str:
    return _printable(call.path["webhook_id"])


def _printable(text: str) -> str:
    return text if text.isascii() and text.isprintable() else "-"


def _there(found: T | None) -> T:
    if found is None:
        raise not_found("there is no such webhook or delivery", "webhook_not_found")
    return found


def _check_of(call: ApiCall, events: Collection[str] = ()) -> Check:
    """For the webhook that is there: the caller may read what it sends and will send (`events`), and If-Match."""
    wanted = if_match()

    def check(webhook: Webhook) -> None:
        _need(call, {*webhook.events, *events})
        wanted.need(tag_of(asdict(webhook)))

    return check


def _answer(webhook: Webhook, status: int = 200, **shown_once: str) -> Response:
    headers = {"ETag": quoted(tag_of(asdict(webhook)))}
    return json_answer({**_webhook_json(webhook), **shown_once}, status, headers)


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.webhook_id,
        "url": webhook.url,
        "events": list(webhook.events),
        "ivr_id": webhook.ivr_id,
        "active": webhook.active,
        "why_inactive": webhook.why_inactive,
        "created_at": time_json(webhook.created_at),
        "updated_at": time_json(webhook.updated_at),
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "message_id": delivery.message_id,
        "event": delivery.event,
        "subject": delivery.subject,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": time_json(delivery.created_at),
        "next_at": maybe_time(delivery.next_at),
        "tried_at": maybe_time(delivery.tried_at),
        "status": delivery.status,
        "error": delivery.error,
        "took_ms": delivery.took_ms,
    }
