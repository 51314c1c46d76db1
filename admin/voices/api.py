"""/voices: the voices that speak prompts."""

from __future__ import annotations

from flask import Response

from admin.http.models import ShortListQuery
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json
from admin.prompts.service import Speaker
from admin.voices.schema import VoiceListSchema
from admin.voices.views import voice_json

routes = Routes("audio")


@routes(
    "GET",
    "/voices",
    scope="read",
    query=ShortListQuery,
    answers=(Answer(200, "The voices", VoiceListSchema),),
    problems=(422,),
)
def list_voices(call: ApiCall) -> Response:
    """List the voices, and the names that stand for them."""
    voices = call.service(Speaker).voices()
    places = {voice.id: f"{place:06d}" for place, voice in enumerate(voices)}
    page = page_of(voices, call.query, lambda voice: (places[voice.id],))
    return json_answer(page_json(page, map(voice_json, page.items)))
