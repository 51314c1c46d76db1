"""/voices: who can speak."""

from __future__ import annotations

from flask import Response

from admin.http import answers
from admin.http.routing import Answer, Call, Routes, json_answer
from admin.http.views import voices_json

routes = Routes("audio")


@routes("GET", "/voices", scope="read", answers=(Answer(200, "The voices", answers.VoiceList),))
def list_voices(call: Call) -> Response:
    """List the voices, and the names that stand for them."""
    return json_answer(voices_json(call.services.audio.voices()))
