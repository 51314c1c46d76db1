"""/sounds: what callers left, and links to it."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.audio_files import RANGE, bytes_answer, sound_answers
from admin.http.path_numbers import known_number
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from admin.sounds import schema
from admin.sounds.service import SoundDesk
from ivr.domain.sounds import SOUND
from ivr.ports.sounds import SoundFilter, SoundStore, StoredSound
from ivr.storage.sound_codec import FLAC, WAV

routes = Routes("sounds", schema.SOUND_PATHS)

# What somebody left is theirs and ours.
_PRIVATE = "private, no-cache"


@routes(
    "GET",
    "/sounds",
    scope="calls",
    query=schema.SoundQuery,
    answers=(Answer(200, "Sounds, newest first", schema.SoundPageSchema),),
    problems=(422,),
)
def list_sounds(call: ApiCall) -> Response:
    """List sounds: what callers said into recordings, and whole calls."""
    query = call.query
    caller = None if query.caller is None else known_number(call, query.caller, "/query/caller")
    wanted = SoundFilter(
        query.mailbox, query.call_id, caller, query.ivr_id, query.kind, query.heard, query.since, query.until
    )
    page = call.service(SoundStore).list(wanted, limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(_sound_json, page.items)))


@routes(
    "GET",
    "/sounds/<sound>",
    scope="calls",
    answers=(Answer(200, "The sound", schema.SoundSchema),),
    problems=(404, 422),
)
def get_sound(call: ApiCall) -> Response:
    """Get what is known of a sound. It is there some seconds after it was recorded."""
    return json_answer(_sound_json(_required(call.service(SoundStore).find(_name(call)))))


@routes(
    "PATCH",
    "/sounds/<sound>",
    scope="calls",
    body=Body(schema.NoteHeard),
    answers=(Answer(200, "The sound as it is now", schema.SoundSchema),),
    problems=(*BAD_BODY, 404),
)
def note_heard(call: ApiCall) -> Response:
    """Mark a sound as heard, or as not heard."""
    stored = call.service(SoundStore).note_heard(_name(call), heard=call.body.heard, actor=call.actor)
    return json_answer(_sound_json(_required(stored)))


@routes(
    "DELETE",
    "/sounds/<sound>",
    scope="write",
    answers=(Answer(204, "The sound is deleted"),),
    problems=(404, 422),
)
def delete_sound(call: ApiCall) -> Response:
    """Delete a sound. The record of its call keeps its name."""
    if not call.service(SoundDesk).delete(_name(call), actor=call.actor):
        raise _no_sound()
    return Response(status=204)


@routes(
    "GET",
    "/sounds/<sound>/audio.flac",
    scope="calls",
    headers=RANGE,
    answers=sound_answers(FLAC, "FLAC, as it is kept"),
    problems=(404, 416, 422),
)
def hear_sound(call: ApiCall) -> Response:
    """Listen to a sound. This does not mark it as heard."""
    return _audio(call, _name(call), FLAC)


@routes(
    "GET",
    "/sounds/<sound>/audio.wav",
    scope="calls",
    headers=RANGE,
    answers=sound_answers(WAV, "16-bit WAV"),
    problems=(404, 416, 422),
)
def hear_sound_as_wav(call: ApiCall) -> Response:
    """Listen to a sound as WAV."""
    return _audio(call, _name(call), WAV)


@routes(
    "POST",
    "/sounds/<sound>/links",
    scope="calls",
    body=Body(schema.MakeLink),
    answers=(Answer(201, "The link", schema.SoundLinkSchema),),
    problems=(*BAD_BODY, 404),
)
def make_sound_link(call: ApiCall) -> Response:
    """Make a link to a sound that expires."""
    sound = _required(call.service(SoundStore).find(_name(call))).kept.sound
    url, ends = call.service(SoundDesk).link(sound, call.body.hours)
    return json_answer({"url": url, "expires_at": time_json(ends)}, 201)


@routes(
    "GET",
    "/sounds/links/<link>",
    scope=None,
    query=schema.LinkQuery,
    headers=RANGE,
    answers=sound_answers(FLAC, "FLAC", WAV),
    problems=(404, 416, 422),
)
def follow_sound_link(call: ApiCall) -> Response:
    """Listen to a sound by a link, without a key."""
    sound = call.service(SoundDesk).find_linked(call.path["link"])
    if sound is None:
        raise not_found("this link has expired or was never valid: ask for a new one", "link_not_found")
    return _audio(call, sound, WAV if call.query.format == "wav" else FLAC)


def _audio(call: ApiCall, sound: str, media: str) -> Response:
    kept = call.service(SoundDesk).read(sound, media)
    if kept is None:
        raise _no_sound()
    return bytes_answer(kept.content, media, _PRIVATE)


def _sound_json(stored: StoredSound) -> dict[str, Any]:
    kept = stored.kept
    return {
        "id": kept.sound,
        "kind": kept.kind,
        "call_id": kept.call_id,
        "node": kept.node,
        "ivr_id": kept.ivr_id,
        "caller": kept.caller,
        "mailbox": kept.mailbox,
        "ms": kept.ms,
        "bytes": kept.size,
        "sha256": kept.hash,
        "waveform": list(kept.waveform),
        "began_at": time_json(kept.began_at),
        "heard_at": maybe_time(stored.heard_at),
        "expires_at": maybe_time(stored.expires_at),
    }


def _name(call: ApiCall) -> str:
    sound = call.path["sound"]
    if not SOUND.fullmatch(sound):
        raise _no_sound()
    return sound


def _required(stored: StoredSound | None) -> StoredSound:
    if stored is None:
        raise _no_sound()
    return stored


def _no_sound() -> Exception:
    return not_found("there is no such sound, or not yet", "sound_not_found")
