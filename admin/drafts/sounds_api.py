"""/ivr/{id}/draft/audio and /ivr/{id}/draft/speech: prompts of a draft, which callers do not hear yet."""

from __future__ import annotations

from flask import Response

from admin.drafts import schema
from admin.drafts.api import IF_REVISION, REVISION_ETAG
from admin.drafts.views import draft_audio_url
from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.crowd import aside
from admin.http.preconditions import if_match, quoted
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.menus.requests import ivr_id
from admin.prompts.api import RECORDINGS, audio_name, upload_into
from admin.prompts.schema import Speak, SpeechJobSchema, UploadQuery
from admin.prompts.service import DraftPromptService
from admin.prompts.speaking_all import DraftSpeech
from admin.prompts.speech_api import job_json
from admin.prompts.views import spoken_json, uploaded_json
from ivr.ports.menus import StoredMenu

routes = Routes("audio", schema.DRAFT_PATHS)


@routes(
    "POST",
    "/ivr/<ivr_id>/draft/audio",
    scope="write",
    body=Body(Speak),
    headers=IF_REVISION,
    answers=(
        Answer(
            201,
            "The prompt as it was spoken",
            schema.DraftSpokenSchema,
            headers={"Location": "listen there", **REVISION_ETAG},
        ),
    ),
    problems=(*BAD_BODY, 404, 409, 412),
)
def speak_in_draft(call: ApiCall) -> Response:
    """Speak a node's prompt into the draft, as POST audio does into the menu; callers hear it once it is published.

    It is charged when it is spoken, and not again when it is published.
    """
    body = call.body
    with aside():
        spoken = call.service(DraftPromptService).speak(
            ivr_id(call), body.node, body.text, body.voice, body.at, rate=body.rate, actor=call.actor,
            if_match=if_match().versions,
        )  # fmt: skip
    url, revision = draft_audio_url(spoken.prompt.ivr_id, spoken.prompt.audio), _revision(spoken.stored)
    document = {**spoken_json(body.node, spoken), "url": url, "revision": revision}
    return json_answer(document, 201, {"Location": url, "ETag": quoted(str(revision))})


@routes(
    "PUT",
    "/ivr/<ivr_id>/draft/audio/<file>",
    scope="write",
    body=Body(raw=RECORDINGS),
    query=UploadQuery,
    headers=IF_REVISION,
    answers=(
        Answer(200, "The recording as callers will hear it", schema.DraftUploadedSchema, headers=REVISION_ETAG),
    ),
    problems=(400, 404, 408, 412, 413, 422),
)
def upload_into_draft(call: ApiCall) -> Response:
    """Upload a recording into the draft, as PUT audio does into the menu; callers hear it once it is published."""
    stored, prompt, converted = upload_into(call, call.service(DraftPromptService))
    url, revision = draft_audio_url(prompt.ivr_id, prompt.audio), _revision(stored)
    document = {**uploaded_json(stored, prompt, converted), "url": url, "revision": revision}
    return json_answer(document, headers={"ETag": quoted(str(revision))})


@routes(
    "GET",
    "/ivr/<ivr_id>/draft/audio/<file>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def listen_in_draft(call: ApiCall) -> Response:
    """Listen to a prompt as callers will hear it once the draft is published."""
    path = call.service(DraftPromptService).find_file(ivr_id(call), audio_name(call))
    return audio_answer(path, "private, no-cache", path.stem)


@routes(
    "POST",
    "/ivr/<ivr_id>/draft/speech",
    scope="write",
    answers=(
        Answer(
            202,
            "It has begun, or goes on; ask GET for its progress",
            SpeechJobSchema,
            headers={"Location": "its progress"},
        ),
    ),
    problems=(404, 422),
)
def speak_draft(call: ApiCall) -> Response:
    """Speak all texts of a draft, as POST speech does those of a menu; callers hear them once it is published."""
    menu = ivr_id(call)
    job = call.service(DraftSpeech).start(menu, actor=call.actor)
    return json_answer(job_json(job), 202, {"Location": f"/ivr/{menu}/draft/speech"})


@routes(
    "GET",
    "/ivr/<ivr_id>/draft/speech",
    scope="read",
    answers=(Answer(200, "The progress, or what came of it", SpeechJobSchema),),
    problems=(404, 422),
)
def get_draft_speech(call: ApiCall) -> Response:
    """Get the progress of speaking all texts of a draft; known for a day, also once the draft is published."""
    job = call.service(DraftSpeech).find(ivr_id(call))
    if job is None:
        raise not_found("the texts of this draft were not spoken all at once in the last day", "speech_not_found")
    return json_answer(job_json(job))


def _revision(stored: StoredMenu) -> int:
    return stored.draft.revision if stored.draft is not None else 0
