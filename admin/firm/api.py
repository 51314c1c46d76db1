"""/firm: the name, address, colour and logo of the firm that runs the installation."""

from __future__ import annotations

import io
from typing import Any

from flask import Response

from admin.firm import schema
from admin.firm.logo import MAX_BYTES, read_logo
from admin.firm.views import firm_json
from admin.http.body import copy_body
from admin.http.preconditions import ETAG, IF_MATCH, IfMatch, if_match, quoted, tag_of
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from ivr.ports.firm import Firm, FirmStore

routes = Routes("firm", {})

_BYTES: dict[str, Any] = {"type": "string", "format": "binary"}
# What generators of clients know beside them.
_TYPES = {"image/png": _BYTES, "image/svg+xml": _BYTES, "application/octet-stream": _BYTES}
_NOW = Answer(200, "The firm as it is now", schema.FirmSchema, headers=ETAG)


@routes("GET", "/firm", scope="read", answers=(Answer(200, "The firm", schema.FirmSchema, headers=ETAG),))
def get_firm(call: ApiCall) -> Response:
    """Get the firm's name, address, colour and logo, as pages, proofs and mails show them."""
    return _answer(call.service(FirmStore).get())


@routes(
    "PUT",
    "/firm",
    scope="admin",
    body=Body(schema.PutFirm),
    headers=IF_MATCH,
    answers=(_NOW,),
    problems=(*BAD_BODY, 412),
)
def put_firm(call: ApiCall) -> Response:
    """Replace the firm's name, address and colour.

    A colour that cannot be read beside the page's light or dark grounds (WCAG AA, 4.5 to 1) is taken all the same:
    text and lines then have the nearest one that can be read, and buttons have the colour itself, with black or white
    text.
    """
    body, wanted = call.body, if_match()
    colour = body.colour.lower() if body.colour else None
    firm = call.service(FirmStore).put(
        body.name.strip(), _lines(body.contact), colour, actor=call.actor, check=lambda there: _need(wanted, there)
    )
    return _answer(firm)


@routes(
    "PUT",
    "/firm/logo",
    scope="admin",
    body=Body(raw=_TYPES, max_bytes=MAX_BYTES),
    headers=IF_MATCH,
    answers=(_NOW,),
    problems=(*BAD_BODY, 412),
)
def put_logo(call: ApiCall) -> Response:
    """Replace the logo.

    A PNG picture or an SVG drawing, whatever the Content-Type says. Of a picture the pixels are kept, at most 1200 ×
    480; a drawing may have shapes, gradients and text, and nothing that runs or is fetched. Everybody who opens the
    log-in page sees it.
    """
    body = io.BytesIO()
    copy_body(body, MAX_BYTES)
    logo = read_logo(body.getvalue())
    wanted = if_match()
    firm = call.service(FirmStore).put_logo(logo, actor=call.actor, check=lambda there: _need(wanted, there))
    return _answer(firm)


@routes("DELETE", "/firm/logo", scope="admin", headers=IF_MATCH, answers=(_NOW,), problems=(412,))
def delete_logo(call: ApiCall) -> Response:
    """Take the logo away. It is no fault that there is none."""
    wanted = if_match()
    firm = call.service(FirmStore).put_logo(None, actor=call.actor, check=lambda there: _need(wanted, there))
    return _answer(firm)


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def _need(wanted: IfMatch, there: Firm) -> None:
    wanted.need(_tag(there))


def _tag(firm: Firm) -> str:
    return tag_of([firm.version, firm.name, firm.contact, firm.colour, firm.logo_sha256])


def _answer(firm: Firm) -> Response:
    return json_answer(firm_json(firm), headers={"ETag": quoted(_tag(firm))})
