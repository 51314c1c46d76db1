"""/voices: the voices that speak prompts."""

from __future__ import annotations

from flask import Response

from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.prompts.service import Speaker
from admin.voices.schema import VoiceListSchema
from admin.voices.views import voices_json

routes = Routes("audio")


@routes("GET", "/voices", scope="read", answers=(Answer(200, "The voices", VoiceListSchema),))
def list_voices(call: ApiCall) -> Response:
    """List the voices, and the names that stand for them."""
    return json_answer(voices_json(call.service(Speaker).voices()))
