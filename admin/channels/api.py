"""/channels: ways by which menus send mail, text messages and words to a chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from admin.channels import schema
from admin.channels.service import ChannelDesk
from admin.http.models import PageQuery
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import fault, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import page_json, time_json
from ivr.clients.outbound_http import OutboundError
from ivr.domain.channels.definition import Channel
from ivr.domain.channels.mail_addresses import ADDRESS_RULE, is_address
from ivr.domain.channels.names import CHANNEL_NAME
from ivr.domain.channels.preset import Preset
from ivr.domain.channels.presets import PRESETS
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import parse_e164
from ivr.ports.channels import ChannelStore, StoredChannel

routes = Routes("channels", {"channel": schema.CHANNEL_NAME})

_THIS_CHANNEL = {operation: {"channel": "$response.body#/name"} for operation in ("get_channel", "delete_channel")}


@routes(
    "POST",
    "/channels",
    scope="admin",
    body=Body(schema.CreateChannel),
    answers=(
        Answer(
            201,
            "The channel",
            schema.ChannelSchema,
            headers={"Location": "the channel", **ETAG},
            links=_THIS_CHANNEL,
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_channel(call: ApiCall) -> Response:
    """Create a channel.

    Menus send by it with `mail:NAME`, `sms:NAME` or `chat:NAME`, after its kind. What the preset's fields are, GET
    /channel-presets says. Secret fields and headers are stored encrypted and never shown.
    """
    body = call.body.model_dump()
    name, preset = body.pop("name"), body.pop("preset")
    _refuse_address(call, PRESETS[preset], body["settings"], allowed=body["allow_private"])
    stored = call.service(ChannelDesk).create(name, preset, body, actor=call.actor)
    return _answer(stored, 201, Location=f"/channels/{stored.channel.name}")


@routes(
    "GET",
    "/channels",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Channels, by name", schema.ChannelPageSchema),),
    problems=(422,),
)
def list_channels(call: ApiCall) -> Response:
    """List channels."""
    page = call.service(ChannelStore).list(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(_channel_json, page.items)))


@routes(
    "GET",
    "/channel-presets",
    scope="read",
    answers=(Answer(200, "The presets", schema.ChannelPresetListSchema),),
)
def list_channel_presets(call: ApiCall) -> Response:
    """List the presets of channels, with the fields of each and where its API is documented."""
    return json_answer({"items": [each.to_json() for each in PRESETS.values()]})


@routes(
    "GET",
    "/channels/<channel>",
    scope="read",
    answers=(Answer(200, "The channel", schema.ChannelSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_channel(call: ApiCall) -> Response:
    """Get a channel."""
    return _answer(_required(call.service(ChannelStore).find(_name(call))))


@routes(
    "PATCH",
    "/channels/<channel>",
    scope="admin",
    body=Body(schema.PatchChannel),
    headers=IF_MATCH,
    answers=(Answer(200, "The channel as it is now", schema.ChannelSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def patch_channel(call: ApiCall) -> Response:
    """Change a channel, for the next message.

    Absent fields stay, those of `settings` too; `headers` are replaced as a whole.
    """
    body = call.body.model_dump(include=call.body.model_fields_set)
    desk, name = call.service(ChannelDesk), _name(call)
    known = _required(call.service(ChannelStore).find(name)).channel
    allowed = body.get("allow_private", known.allow_private)
    _refuse_address(call, known.preset, body.get("settings", {}), allowed=allowed)
    return _answer(_required(desk.patch(name, body, actor=call.actor, check=_check())))


@routes(
    "DELETE",
    "/channels/<channel>",
    scope="admin",
    query=schema.DeleteChannelQuery,
    headers=IF_MATCH,
    answers=(Answer(204, "The channel is deleted"),),
    problems=(404, 409, 412, 422),
)
def delete_channel(call: ApiCall) -> Response:
    """Delete a channel; with `force=true` even if menus name it."""
    desk, name = call.service(ChannelDesk), _name(call)
    if not desk.delete(name, force=call.query.force, actor=call.actor, check=_check()):
        raise _no_channel()
    return Response(status=204)


@routes(
    "POST",
    "/channels/<channel>/try",
    scope="admin",
    body=Body(schema.TryChannel),
    answers=(Answer(200, "What came of it", schema.TriedChannelSchema),),
    problems=(*BAD_BODY, 404),
)
def try_channel(call: ApiCall) -> Response:
    """Send one message at once, and see what comes of it.

    It is not retried. Do-not-call lists are not asked: it is your own number that you try.
    """
    name, to = _name(call), call.body.to
    found = _required(call.service(ChannelStore).find(name)).channel
    sent = call.service(ChannelDesk).send(name, call.body.text, _tried_to(found, to), actor=call.actor)
    if sent is None:
        raise _no_channel()
    return json_answer(
        {"sent": sent.attempted == "taken", "failure": sent.failure, "status": sent.status, "said": sent.said}
    )


def _tried_to(channel: Channel, to: str) -> str:
    """Raises ApiError 422."""
    if channel.kind == "sms":
        try:
            return parse_e164(to)
        except InvalidNumber as error:
            raise fault("/to", error.code, str(error)) from None
    if channel.kind == "mail" and to and not is_address(to):
        raise fault("/to", "invalid_address", ADDRESS_RULE)
    return to if channel.kind == "mail" else ""


def _refuse_address(call: ApiCall, preset: Preset, settings: Mapping[str, Any], *, allowed: bool) -> None:
    """Raises ApiError 422 for an address that nobody is asked at, and for one inside a private network unless it may
    be there."""
    for form in preset.fields:
        given = settings.get(form.name)
        if form.kind not in ("url", "host") or not isinstance(given, str) or not form.pattern.fullmatch(given):
            continue
        try:
            call.service(ChannelDesk).sender.refuse_address(form.kind, given, allow_private=allowed)
        except OutboundError as error:
            text = "this address leads into a private network; give a public one, or set allow_private"
            raise fault(f"/settings/{form.name}", error.reason, text) from None


def _check() -> Callable[[Channel], None]:
    wanted = if_match()
    return lambda channel: wanted.need(tag_of(channel.to_json()))


def _answer(stored: StoredChannel, status: int = 200, **headers: str) -> Response:
    """The ETag changes with the secrets, too, which are not shown."""
    headers = {"ETag": quoted(tag_of(stored.channel.to_json())), **headers}
    return json_answer(_channel_json(stored), status, headers)


def _channel_json(stored: StoredChannel) -> dict[str, Any]:
    return {
        "name": stored.channel.name,
        **stored.channel.public_json(),
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _name(call: ApiCall) -> str:
    name = call.path["channel"]
    if not CHANNEL_NAME.fullmatch(name):
        raise _no_channel()
    return name


def _required(stored: StoredChannel | None) -> StoredChannel:
    if stored is None:
        raise _no_channel()
    return stored


def _no_channel() -> Exception:
    return not_found("there is no channel of this name", "channel_not_found")
