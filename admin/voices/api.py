"""/voices: the voices that speak prompts."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.crowd import aside
from admin.http.models import ShortListQuery
from admin.http.problems import not_found, unavailable
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import page_json
from admin.prompts.service import PromptService, Speaker
from admin.voices.schema import AddVoice, VoiceListSchema, VoiceSchema
from admin.voices.service import VoiceService
from admin.voices.views import voice_json
from tts.client.errors import EngineFailed, VoiceNotFound
from tts.library.remote_voices import RemoteVoice
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


@routes(
    "POST",
    "/voices",
    scope="admin",
    body=Body(AddVoice),
    answers=(Answer(201, "The voice", VoiceSchema, headers={"Location": "its sample"}),),
    problems=(*BAD_BODY, 409),
)
def add_voice(call: ApiCall) -> Response:
    """Add a voice of a server elsewhere.

    OpenAI, ElevenLabs, Azure Speech, Amazon Polly, or a server of your own. It speaks from now on, for prompts and
    not during calls. Its key is kept sealed, and no answer has it.
    """
    body = call.body
    voice = RemoteVoice(
        engine=body.engine,
        voice=body.voice,
        language=body.language,
        url=body.url or "",
        model=body.model or "",
        region=body.region or "",
        fallback=body.fallback or "",
        usd_per_second=body.usd_per_second or "",
    )
    added = call.service(VoiceService).add(body.name, voice, body.key or "", actor=call.actor)
    return json_answer(voice_json(added), 201, {"Location": f"/voices/{added.id}/sample.wav"})


@routes(
    "DELETE",
    "/voices/<voice>",
    scope="admin",
    answers=(Answer(204, "The voice is removed"),),
    problems=(404, 422),
)
def remove_voice(call: ApiCall) -> Response:
    """Remove a voice of a server elsewhere.

    What it spoke stays, and calls hear it; texts that name it need another voice before they are spoken again.
    """
    call.service(VoiceService).remove(call.path["voice"], actor=call.actor)
    return Response(status=204)
