"""The phone's HTTP side, for `ivr.clients.phone.PhoneClient` alone: JSON in and out, with the installation's secret.

POST /calls (an Order)   -> 201 {id}; 503 when the limit of calls is reached
GET  /calls/ID           -> {id, about, over, call_id, node, events}
GET  /calls/ID/events?after=N -> a line of JSON per event, an empty line now and then, to the end of the call
POST /calls/ID/keys {keys} -> 200; 409 when the call is over
DELETE /calls/ID         -> 200, hangs up
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from devswitch.caller import KEYS
from devswitch.phone.call import PhoneCall
from devswitch.phone.desk import Busy, Desk
from ivr.clients.phone import Order
from ivr.domain.menu.given import GivenAgent
from ivr.domain.tickets import AGENT_BEHAVIOURS, TICKET

_MAX_BODY_BYTES = 16 * 1024
_MAX_KEYS = 32
_MAX_SCRIPT = 1000
_DIALLED = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_ANI = re.compile(r"\+?[0-9]{1,20}|anonymous", re.ASCII)


def create_app(desk: Desk, word: str) -> Flask:
    app = Flask("phone", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES

    @app.before_request
    def know_the_client() -> None:
        said = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, f"Bearer {word}".encode()):
            abort(401)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @app.post("/calls")
    def dial() -> tuple[Response, int]:
        try:
            call = desk.dial(_order(_body()))
        except Busy:
            abort(503)
        except ValueError as error:
            abort(400, str(error))
        return jsonify({"id": call.id}), 201

    @app.get("/calls/<call_id>")
    def get(call_id: str) -> Response:
        call = _find(desk, call_id)
        return jsonify(
            {
                "id": call.id,
                "about": call.order.about,
                "over": call.over,
                "call_id": call.call_id,
                "node": call.node,
                "events": call.last,
            }
        )

    @app.get("/calls/<call_id>/events")
    def events(call_id: str) -> Response:
        after = request.args.get("after", 0, type=int)
        return Response(_lines(_find(desk, call_id), max(0, after)), content_type="application/x-ndjson")

    @app.post("/calls/<call_id>/keys")
    def press(call_id: str) -> Response:
        call, keys = _find(desk, call_id), _body().get("keys")
        if not isinstance(keys, str) or not 1 <= len(keys) <= _MAX_KEYS or not KEYS.issuperset(keys):
            abort(400, "keys are 0-9, *, # and A-D")
        if call.over:
            abort(409)
        call.press(keys)
        return jsonify({})

    @app.delete("/calls/<call_id>")
    def hang_up(call_id: str) -> Response:
        _find(desk, call_id).hang_up()
        return jsonify({})

    app.register_error_handler(
        HTTPException, lambda error: (jsonify({"message": str(error.description)}), error.code or 500)
    )
    return app


def _find(desk: Desk, call_id: str) -> PhoneCall:
    call = desk.find(call_id)
    if call is None:
        abort(404)
    return call


def _lines(call: PhoneCall, after: int) -> Iterator[bytes]:
    for event in call.follow(after):
        yield b"\n" if event is None else json.dumps(event).encode() + b"\n"


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        abort(400, "a JSON object is expected")
    return body


def _order(body: dict[str, Any]) -> Order:
    """Raises ValueError for what our own client never sends."""
    try:
        agents = {
            address: [GivenAgent(**each) for each in turns] for address, turns in body.pop("agents", {}).items()
        }
        order = Order(**body, agents=agents)
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None
    if not isinstance(order.dial, str) or not (TICKET.fullmatch(order.dial) or _DIALLED.fullmatch(order.dial)):
        raise ValueError("a ticket or a number can be dialled")
    if not isinstance(order.ani, str) or not _ANI.fullmatch(order.ani):
        raise ValueError("a caller's number is digits, or `anonymous`")
    results = {order.agent, *(each.result for turns in agents.values() for each in turns)}
    if not results.issubset(AGENT_BEHAVIOURS) or not isinstance(order.about, dict):
        raise ValueError("unknown behaviour of the agent")
    script = order.script
    if script is not None and (not isinstance(script, str) or len(script) > _MAX_SCRIPT):
        raise ValueError("a script is a short text")
    if not isinstance(order.fast, bool) or (order.fast and script is None):
        raise ValueError("only a script can be fast")
    return order
