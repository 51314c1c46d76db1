"""/mailboxes: what sounds are put into, and how long they are kept there."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.models import PageQuery
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json
from admin.sounds import schema
from ivr.domain.menu.fields import LABEL
from ivr.ports.sounds import Mailbox, MailboxStore

routes = Routes("sounds", schema.MAILBOX_PATHS)


@routes(
    "GET",
    "/mailboxes",
    scope="calls",
    query=PageQuery,
    answers=(Answer(200, "Mailboxes, by name", schema.MailboxPageSchema),),
    problems=(422,),
)
def list_mailboxes(call: ApiCall) -> Response:
    """List mailboxes: those that somebody made, and those that sounds are in."""
    page = call.service(MailboxStore).list(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(_box_json, page.items)))


@routes(
    "GET",
    "/mailboxes/<mailbox>",
    scope="calls",
    answers=(Answer(200, "The mailbox", schema.MailboxSchema),),
    problems=(404, 422),
)
def get_mailbox(call: ApiCall) -> Response:
    """Get a mailbox."""
    found = call.service(MailboxStore).find(_name(call))
    if found is None:
        raise _no_mailbox()
    return json_answer(_box_json(found))


@routes(
    "PUT",
    "/mailboxes/<mailbox>",
    scope="write",
    body=Body(schema.PutMailbox),
    answers=(Answer(200, "The mailbox as it is now", schema.MailboxSchema),),
    problems=(*BAD_BODY, 404),
)
def put_mailbox(call: ApiCall) -> Response:
    """Say how long the sounds of a mailbox are kept, those that are in it already included."""
    box = call.service(MailboxStore).put(_name(call), call.body.keep_days, actor=call.actor)
    return json_answer(_box_json(box))


@routes(
    "DELETE",
    "/mailboxes/<mailbox>",
    scope="write",
    answers=(Answer(204, "What was said of it is forgotten"),),
    problems=(404, 422),
)
def delete_mailbox(call: ApiCall) -> Response:
    """Forget what was said of a mailbox. Its sounds stay, as long as the setting says."""
    if not call.service(MailboxStore).delete(_name(call), actor=call.actor):
        raise _no_mailbox()
    return Response(status=204)


def _box_json(box: Mailbox) -> dict[str, Any]:
    return {
        "name": box.name,
        "keep_days": box.keep_days,
        "sounds": box.sounds,
        "unheard": box.unheard,
        "updated_at": maybe_time(box.updated_at),
    }


def _name(call: ApiCall) -> str:
    name = call.path["mailbox"]
    if not LABEL.fullmatch(name):
        raise _no_mailbox()
    return name


def _no_mailbox() -> Exception:
    return not_found("there is no such mailbox", "mailbox_not_found")
