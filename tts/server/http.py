"""The speech process's HTTP side: JSON in and out, on loopback, for our own processes.

POST /speak {text, voice, fragment, rate, in_call} -> {file, voice, model, duration_ms, cached, engine, ...}
POST /pieces {voice}                 -> {made: whether the voice has pieces for variables, or is getting them}
POST /system-prompts {}              -> {languages: those but English that have them, or are getting them}
PUT  /convert (the file as the body) -> {file, duration_ms, trimmed_start_ms, trimmed_end_ms, warnings}
     ?raw_format= a key of RAW_FORMATS, ?keep_silence=yes
GET  /voices, GET /healthz
Every request but the last needs `Authorization: Bearer` and the token of `tts.client`; without it 401.
An error is {code, message} and its details; 4xx is final, 503 says when to retry.
"""

from __future__ import annotations

import hmac
import logging
import os
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from flask import Flask, Response, abort, jsonify, request
from waitress.server import create_server  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from ivr.domain.said.rates import FASTEST_RATE, SLOWEST_RATE
from ivr.storage.disk.room import is_no_room
from tts.client.errors import (
    BadAudio,
    BadRate,
    BadText,
    EngineFailed,
    PromptStoreFull,
    SynthesisFailed,
    TtsError,
    TtsUnavailable,
    VoiceNotFound,
)
from tts.client.limits import MAX_UPLOAD_BYTES
from tts.client.recording_formats import RAW_FORMATS
from tts.client.results import VoiceInfo
from tts.client.voice_names import DEFAULT_VOICE
from tts.server.engine import MAX_CONVERTING, MAX_SPEAKING, SpeechEngine
from tts.server.pieces import PieceMaker
from tts.server.system_prompts import SystemPromptMaker
from tts.server.voices import Voice

_MAX_JSON_BYTES = 64 * 1024
_STATUS: dict[type[TtsError], int] = {
    BadText: 422,
    BadRate: 422,
    BadAudio: 422,
    VoiceNotFound: 422,
    SynthesisFailed: 500,
    TtsUnavailable: 503,
    PromptStoreFull: 503,
    EngineFailed: 503,
}

log = logging.getLogger(__name__)


class BadRequest(Exception):
    pass


def create_app(engine: SpeechEngine, token: str) -> Flask:
    app = Flask("tts", static_folder=None)
    maker, system_prompts = PieceMaker(engine), SystemPromptMaker(engine)

    @app.before_request
    def know_the_client() -> None:
        said = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, f"Bearer {token}".encode()) and request.path != "/healthz":
            abort(401)

    @app.post("/speak")
    def speak() -> Response:
        body = _json_body({"text": str, "voice": str, "fragment": bool, "rate": float, "in_call": bool})
        if "text" not in body:
            raise BadRequest("text is missing")
        rate = body.get("rate", 1.0)
        if not SLOWEST_RATE <= rate <= FASTEST_RATE:
            raise BadRequest(f"rate must be a number from {SLOWEST_RATE:g} to {FASTEST_RATE:g}")
        speech = engine.speak(
            body["text"],
            body.get("voice", DEFAULT_VOICE),
            body.get("fragment", False),
            rate=rate,
            in_call=body.get("in_call", False),
        )
        return jsonify(asdict(speech))

    @app.post("/pieces")
    def pieces() -> Response:
        return jsonify({"made": maker.want(_json_body({"voice": str}).get("voice", DEFAULT_VOICE))})

    @app.post("/system-prompts")
    def make_system_prompts() -> Response:
        return jsonify({"languages": system_prompts.want()})

    @app.put("/convert")
    def convert() -> Response:
        raw_format = request.args.get("raw_format", "")
        if raw_format and raw_format not in RAW_FORMATS:
            raise BadRequest(f"unknown format {raw_format[:64]!r}")
        keep_silence = request.args.get("keep_silence") == "yes"
        return jsonify(asdict(engine.convert(cast(BinaryIO, request.stream), raw_format, keep_silence)))

    @app.get("/voices")
    def voices() -> Response:
        return jsonify({"items": [asdict(info) for info in list_voices(engine)]})

    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        writable = os.access(engine.prompts_dir, os.W_OK | os.X_OK)
        return jsonify({"status": "ok" if writable else "prompt directory not writable"}), 200 if writable else 503

    app.register_error_handler(TtsError, _answer_tts_error)
    app.register_error_handler(BadRequest, lambda error: _error(400, "bad_request", str(error)))
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(OSError, _answer_os_error)
    app.register_error_handler(Exception, _answer_fault)
    return app


