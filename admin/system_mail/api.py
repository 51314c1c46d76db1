"""/system-mail: the channel by which mail of Digitree itself goes."""

from __future__ import annotations

from flask import Response

from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.system_mail import schema
from ivr.domain.channels.names import CHANNEL_NAME
from ivr.ports.channels import ChannelStore
from ivr.ports.system_mail import SystemMailStore

routes = Routes("channels")


@routes(
    "GET",
    "/system-mail",
    scope="admin",
    answers=(Answer(200, "The channel", schema.SystemMailSchema),),
)
def get_system_mail(call: ApiCall) -> Response:
    """Get the channel by which mail of Digitree itself goes: links for new passwords, alerts, reports."""
    return json_answer({"channel": call.service(SystemMailStore).channel()})


@routes(
    "PUT",
    "/system-mail",
    scope="admin",
    body=Body(schema.PutSystemMail),
    answers=(Answer(200, "The channel", schema.SystemMailSchema),),
    problems=BAD_BODY,
)
def put_system_mail(call: ApiCall) -> Response:
    """Choose the channel by which mail of Digitree itself goes. It is a mail channel (see /channels)."""
    name = call.body.channel
    found = call.service(ChannelStore).find(name) if name is not None and CHANNEL_NAME.fullmatch(name) else None
    if name is not None and (found is None or found.channel.kind != "mail"):
        raise fault("/channel", "no_mail_channel", "there is no mail channel of this name; create it under Channels")
    call.service(SystemMailStore).choose(name, actor=call.actor)
    return json_answer({"channel": name})
