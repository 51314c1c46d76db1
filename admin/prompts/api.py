"""/ivr/{id}/audio: prompts."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.audio_files import RANGE, WAV, audio_answer, audio_answers
from admin.http.crowd import aside
from admin.http.preconditions import if_match
from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.menus.requests import ETAG, IF_MATCH, ivr_id, version_tag
from admin.prompts import schema
from admin.prompts.service import PromptService
from admin.prompts.uploads import MULTIPART, recording_too_large, spooled_upload
from admin.prompts.views import spoken_json, uploaded_json
from ivr.domain.menu.fields import AUDIO_NAME
from ivr.ports.menus import Prompt, StoredMenu
from tts.client.errors import BadAudio
from tts.client.recording_formats import RAW_FORMATS, named_format
from tts.client.results import Recording

routes = Routes("audio", schema.PROMPT_PATHS)

RECORDINGS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac"), WAV),
    **dict.fromkeys(("audio/webm", "audio/PCMU", "audio/PCMA", "audio/G722", "audio/GSM", "audio/L16"), WAV),
    "application/octet-stream": WAV,
    MULTIPART: {"type": "object", "required": ["file"], "properties": {"file": WAV}},
}


@routes(
    "POST",
    "/ivr/<ivr_id>/audio",
    scope="write",
    body=Body(schema.Speak),
    headers=IF_MATCH,
    answers=(
        Answer(
            201, "The prompt as it was spoken", schema.SpokenSchema, headers={"Location": "listen there", **ETAG}
        ),
    ),
    problems=(*BAD_BODY, 404, 409, 412),
)
def speak(call: ApiCall) -> Response:
    """Speak a node's prompt.

    A node without `audio` gets `<node>.wav`, and the answer says `audio_added`. The same text in the same voice is
    synthesised only once; later answers say `cached`. It costs $0.01 per second of audio, or what its voice costs;
    if the node has this very prompt already, nothing changes and nothing is charged.
    """
    body = call.body
    with aside():
        spoken = call.service(PromptService).speak(
            ivr_id(call), body.node, body.text, body.voice, body.at, rate=body.rate, actor=call.actor,
            if_match=if_match().versions,
        )  # fmt: skip
    document = spoken_json(body.node, spoken)
    headers = {"Location": document["url"], "ETag": version_tag(spoken.stored.version)}
    return json_answer(document, 201, headers)


@routes(
    "PUT",
    "/ivr/<ivr_id>/audio/<file>",
    scope="write",
    body=Body(raw=RECORDINGS),
    query=schema.UploadQuery,
    headers=IF_MATCH,
    answers=(Answer(200, "The recording as calls hear it", schema.UploadedSchema, headers=ETAG),),
    problems=(400, 404, 408, 412, 413, 422),
)
def upload_audio(call: ApiCall) -> Response:
    """Upload a recording.

    The body is the file itself, or multipart/form-data with one file: WAV, MP3, M4A and AAC, MP4 and WebM (what
    browsers record), Ogg, FLAC, AIFF, CAF, AMR, WMA and more. Raw telephone samples (.gsm .g722 .ulaw .alaw .sln
    .sln16 ...) are recognised by the file name in the form, by the media type, or by `format`. A recording may last
    300 seconds and have 100 MB. It is stored as calls need it: at the loudness of all prompts, and without the
    silence before and after the sound. The answer says what was cut off, and warns of oddities in the recording.
    """
    stored, prompt, converted = upload_into(call, call.service(PromptService))
    return json_answer(uploaded_json(stored, prompt, converted), headers={"ETag": version_tag(stored.version)})


@routes(
    "GET",
    "/ivr/<ivr_id>/audio/<file>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def listen(call: ApiCall) -> Response:
    """Listen to a prompt as calls hear it."""
    path = call.service(PromptService).find_file(ivr_id(call), audio_name(call))
    # The address stays the same when the content changes.
    return audio_answer(path, "private, no-cache", path.stem)


def upload_into(call: ApiCall, prompts: PromptService) -> tuple[StoredMenu, Prompt, Recording]:
    """Store the recording in the body under the audio name in the path."""
    menu, audio = ivr_id(call), audio_name(call)
    raw_format, keep_silence = _wanted_format(call.query.format), call.query.silence == "keep"
    with spooled_upload() as upload, aside():
        raw_format = upload.raw_format if raw_format is None else raw_format
        try:
            return prompts.upload(
                menu,
                audio,
                upload.content,
                raw_format,
                keep_silence=keep_silence,
                actor=call.actor,
                if_match=if_match().versions,
            )
        except BadAudio as error:
            if error.code == "audio_too_large":
                raise recording_too_large() from error
            raise


def _wanted_format(name: str | None) -> str | None:
    if name is None:
        return None
    known = named_format(name)
    if known is None:
        names = ", ".join(each for each in RAW_FORMATS if "-" not in each)
        raise fault("/query/format", "unknown_format", f"unknown format; formats of raw samples: {names}")
    return known


def audio_name(call: ApiCall) -> str:
    """The audio name in the path; raises ApiError 422."""
    name = call.path["file"]
    if not AUDIO_NAME.fullmatch(name):
        text = "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav"
        raise fault("/path/file", "invalid_audio", text)
    return name