def list_voices(engine: SpeechEngine) -> list[VoiceInfo]:
    """Every name that can be requested, aliases with the voice that they resolve to."""
    infos = []
    for name in engine.voices.names():
        voice = engine.voices.resolve(name)
        alias_of = voice.id if voice.id != name else None
        label = _label(name, voice)
        infos.append(
            VoiceInfo(
                name,
                label,
                voice.language,
                voice.model,
                name == DEFAULT_VOICE,
                alias_of,
                engine=voice.engine,
                live=voice.live,
                licence=voice.licence.name,
                licence_source=voice.licence.source,
                commerce=voice.licence.commerce,
                licence_note=voice.licence.note,
            )
        )
    return infos


def _label(name: str, voice: Voice) -> str:
    if voice.id == name:
        return voice.label
    stands_in = voice.id == DEFAULT_VOICE
    return f"{name.title()} (not installed, {voice.id} speaks)" if stands_in else f"{name.title()}: {voice.label}"


def open_server(engine: SpeechEngine, token: str, host: str, port: int) -> Any:
    """A bound waitress server; `run()` serves until SystemExit is raised in its thread."""
    return create_server(
        create_app(engine, token),
        host=host,
        port=port,
        # More threads than places for work: the rest serve cached prompts and the health check.
        threads=MAX_SPEAKING + MAX_CONVERTING + 4,
        connection_limit=200,
        channel_timeout=60,
        # One byte above our limit, so that a body just too large gets our error and not waitress's.
        max_request_body_size=MAX_UPLOAD_BYTES + 2,
        ident=None,
    )


def _json_body(fields: dict[str, type]) -> dict[str, Any]:
    if (request.content_length or 0) > _MAX_JSON_BYTES:
        raise BadRequest(f"the body is larger than {_MAX_JSON_BYTES} bytes")
    # This type makes a browser send a preflight request before another site's page can reach us.
    if request.mimetype != "application/json":
        raise BadRequest("the body must be application/json")
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    for name, value in body.items():
        if name not in fields:
            raise BadRequest(f"unknown field {name[:64]!r}")
        if not isinstance(value, fields[name]):
            raise BadRequest(f"{name} must be a {fields[name].__name__}")
    return body


def _answer_tts_error(error: TtsError) -> Response:
    extra: dict[str, Any] = {}
    if isinstance(error, VoiceNotFound):
        extra = {"voice": error.voice, "available": list(error.available)}
    if isinstance(error, TtsUnavailable):
        extra = {"retry_after_s": error.retry_after_s}
    response = _error(_STATUS[type(error)], error.code, error.message, **extra)
    if isinstance(error, TtsUnavailable):
        response.headers["Retry-After"] = str(round(error.retry_after_s))
    return response


def _answer_http_error(error: HTTPException) -> Response:
    return _error(error.code or 500, (error.name or "error").lower().replace(" ", "_"), error.description or "")


def _answer_os_error(error: OSError) -> Response:
    """A recording is received into a temporary file."""
    if is_no_room(error):
        return _answer_tts_error(PromptStoreFull(f"the recording cannot be received: {error.strerror}", 30.0))
    return _answer_fault(error)


def _answer_fault(error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _error(500, "internal", "the speech process failed; its log says why")


def _error(status: int, code: str, message: str, **extra: Any) -> Response:
    response = jsonify({"code": code, "message": message, **extra})
    response.status_code = status
    return response
