"""/voices: the voices that speak prompts."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.crowd import aside
from admin.http.models import ShortListQuery
from admin.http.problems import not_found, unavailable
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json
from admin.prompts.service import PromptService, Speaker
from admin.voices.schema import VoiceListSchema
from admin.voices.views import voice_json
from tts.client.errors import EngineFailed, VoiceNotFound
from tts.library.samples import sample_of

_PATHS: dict[str, Any] = {"voice": {"type": "string", "maxLength": 64, "example": "joe"}}
_NAMED = 20

routes = Routes("audio", _PATHS)


@routes(
    "GET",
    "/voices",
    scope="read",
    query=ShortListQuery,
    answers=(Answer(200, "The voices", VoiceListSchema),),
    problems=(422,),
)
def list_voices(call: ApiCall) -> Response:
    """List the voices, and the names that stand for them.

    Each says under which licence it is, and whether that allows commercial use.
    """
    voices = call.service(Speaker).voices()
    places = {voice.id: f"{place:06d}" for place, voice in enumerate(voices)}
    page = page_of(voices, call.query, lambda voice: (places[voice.id],))
    return json_answer(page_json(page, map(voice_json, page.items)))


@routes(
    "GET",
    "/voices/<voice>/sample.wav",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def play_voice(call: ApiCall) -> Response:
    """Listen to a voice.

    It says a sentence of a menu in its language, as callers would hear it. It is made once.
    """
    prompts = call.service(PromptService)
    name = call.path["voice"]
    voices = {voice.id: voice for voice in prompts.speaker.voices()}
    found = voices.get(name)
    if found is None:
        there = ", ".join(list(voices)[:_NAMED])
        raise not_found(f"there is no voice {name[:64]}; there are: {there}", VoiceNotFound.code)
    with aside():
        speech = prompts.speaker.speak(sample_of(found.language), name)
    if speech.instead_because:
        raise unavailable(EngineFailed.code, speech.instead_because, 30.0)
    path = prompts.prompts.path_of(speech.file)
    return audio_answer(path, "private, no-cache", path.stem)
